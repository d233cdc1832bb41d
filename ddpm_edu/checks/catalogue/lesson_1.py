"""Lesson 1, the forward process: schedules, look-ups, one step, one jump."""

import torch

from ddpm_edu.checks.catalogue.inputs import (
    as_float32,
    batches,
    early_schedule,
    float32_devices,
    normal,
    paper,
    read_texts,
    short,
    source,
)
from ddpm_edu.checks.catalogue.misconceptions import forward, schedules
from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.forward import sample_q, snr, step_q
from ddpm_edu.schedule import cosine_schedule, cumulative_alphas, linear_schedule, sample_by_t


def linear_cases(seed):
    """Try the paper's schedule, others, and the shortest."""
    start = 1e-3 * (1 + seed % 5)
    return [
        Case("the paper's schedule, T = 1000", {"num_timesteps": 1000}),
        Case(
            "an odd T and other ends", {"num_timesteps": 13, "beta_start": start, "beta_end": 0.3}
        ),
        Case("T = 2", {"num_timesteps": 2, "beta_start": start, "beta_end": 0.4}),
        Case("T = 1: beta_start alone", {"num_timesteps": 1, "beta_start": start, "beta_end": 0.4}),
    ]


def betas_cases(seed):
    """Try betas of every kind of schedule."""
    linear = linear_schedule(1000)
    drawn = torch.rand(8, generator=source(seed), dtype=torch.float64) * 0.6 + 0.1
    # Sorted betas would hide a product that is taken from the wrong end or shifted.
    uneven = torch.cat([torch.zeros(1, dtype=torch.float64), drawn])
    return [
        Case("the paper's betas", {"betas": linear}),
        Case("betas that are not sorted", {"betas": uneven}),
        Case("a cosine schedule", {"betas": cosine_schedule(11)}),
        *(
            Case(name, {"betas": uneven.float()}, device=device)
            for name, device in float32_devices()
        ),
    ]


def look_up_cases(seed):
    """Try trailing shapes of every length, and batches as long as the table."""
    generator = source(seed)

    def case(name, size, times, shape, dtype=torch.float64, device="cpu"):
        values = normal(generator, size).to(dtype)
        return Case(
            name, {"values": values, "t": torch.tensor(times), "x_shape": shape}, device=device
        )

    return [
        case("images, mixed times", 14, [13, 2, 1], (3, 1, 5, 4)),
        case("as many images as columns", 9, [8, 1, 2, 5], (4, 3, 4, 4)),
        case("points in the plane", 6, [5, 1, 2, 1, 3], (5, 2)),
        case("plain numbers", 6, [1, 5, 2], (3,)),
        case("a batch as long as the table", 5, [4, 1, 3, 2, 1], (5, 2, 5)),
        *(
            case(name, 14, [13, 1], (2, 1, 4, 4), torch.float32, device)
            for name, device in float32_devices()
        ),
    ]


def noising_cases(seed, first):
    """Try x, given under the name `first`, and noise in every kind of batch."""
    generator = source(seed)
    cases = []
    for name, shape, times, schedule in batches(seed, early=True):
        x, noise = normal(generator, *shape), normal(generator, *shape)
        cases.append(
            Case(name, {first: x, "t": torch.tensor(times), "schedule": schedule, "noise": noise})
        )
    arguments = {name: as_float32(value) for name, value in cases[2].arguments.items()}
    return cases + [Case(name, arguments, device=device) for name, device in float32_devices()]


def snr_cases(seed):
    """Try times of every size: the ratio covers eight powers of ten."""

    def case(name, times, schedule, device="cpu"):
        return Case(name, {"t": torch.tensor(times), "schedule": schedule}, device=device)

    early = short(seed, early_schedule)
    return [
        case("early times", [1, 2, 10, 3], paper(early_schedule)),
        case("late times", [1000, 500, 900], paper(early_schedule)),
        case("a short schedule", [13, 2, 1, 6], early),
        *(case(name, [13, 2, 6], as_float32(early), device) for name, device in float32_devices()),
    ]


def cosine_cases(seed):
    """Try the paper's values and others; a short schedule and a low cap make the cap matter."""

    def case(name, **arguments):
        # torch.tensor(max_beta) is the cap in float32; elsewhere float32 costs far more digits.
        return Case(name, arguments, tolerance=(1e-7, 1e-10))

    return [
        case("the paper's schedule, T = 1000", num_timesteps=1000),
        case("an odd T and another s", num_timesteps=13, s=0.02 + 0.001 * (seed % 5)),
        case("a low cap", num_timesteps=20, s=0.008, max_beta=0.3),
        case("T = 1", num_timesteps=1),
    ]


texts = read_texts(1)

EXERCISES = (
    Exercise(
        **texts["linear_schedule"],
        reference=linear_schedule,
        cases=linear_cases,
        misconceptions=schedules.LINEAR,
        template=schedules.linear,
        over_t=True,
    ),
    Exercise(
        **texts["cumulative_alphas"],
        reference=cumulative_alphas,
        cases=betas_cases,
        misconceptions=schedules.ALPHAS,
        template=schedules.alphas,
    ),
    Exercise(
        **texts["sample_by_t"],
        reference=sample_by_t,
        cases=look_up_cases,
        misconceptions=forward.LOOK_UP,
        template=forward.looking_up,
        rows=("t", "x_shape"),
    ),
    Exercise(
        **texts["step_q"],
        reference=step_q,
        cases=lambda seed: noising_cases(seed, "x_prev"),
        misconceptions=forward.STEP,
        template=forward.step,
        rows=("x_prev", "t", "noise"),
        gradients=("x_prev", "noise"),
    ),
    Exercise(
        **texts["sample_q"],
        reference=sample_q,
        cases=lambda seed: noising_cases(seed, "x_0"),
        misconceptions=forward.JUMP,
        template=forward.jump,
        rows=("x_0", "t", "noise"),
        gradients=("x_0", "noise"),
    ),
    Exercise(
        **texts["cosine_schedule"],
        reference=cosine_schedule,
        cases=cosine_cases,
        misconceptions=schedules.COSINE,
        template=schedules.cosine,
        over_t=True,
    ),
    Exercise(
        **texts["snr"],
        reference=snr,
        cases=snr_cases,
        misconceptions=forward.RATIO,
        template=forward.ratio,
        rows=("t",),
    ),
)
