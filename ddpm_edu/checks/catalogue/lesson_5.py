"""Lesson 5, training: times, one step of Algorithm 1, the average of the weights."""

import math
from functools import partial

import torch

from ddpm_edu.checks.arguments import make
from ddpm_edu.checks.catalogue.inputs import (
    PLACES,
    as_float32,
    cosine,
    normal,
    paper,
    places,
    read_texts,
    short,
    source,
)
from ddpm_edu.checks.catalogue.mistakes import average, training
from ddpm_edu.checks.catalogue.templates import same
from ddpm_edu.checks.exercise import Case, Exercise, Probe
from ddpm_edu.schedule import NoiseSchedule, linear_schedule
from ddpm_edu.training import sample_timesteps, train_step, update_ema


def mirrored(batch_size, schedule, generator=None):
    """Draw from T downwards, which is as good: T where others have 1."""
    return schedule.num_timesteps + 1 - sample_timesteps(batch_size, schedule, generator)


def times_cases(seed):
    """Try both ends, with numbers that lie there, and the law."""

    def extreme(name, batch_size, schedule, noise):
        drawn_from = Probe("generator", {"seed": seed})
        arguments = {"batch_size": batch_size, "schedule": schedule, "generator": drawn_from}
        return Case(name, arguments, noise)

    def law(name, batch_size, num_timesteps, place="cpu"):
        schedule = NoiseSchedule(linear_schedule(num_timesteps, 0.1, 0.5))
        return Case(name, {"batch_size": batch_size, "schedule": schedule}, "stream", "uniform", device=place)

    return [
        extreme("the lowest numbers of the generator given: the first time", 6, paper(), "zeros"),
        extreme("the highest numbers of the generator given: the last time", 4, short(seed), "ones"),
        law("1, 2 and 3 equally often", 1500 + seed % 7, 3),
        law("1 and 2 equally often", 600 + seed % 7, 2),
        law("1 to 5 equally often", 1000 + seed % 7, 5),
        *(law(f"on {place}", 600, 2, place) for place in PLACES),
    ]


def step_cases(seed):
    """Try both ends of time, where all is known, and numbers that are all different."""
    generator = source(seed)

    def case(name, shape, schedule, noise, convert=same, place="cpu", compare="values"):
        options = {"num_timesteps": schedule.num_timesteps, "stale_gradient": 0.7}
        arguments = {
            "model": Probe("wavy", options),
            "optimizer": Probe("sgd", {"of": "model", "learning_rate": 0.1 + 0.01 * (seed % 5)}),
            "x_0": convert(normal(generator, *shape)),
            "schedule": convert(schedule),
        }
        exact = None if convert is as_float32 else (1e-6, 1e-9)  # the loss, a float, is compared like float32
        tolerance = exact or (1e-3, 1e-4)  # the weights are float64 even where the data are float32
        return Case(name, arguments, noise, compare, device=place, tolerance=tolerance)

    return [
        case("the first time, noise zero", (3, 1, 5, 4), short(seed), "zeros"),
        case("the last time, noise one, as many images as columns", (4, 1, 3, 4), short(seed), "ones"),
        case("points in the plane, last time, noise one", (5, 2), cosine(), "ones"),
        case("the first time of the paper's schedule", (2, 3, 3, 3), paper(), "zeros"),
        case("a time for each image and a noise for each value", (6, 2, 3, 3), paper(), "stream", compare="draws"),
        *(case(name, (3, 1, 4, 4), short(seed), "ones", as_float32, place) for name, place in places()),
    ]


def noise_of_training(case, seen):
    """Give the noise in the x_t that the model saw, and a number that is in the draws once for each time.

    Where all times are one the latter repeats; where the loss is not that of this noise, none of it was drawn.
    """
    model, _, x_0, schedule = make(case.arguments, "cpu").values()
    x_t, t = seen.calls[0].x_t, seen.calls[0].t.clamp(0, schedule.num_timesteps)
    signal = schedule.alphas_bar[t].reshape(-1, *(1,) * (x_0.ndim - 1))
    noise = (x_t - signal.sqrt() * x_0) / (1 - signal).sqrt()
    noise = noise.where(noise.isfinite(), math.inf)  # t = 0 holds none
    loss = (model(x_t, seen.calls[0].t) - noise).square().mean().item()
    compared = noise if math.isclose(loss, seen.output, rel_tol=1e-5) else torch.full_like(noise, math.inf)
    drawn = torch.cat([draw.values for draw in seen.draws if draw.law == "normal"] or [noise.flatten()])
    times = drawn[:1].repeat(len(t)) if len(t.unique()) == 1 else drawn[:0]
    return [
        ("the noise in x_t", noise),
        ("the noise that the prediction is compared with", compared),
        ("the times of the images", times),
    ]


def average_cases(seed):
    """Try shares of every size; ema_model may be a plain copy, whose weights ask for gradients."""

    def case(name, decay, trained=False, double=True, place="cpu"):
        arguments = {
            "ema_model": Probe("affine", {"seed": seed, "trained": trained, "double": double}),
            "model": Probe("affine", {"seed": seed + 1, "double": double}),
            "decay": decay,
        }
        return Case(name, arguments, device=place)

    return [
        case("decay 0.9", 0.9),
        case("decay 0.9, a copy that asks for gradients itself", 0.9, trained=True),
        case("decay 0.999", 0.999),
        case("decay 0: the average is the model", 0.0),
        case("another decay", 0.3 + 0.01 * (seed % 17), trained=True),
        *(case(name, 0.8, double=False, place=place) for name, place in places()),
    ]


texts = read_texts(5)

EXERCISES = (
    Exercise(
        **texts["sample_timesteps"],
        reference=sample_timesteps,
        cases=times_cases,
        misconceptions=training.TIMES,
        template=training.drawing,
        also_right=(mirrored,),
    ),
    Exercise(
        **texts["train_step"],
        reference=train_step,
        cases=step_cases,
        misconceptions=training.STEP,
        template=training.stepping,
        also_right=(partial(train_step, sample_t=mirrored),),
        recovered=noise_of_training,
    ),
    Exercise(
        **texts["update_ema"],
        reference=update_ema,
        cases=average_cases,
        misconceptions=average.AVERAGE,
        template=average.averaging,
    ),
)
