"""Wide legal inputs: an edit that passes is tried on them, to tell whether it is right."""

import dataclasses

import torch

from benchmarks.mutants.forms import SHAPES, schedules
from benchmarks.mutants.legal_values import OWN
from ddpm_edu import NoiseSchedule
from ddpm_edu.checks.catalogue.inputs import as_float32, early_schedule, normal, source
from ddpm_edu.checks.exercise import Case, Exercise, Probe


DATA = ("x_0", "x_t", "x_prev", "eps", "noise", "eps_cond", "eps_uncond", "x_s")
ETAS = (0, 0.0, 0.3, 1, 1.0)
WEIGHTS = (0, 0.0, -1, -0.5, 1, 2.5, 10.0, 1e3)
NETWORKS = ("unet_forward", "residual_block_forward")


def wide_cases(exercise: Exercise, count: int = 3) -> list[Case]:
    """Return legal cases of an exercise: its own of other seeds, and many of other forms."""
    found = [case for seed in range(100, 100 + count) for case in exercise.cases(seed)]
    of_values = [case for case in found if case.compare == "values"]
    make = OWN.get(exercise.id) or (by_rows if exercise.id not in NETWORKS else None)
    cases = [*of_values, *(make(exercise) if make else ())]
    # Where the result carries gradients, they are a part of it.
    return [
        dataclasses.replace(case, gradients=exercise.gradients,
                            tolerance=case.tolerance or tolerance_of(case))
        if exercise.gradients and not case.name.startswith("extreme") else case for case in cases
    ]  # fmt: skip


def tolerance_of(case):
    is_coarse = any(getattr(v, "dtype", None) == torch.float32 for v in case.arguments.values())
    return (1e-3, 1e-5) if is_coarse else (1e-7, 1e-10)


def by_rows(exercise):
    """Return batches of every shape on every schedule, at drawn, first and last times."""
    generator, cases = source(1), []
    names = [part.split("=")[0].strip() for part in exercise.signature.strip("()").split(",")]
    kind = early_schedule if exercise.lesson < 3 else NoiseSchedule
    for number, shape in enumerate(SHAPES * 3):
        schedule = schedules(kind)[number % 9]
        last = schedule.num_timesteps
        t = torch.randint(1, last + 1, shape[:1], generator=generator)
        t = (t, torch.full_like(t, last), torch.ones_like(t))[number % 5 % 3]
        shares = torch.rand(2, shape[0], generator=generator, dtype=torch.float64)
        target = (torch.rand(shape[:1], generator=generator) * t).long()
        given = {
            **{name: normal(generator, *shape) * (1, 0.01, 30)[number % 3] for name in DATA},
            "t": t, "t_prev": target, "schedule": schedule, "eta": ETAS[number % 5],
            "guidance": WEIGHTS[number % 8], "clipping": number % 2 == 0,
            "model": Probe("wavy", {"num_timesteps": 1 if "s" in names else last}),
            "s": shares[0], "s_prev": shares[1],
            "optimizer": Probe("sgd", {"of": "model", "learning_rate": 0.1}),
        }  # fmt: skip
        arguments = {name: given[name] for name in names}
        if exercise.id == "train_step" and number % 2:
            arguments["x_0"] = arguments["x_0"].clamp(-1, 1)
        if number % 4 == 3:
            arguments = {name: as_float32(value) for name, value in arguments.items()}
        noise = ("ones", "zeros")[number % 2]
        is_step = exercise.id == "train_step"
        cases.append(Case(f"{shape} at {t.tolist()} of {last}", arguments, noise,
                          tolerance=(1e-4, 1e-5) if is_step else None))  # fmt: skip
    return cases
