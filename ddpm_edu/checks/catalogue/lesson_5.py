"""Lesson 5, training: times, one step of Algorithm 1, the average of the weights."""

import math
from functools import partial

import torch

from ddpm_edu import training
from ddpm_edu.checks.catalogue.inputs import (
    ACCELERATORS,
    as_float32,
    cosine,
    float32_devices,
    normal,
    paper,
    read_texts,
    short,
    source,
)
from ddpm_edu.checks.catalogue.misconceptions import average, timesteps, train_step
from ddpm_edu.checks.catalogue.templates import same
from ddpm_edu.checks.exercise import Case, Exercise, Probe
from ddpm_edu.checks.worker.arguments import make
from ddpm_edu.schedule import NoiseSchedule, linear_schedule


def mirrored(batch_size, schedule, generator=None):
    """Draw from T downwards, which is as good: T where others have 1."""
    return schedule.num_timesteps + 1 - training.sample_timesteps(batch_size, schedule, generator)


def times_cases(seed):
    """Try both ends, with numbers that lie there, and the distribution."""

    def extreme(name, batch_size, schedule, noise):
        drawn_from = Probe("generator", {"seed": seed})
        arguments = {"batch_size": batch_size, "schedule": schedule, "generator": drawn_from}
        return Case(name, arguments, noise)

    def uniform(name, batch_size, num_timesteps, device="cpu"):
        schedule = NoiseSchedule(linear_schedule(num_timesteps, 0.1, 0.5))
        arguments = {"batch_size": batch_size, "schedule": schedule}
        return Case(name, arguments, "stream", "uniform", device=device)

    return [
        uniform("1 to 20, each drawn by itself", 1200 + seed % 7, 20),
        extreme("the lowest numbers of the generator given: the first time", 6, paper(), "zeros"),
        extreme("the highest numbers: the last time, for a single row", 1, short(seed), "ones"),
        uniform("1, 2 and 3 equally often", 1500 + seed % 7, 3),
        uniform("1 and 2 equally often", 600 + seed % 7, 2),
        uniform("1 to 5 equally often", 1000 + seed % 7, 5),
        *(uniform(f"on {device}", 600, 2, device) for device in ACCELERATORS),
    ]


def step_cases(seed):
    """Try both ends of time, where all is known, and numbers that are all different."""
    generator = source(seed)

    def case(
        name, shape, schedule, noise, convert=same, device="cpu", compare="values", momentum=0.0
    ):
        rate = 0.1 + 0.01 * (seed % 5)
        options = {"num_timesteps": schedule.num_timesteps, "stale_gradient": 0.7}
        arguments = {
            "model": Probe("wavy", options),
            "optimizer": Probe("sgd", {"of": "model", "learning_rate": rate, "momentum": momentum}),
            "x_0": convert(normal(generator, *shape)),
            "schedule": convert(schedule),
        }
        # No dtype tells how exact they are: the loss is a float, the weights are always float64.
        tolerance = (1e-3, 1e-4) if convert is as_float32 else (1e-6, 1e-9)
        return Case(name, arguments, noise, compare, device=device, tolerance=tolerance)

    return [
        case("the first time, noise zero", (3, 1, 5, 4), short(seed), "zeros"),
        case(
            "the last time, noise one, as many images as columns", (4, 1, 3, 4), short(seed), "ones"
        ),
        case("points in the plane, last time, noise one", (5, 2), cosine(), "ones", momentum=0.9),
        case("the first time of the paper's schedule", (2, 3, 3, 3), paper(), "zeros"),
        case(
            "a time for each image and a noise for each value",
            (20, 2, 3),
            paper(),
            "stream",
            compare="draws",
        ),
        *(
            case(name, (3, 1, 4, 4), short(seed), "ones", as_float32, device)
            for name, device in float32_devices()
        ),
    ]


def noise_of_training(case, got):
    """Return the noise in the x_t that the model saw, that in the loss, and a sign of the times.

    Where the loss has other noise, infinity stands for it, which nobody drew. Where all times are
    one, a draw that repeats stands for them, since shared draws are what is objected to.
    """
    model, _, x_0, schedule = make(case.arguments, "cpu").values()
    x_t, t = got.calls[0].x_t, got.calls[0].t.clamp(0, schedule.num_timesteps)
    alpha_bar_t = schedule.alphas_bar[t].reshape(-1, *(1,) * (x_0.ndim - 1))
    noise = (x_t - alpha_bar_t.sqrt() * x_0) / (1 - alpha_bar_t).sqrt()
    noise = noise.where(noise.isfinite(), math.inf)  # t = 0 holds none

    loss = (model(x_t, got.calls[0].t) - noise).square().mean().item()
    is_in_loss = math.isclose(loss, got.output, rel_tol=1e-5)
    compared = noise if is_in_loss else torch.full_like(noise, math.inf)

    drawn = [draw.values for draw in got.draws if draw.distribution == "normal"]
    drawn = torch.cat(drawn or [noise.flatten()])
    times = drawn[:1].repeat(len(t)) if len(t.unique()) == 1 else drawn[:0]
    return [
        ("the noise in x_t", noise),
        ("the noise that the prediction is compared with", compared),
        ("the times of the images", times),
    ]


def average_cases(seed):
    """Try shares of every size; ema_model may be a plain copy, whose weights ask for gradients."""

    def case(name, decay, trained=False, double=True, device="cpu"):
        arguments = {
            "ema_model": Probe("affine", {"seed": seed, "trained": trained, "double": double}),
            "model": Probe("affine", {"seed": seed + 1, "double": double}),
            "decay": decay,
        }
        return Case(name, arguments, device=device)

    return [
        case("decay 0.9", 0.9),
        case("decay 0.9, a copy that asks for gradients itself", 0.9, trained=True),
        case("decay 0.999", 0.999),
        case("decay 0: the average is the model", 0.0),
        case("another decay", 0.3 + 0.01 * (seed % 17), trained=True),
        *(case(name, 0.8, double=False, device=device) for name, device in float32_devices()),
    ]


texts = read_texts(5)

EXERCISES = (
    Exercise(
        **texts["sample_timesteps"],
        reference=training.sample_timesteps,
        cases=times_cases,
        misconceptions=timesteps.TIMES,
        template=timesteps.drawing,
        also_right=(mirrored,),
    ),
    Exercise(
        **texts["train_step"],
        reference=training.train_step,
        cases=step_cases,
        misconceptions=train_step.STEP,
        template=train_step.stepping,
        also_right=(
            partial(training.train_step, sample_t=mirrored),
            partial(training.train_step, sample_t=training.stratified_timesteps),
        ),
        recovered=noise_of_training,
        rows=("x_0",),
    ),
    Exercise(
        **texts["update_ema"],
        reference=training.update_ema,
        cases=average_cases,
        misconceptions=average.AVERAGE,
        template=average.averaging,
    ),
)
