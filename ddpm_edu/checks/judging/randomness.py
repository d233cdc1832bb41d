"""Rules about random numbers: how they were drawn, and how they are distributed."""

import torch

from ddpm_edu.bounds import chi_square_bounds, moments_off
from ddpm_edu.checks.exercise import Probe
from ddpm_edu.checks.judging.findings import Finding, FindingKind
from ddpm_edu.checks.judging.independence import dependent


def gaussian_draws(case, expected, got):
    right, drawn = expected.observation.draws, {draw.distribution for draw in got.draws}
    wanted = {draw.distribution for draw in right}
    # Where times are drawn too, they may be made from uniform numbers.
    are_gaussian = wanted == {"normal"} or ("normal" in wanted and "normal" not in drawn)
    if are_gaussian and "uniform" in drawn:
        text = "expected Gaussian noise (randn), got a uniform draw (rand)"
        return Finding(FindingKind.UNIFORM_DRAW, text)
    if any(draw.again for draw in got.draws):
        text = "a generator is seeded anew before a draw, so that the same numbers come again"
        return Finding(FindingKind.SEEDED_AGAIN, text)
    return None


def generator_unused(case, expected, got):
    right = expected.observation.draws
    if not any(draw.generator for draw in right) or any(draw.generator for draw in got.draws):
        return None
    none = "" if got.draws else "; nothing was drawn by torch (random and numpy do not know it)"
    text = f"the generator given was not used for the draw{none}"
    return Finding(FindingKind.GENERATOR_UNUSED, text)


def seeded_anew(case, expected, got):
    """See a generator that was given and did not draw from where it stood."""
    first, right = first_state(got), first_state(expected.observation)
    if not hands_out_a_generator(case) or first == right:
        return None
    text = (
        "the generator given was seeded anew, or another was taken in its place, so that every "
        "call draws the same numbers; draw from it as it is, generator=generator"
    )
    return Finding(FindingKind.SEEDED_AGAIN, text)


def same_draws(case, got, earlier) -> Finding | None:
    """See that the draws of a call begin where those of an earlier call began.

    Args:
        case: of the call.
        got: what was observed.
        earlier: the trials before.
    """
    trials = [trial for trial in earlier if not hands_out_a_generator(trial.case)]
    states = {draw.state for trial in trials for draw in trial.got.draws if draw.state}
    if hands_out_a_generator(case) or not any(draw.state in states for draw in got.draws):
        return None
    text = (
        "every call draws the same numbers: a generator is made or seeded inside the function, and "
        "starts from the same seed each time. Draw without one, or seed it once outside"
    )
    return Finding(FindingKind.SAME_DRAWS, text)


def hands_out_a_generator(case):
    return any(isinstance(v, Probe) and v.name == "generator" for v in case.arguments.values())


def first_state(observation):
    return next((draw.state for draw in observation.draws if draw.generator), "")


def own_draws(case, expected, got):
    """Every noisy value must hold a Gaussian number that no other value holds."""
    if case.compare != "draws":
        return None
    normal = [draw.values for draw in got.draws if draw.distribution == "normal"]
    drawn = torch.cat([torch.empty(0, dtype=torch.float64), *normal]).unique()
    for where, numbers in expected.recovered(got):
        distance, which = nearest(numbers.flatten().double(), drawn)
        rounding = 1e-4 if numbers.dtype == torch.float32 else 1e-6  # what is left of a draw
        if (distance > rounding).any():
            scaled = "each scaled by its standard deviation"
            text = f"{where} does not hold the Gaussian numbers that were drawn, {scaled}"
            return Finding(FindingKind.NOT_DRAWN, text, where)
        # In float32 two draws may by chance be as close as rounding.
        if which.unique().numel() < 0.9 * which.numel():
            shares = f"{which.numel()} values share {which.unique().numel()} draws"
            text = f"{where}: {shares}; draw one for each"
            return Finding(FindingKind.SHARED_DRAW, text, shares)
    return drawn_times(case, expected, got)


def drawn_times(case, expected, got):
    """See times that an answer drew itself, and that depend on each other; strata are fine."""
    if "t" in case.arguments or len(expected.observation.calls) != 1:
        return None
    return dependent(got.calls[0].t, case.arguments["schedule"].num_timesteps, counts_too=False)


def distribution(case, expected, got):
    """Compare random results; both tests fail a right answer at most once in a million seeds."""
    if case.compare == "moments":
        last = got.output[-1] if type(got.output) in (list, tuple) else got.output
        if off := moments_off(last, *case.moments):
            mean, std = case.moments
            right = f"expected mean {mean:.4g} and standard deviation {std:.4g}"
            text = f"of the samples, {off}; {right}"
            return Finding(FindingKind.DISTRIBUTION, text, off.split(" is ")[0])
    if case.compare == "uniform":
        return uniform_times(got.output, case.arguments["schedule"].num_timesteps)
    return None


def uniform_times(times, last):
    low, high = int(times.min()), int(times.max())
    if low < 1 or high > last:
        text = f"expected times in 1..{last}, got {low}..{high}"
        return Finding(FindingKind.RANGE, text, f"{low}..{high}")
    counts, even = times.bincount(minlength=last + 1)[1:].double(), len(times) / last
    if (counts - even).square().sum() / even <= chi_square_bounds(last - 1)[1]:
        return dependent(times, last)
    often = ", ".join(f"{int(n)} of {t}" for t, n in enumerate(counts, 1))
    rare = [t for t, n in enumerate(counts, 1) if n < 0.9 * even]
    text = f"expected every time equally often, about {even:.0f} times; got {often}"
    detail = f"{int((counts > 0).sum())} {rare}"
    return Finding(FindingKind.DISTRIBUTION, text, detail)


def nearest(numbers, table):
    """Return the distance to the closest entry of a sorted table, and which one it is."""
    if not table.numel():
        return torch.full_like(numbers, torch.inf), torch.zeros_like(numbers, dtype=torch.long)
    right = torch.searchsorted(table, numbers).clamp(max=len(table) - 1)
    left = (right - 1).clamp(min=0)
    left_is_closer = (table[left] - numbers).abs() < (table[right] - numbers).abs()
    which = torch.where(left_is_closer, left, right)
    return (table[which] - numbers).abs(), which
