"""The letters that an exercise's formulas are made of, as numbers at the rows of a case."""

import functools

import torch

from ddpm_edu.checks.judging.formula import Letters
from ddpm_edu.schedule import NoiseSchedule


SHIFTS = {0: "t", -1: "{t-1}", 1: "{t+1}"}
FIRST_ROW = "first row"


def letters_of(case, right, times, shift=0) -> Letters:
    """Return the letters of a case's formulas, one number for each row.

    Args:
        case: whose schedule, or guidance, they come from.
        right: the right result, from which a table of betas is read where no schedule is given.
        times: (R,) of the rows, or None.
        shift: added to the times; FIRST_ROW: the first row's time for all.
    """
    arguments = case.arguments
    if "guidance" in arguments:
        return of_guidance(float(arguments["guidance"]))
    schedule = arguments.get("schedule")
    betas = schedule.exact_betas if schedule else arguments.get("betas", right).double()
    schedule = NoiseSchedule(betas, dtype=torch.float64)
    if shift == FIRST_ROW:
        times, shift = times[:1].expand(len(times)), 0
    if "t_prev" in arguments:
        return of_two_times(schedule, times, arguments["t_prev"], float(arguments.get("eta", 0.0)))
    return of_one_time(schedule, times + shift, SHIFTS[shift])


def of_one_time(schedule, t, name):
    """Return the tables at t and one step earlier; a negative index counts from the end."""
    before = {"t": "{t-1}", "{t-1}": "{t-2}", "{t+1}": "t"}[name]
    last = schedule.num_timesteps
    t, earlier = t.clamp(max=last), (t - 1).clamp(max=last)
    beta, alpha, bar = schedule.betas[t], schedule.alphas[t], schedule.alphas_bar[t]
    rest, bar_before = schedule.one_minus_alphas_bar[t], schedule.alphas_bar[earlier]
    values = {
        f"beta_{name}": beta,
        f"alpha_{name}": alpha,
        f"alpha_bar_{name}": bar,
        f"1 - alpha_bar_{name}": rest,
        f"1 - alpha_bar_{before}": schedule.one_minus_alphas_bar[earlier],
    }
    extras = {
        f"1 - sqrt(alpha_bar_{name})": 1 - bar.sqrt(),
        f"1 - sqrt(1 - alpha_bar_{name})": 1 - rest.sqrt(),
        f"1 - sqrt(alpha_{name})": 1 - alpha.sqrt(),
        f"1 - sqrt(beta_{name})": 1 - beta.sqrt(),
        f"1 + alpha_bar_{name}": 1 + bar,
        f"1 + sqrt(alpha_bar_{name})": 1 + bar.sqrt(),
        f"1 + beta_{name}": 1 + beta,
        f"1 - sqrt(alpha_bar_{before})": 1 - bar_before.sqrt(),
        f"alpha_{before}": schedule.alphas[earlier],
        f"beta_{before}": schedule.betas[earlier],
    }
    derived = f"alpha_bar_{before}", f"alpha_bar_{name}", f"alpha_{name}"
    return Letters(values, extras, derived)


def of_two_times(schedule, t, t_prev, eta):
    now, prev = schedule.alphas_bar[t], schedule.alphas_bar[t_prev]
    share = 1 - now / prev
    sigma = eta * ((1 - prev) / (1 - now) * share).clamp(min=0).sqrt()
    values = {
        "alpha_bar_t": now,
        "alpha_bar_{t_prev}": prev,
        "1 - alpha_bar_t": 1 - now,
        "1 - alpha_bar_{t_prev}": 1 - prev,
        "1 - alpha_bar_t / alpha_bar_{t_prev}": share,
        "eta": torch.full_like(now, eta),
    }
    extras = {"1 - alpha_bar_{t_prev} - sigma_t^2": 1 - prev - sigma**2, "sigma_t": sigma}
    return Letters(values, extras)


def of_guidance(w):
    values = {"w": w, "1 + w": 1 + w, "1 - w": 1 - w}
    number = functools.partial(torch.tensor, dtype=torch.float64)
    return Letters({name: number([value]) for name, value in values.items()}, {})
