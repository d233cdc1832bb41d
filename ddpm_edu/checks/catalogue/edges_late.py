"""Numbers at the limits of what the arguments of lessons 4, 5, 6 and 8 may be, and why.

Each function is named like its exercise and returns cases: (cases of the exercise, seed) -> cases.
"""

from dataclasses import replace

import torch

from ddpm_edu.checks.catalogue.edges_early import FEW, one_step
from ddpm_edu.checks.catalogue.inputs import as_float32, normal, source
from ddpm_edu.checks.exercise import Case, Probe
from ddpm_edu.schedule import NoiseSchedule, linear_schedule


LARGE = (
    "Cases with small scores held: exp of a large score is infinite. Subtract the largest score of "
    "each row first, as softmax does"
)
WEIGHT = "Cases with other weights held: w = 0 is the prediction with the label alone"
MANY = "Cases with at most 1000 steps held; schedule.num_timesteps says how many there are"
ROW = "Cases with more rows held: an axis of length 1 may have been dropped (squeeze)"


def timestep_embedding(cases, seed):
    arguments = {"t": torch.tensor([2500, 1, 3000]), "dim": 6}
    reason = "Cases with times up to 1000 held"
    return [replace(cases[0], name="times beyond 1000", arguments=arguments, reason=reason)]


def self_attention(cases, seed):
    generator = source(seed)
    large = {name: normal(generator, 2, 1, 3, 2) for name in "qkv"}
    large |= {name: 60 * large[name] for name in "qk"}
    single = {name: normal(generator, 2, 1, 3, 1) for name in "qkv"}
    reason = "Cases with more columns held: an axis of length 1 may have been dropped (squeeze)"
    return [
        Case("scores of some thousands", large, reason=LARGE),
        Case("one head, one column", single, reason=reason),
    ]


def sample_timesteps(cases, seed):
    found = []
    for last, size in ((1, 3), (2500, 2)):
        arguments = {
            "batch_size": size,
            "schedule": NoiseSchedule(linear_schedule(last, 1e-5, 0.01)),
        }
        found.append(Case(f"T = {last}, the highest numbers", arguments, "ones", reason=FEW))
    return found


def train_step(cases, seed):
    case, generator, found = cases[0], source(seed), []
    one, of_one = one_step(), "a schedule of one step, data of"
    long = NoiseSchedule(linear_schedule(2500, 1e-5, 0.02), dtype=torch.float64)
    for name, shape, schedule, reason in (
        (f"{of_one} five axes", (2, 1, 3, 2, 1), one, FEW),
        (f"{of_one} one axis", (3,), one, FEW),
        (f"{of_one} one number", (1,), one, FEW),
        ("2500 steps", (3, 2), long, MANY),
    ):
        options = {**case.arguments["model"].options, "num_timesteps": schedule.num_timesteps}
        arguments = {
            **case.arguments, "model": Probe("wavy", options),
            "x_0": normal(generator, *shape), "schedule": schedule,
        }  # fmt: skip
        found.append(replace(case, name=name, noise="ones", arguments=arguments, reason=reason))
    return found


def update_ema(cases, seed):
    reason = "Cases with a smaller decay held; it is taken as it is, without rounding"
    return [
        replace(cases[0], name=name, arguments={**cases[0].arguments, "decay": decay},
                reason=reason)
        for name, decay in (("decay 1: the average stays", 1), ("decay nearly 1", 1 - 1e-7))
    ]  # fmt: skip


def sampling(cases, seed):
    case = cases[1]
    options = {**case.arguments["model"].options, "num_timesteps": 1}
    arguments = {"model": Probe("wavy", options), "shape": torch.Size([2, 1, 2, 2, 1]),
                 "schedule": NoiseSchedule(linear_schedule(1, 0.2, 0.2)),
                 "image_noise_steps_to_keep": 1}  # fmt: skip
    return [replace(case, name="a chain of one step, data of five axes", arguments=arguments,
                    reason=FEW)]  # fmt: skip


def ddim_step(cases, seed):
    arguments = {name: as_float32(value) for name, value in cases[0].arguments.items()}
    reason = "Cases in float64 held: the result has the dtype of x_t"
    row = {
        name: value[:1] if isinstance(value, torch.Tensor) else value
        for name, value in cases[0].arguments.items()
    }
    return [
        replace(cases[0], name="float32, no eta", arguments=arguments, reason=reason),
        replace(cases[0], name="one row, no eta", arguments=row, reason=ROW),
    ]


def guided_noise(cases, seed):
    return [
        replace(cases[1], name=f"w = {w}", arguments={**cases[1].arguments, "guidance": w},
                reason=WEIGHT)
        for w in (0, -1.0, 1e4)
    ]  # fmt: skip


def ddim_timesteps(cases, seed):
    return [
        Case(f"T = {last}, S = {steps}", {"num_timesteps": last, "num_steps": steps}, reason=FEW)
        for last, steps in ((1, 1), (2, 1), (4999, 4998), (2500, 1000))
    ]


LATE = {
    rule.__name__: rule
    for rule in (
        *(timestep_embedding, self_attention, sample_timesteps, train_step, update_ema, sampling),
        *(ddim_timesteps, ddim_step, guided_noise),
    )
}
