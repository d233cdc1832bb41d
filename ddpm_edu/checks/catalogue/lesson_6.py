"""Lesson 6, Algorithm 2: one step, clipped or not, and the whole chain."""

import dataclasses
import itertools
from functools import partial

import torch

from ddpm_edu.checks.catalogue.inputs import (
    as_float32,
    cosine,
    float32_devices,
    normal,
    paper,
    read_texts,
    short,
    source,
)
from ddpm_edu.checks.catalogue.misconceptions import chain, clipped_step, step
from ddpm_edu.checks.catalogue.templates import same
from ddpm_edu.checks.exercise import Case, Exercise, Probe
from ddpm_edu.checks.worker.arguments import make
from ddpm_edu.oracle import GaussianOracle
from ddpm_edu.sampling import sample_p, sample_p_unclipped, sampling
from ddpm_edu.schedule import NoiseSchedule, linear_schedule


def step_cases(seed: int, clipping: bool | None = None) -> list[Case]:
    """Try one step in every kind of batch; many values lie outside [-1, 1], so clipping matters."""
    generator, brief = source(seed), short(seed)
    extra = {} if clipping is None else {"clipping": clipping}

    def case(name, shape, times, schedule, noise, convert=same, device="cpu", compare="values"):
        probe = Probe("wavy", {"num_timesteps": schedule.num_timesteps})
        x_t, schedule = convert(normal(generator, *shape)), convert(schedule)
        arguments = {
            "model": probe,
            "x_t": x_t,
            "t": torch.tensor(times),
            "schedule": schedule,
            **extra,
        }
        return Case(name, arguments, noise, compare, device=device)

    return [
        case("the mean, one time for the whole batch", (3, 1, 5, 4), [500] * 3, paper(), "zeros"),
        case(
            "the noise at t = 2, where variances differ most",
            (3, 1, 5, 4),
            [2] * 3,
            paper(),
            "ones",
        ),
        case("the last step, t = 1", (2, 3, 4, 4), [1] * 2, paper(), "ones"),
        case(
            "the mean, mixed times, as many images as columns",
            (4, 1, 4, 4),
            [13, 2, 1, 6],
            brief,
            "zeros",
        ),
        case(
            "the noise, mixed times, as many images as columns",
            (4, 1, 4, 4),
            [1, 13, 2, 6],
            brief,
            "ones",
        ),
        case("points in the plane on a cosine schedule", (5, 2), [9, 1, 2, 5, 9], cosine(), "ones"),
        case(
            "every value has a noise of its own",
            (4, 2, 3, 5),
            [13, 2, 1, 6],
            brief,
            "stream",
            compare="draws",
        ),
        *(
            case(name, (3, 1, 4, 4), [1, 2, 13], brief, "ones", as_float32, device)
            for name, device in float32_devices()
        ),
    ]


def clipping_cases(seed: int) -> list[Case]:
    """Try sample_p clipped (also by default) and unclipped."""
    clipped = [*step_cases(seed)[:3], *step_cases(seed + 1, clipping=True)[3:]]
    free = [case for case in step_cases(seed + 2, clipping=False) if case.noise == "ones"]
    return clipped + [
        dataclasses.replace(case, name=f"clipping=False: {case.name}") for case in free
    ]


def noise_of_step(case, got):
    """Return the noise in x_{t-1}: what is not the mean, over sigma_t; none where sigma_t is 0."""
    model, x_t, t, schedule, *clipping = make(case.arguments, "cpu").values()
    take = sample_p if clipping else sample_p_unclipped
    mean = take(model, x_t, t, schedule, *clipping, noise=torch.zeros_like(x_t))
    scale = take(model, x_t, t, schedule, *clipping, noise=torch.ones_like(x_t)) - mean
    noisy = scale > 0
    return [("the noise", ((got.output - mean) / scale)[noisy])]


def chain_cases(seed: int) -> list[Case]:
    """Try chains short enough to compare every state, and exact ones of known distribution."""

    def case(name, shape, num_timesteps, keep, noise, data=None, **options):
        betas = linear_schedule(num_timesteps, 0.02 + 0.001 * (seed % 7), 0.4)
        if data is None:
            # A slope at which states stay apart: with a smaller one the clamp makes all of them 1.
            model = Probe("wavy", {"num_timesteps": num_timesteps, "slope": 1.3})
        else:
            model = Probe("exact", {"mean": data[0], "std": data[1], "betas": betas})
        arguments = {"model": model, "shape": shape, "schedule": NoiseSchedule(betas)}
        if keep is not None:
            arguments["image_noise_steps_to_keep"] = keep
        # States are kept as they are; only rounding in the steps may tell one from another.
        options = {"tolerance": (0.0, 3e-6), **options}
        return Case(name, arguments, noise, same_gradients=True, **options)

    exact = NoiseSchedule(linear_schedule(8, 0.02 + 0.001 * (seed % 7), 0.4), dtype=torch.float64)
    moments = GaussianOracle(0.3, 0.1, exact).chain_moments(exact.posterior_variance)
    return [
        case("the last state only, by default", (3, 1, 4, 4), 4, None, "zeros"),
        case("the last three states, in the order made", (2, 3, 4, 5), 5, 3, "ones"),
        case("all states", (4, 2), 3, 3, "ones"),
        case("every value of every step has a noise of its own",
             (3, 1, 4, 4), 4, 1, "stream", compare="draws"),
        case("data that are one point: the chain ends there", (5, 3), 5, 1, "ones", (0.25, 0.0)),
        case("Gaussian data: their mean and standard deviation",
             (30, 1, 10, 10), 8, 1, "stream", (0.3, 0.1), compare="moments", moments=moments),
    ]  # fmt: skip


def noise_of_chain(case, got):
    """Return the noise a chain began with, and what each step but the last added, over sigma_t."""
    model, _, schedule, *_ = make(case.arguments, "cpu").values()
    steps = []
    for now, later in itertools.pairwise(got.calls):
        mean, one = (
            sample_p(model, now.x_t, now.t, schedule, noise=torch.full_like(now.x_t, value))
            for value in (0.0, 1.0)
        )
        steps.append((later.x_t - mean) / (one - mean))
    return [("x_T", got.calls[0].x_t), ("the noise of the steps", torch.stack(steps))]


texts = read_texts(6)

EXERCISES = (
    Exercise(
        **texts["sample_p_unclipped"],
        reference=sample_p_unclipped,
        cases=step_cases,
        misconceptions=step.STEP,
        template=step.unclipped,
        recovered=noise_of_step,
        rows=("x_t", "t"),
    ),
    Exercise(
        **texts["sample_p"],
        reference=sample_p,
        cases=clipping_cases,
        misconceptions=clipped_step.CLIPPED_STEP,
        template=step.step,
        recovered=noise_of_step,
        rows=("x_t", "t"),
    ),
    Exercise(
        **texts["sampling"],
        reference=partial(sampling, progress=False),
        cases=chain_cases,
        misconceptions=chain.CHAIN,
        template=chain.chain,
        recovered=noise_of_chain,
        rows=("shape",),
    ),
    Exercise(
        **texts["repair_sampler"],
        reference=sample_p,
        cases=clipping_cases,
        misconceptions=clipped_step.CLIPPED_STEP,
        template=step.step,
        recovered=noise_of_step,
        rows=("x_t", "t"),
    ),
)
