"""Lesson 3, the objective: divergences, and why predicting the noise is enough."""

import torch

from ddpm_edu.checks.catalogue.inputs import (
    as_float32,
    batches,
    cosine,
    float32_devices,
    normal,
    paper,
    read_texts,
    short,
    source,
)
from ddpm_edu.checks.catalogue.misconceptions import gaussians, loss, objective
from ddpm_edu.checks.exercise import Case, Exercise, Probe
from ddpm_edu.objective import compute_loss, kl_gaussians, mean_from_noise, predict_x0, vlb_weight


def pairs_cases(seed):
    """Try pairs of Gaussians, near and far; within a batch one pair is equal."""
    generator = source(seed)

    def case(name, shape, times_1=1.0, convert=torch.clone, device="cpu"):
        mean_1, mean_2 = normal(generator, *shape), normal(generator, *shape)
        variance_1, variance_2 = (0.1 + normal(generator, *shape).square() for _ in "12")
        variance_1 = times_1 * variance_1
        # Equal Gaussians are 0 apart, which a wrong constant shows.
        mean_1[-1], variance_1[-1] = mean_2[-1], variance_2[-1]
        arguments = {
            "mean_1": mean_1,
            "variance_1": variance_1,
            "mean_2": mean_2,
            "variance_2": variance_2,
        }
        return Case(name, {key: convert(value) for key, value in arguments.items()}, device=device)

    return [
        case("plain numbers, the last two Gaussians equal", (7,)),
        case("images, the last two equal", (2, 3, 4, 5)),
        case("the first much narrower", (4, 3), times_1=1e-3),
        case("the first much wider", (4, 3), times_1=1e3),
        *(
            case(name, (5, 2), convert=as_float32, device=device)
            for name, device in float32_devices()
        ),
    ]


def noise_cases(seed):
    """Try x_t and noise, unrelated, in every kind of batch; x_0 then lies far outside [-1, 1]."""
    generator = source(seed)
    cases = []
    for name, shape, times, schedule in batches(seed):
        x_t, eps = normal(generator, *shape), normal(generator, *shape)
        cases.append(
            Case(name, {"x_t": x_t, "t": torch.tensor(times), "eps": eps, "schedule": schedule})
        )
    arguments = {name: as_float32(value) for name, value in cases[2].arguments.items()}
    return cases + [Case(name, arguments, device=device) for name, device in float32_devices()]


def loss_cases(seed):
    """Try a model that bends and depends on t, in every kind of batch."""
    generator = source(seed)
    cases = []
    for name, shape, times, schedule in batches(seed):
        x_0, noise = normal(generator, *shape), normal(generator, *shape)
        model = Probe("wavy", {"num_timesteps": schedule.num_timesteps})
        arguments = {
            "model": model,
            "x_0": x_0,
            "t": torch.tensor(times),
            "schedule": schedule,
            "noise": noise,
        }
        cases.append(Case(name, arguments, same_gradients=True))
    arguments = {name: as_float32(value) for name, value in cases[2].arguments.items()}
    return cases + [
        Case(name, arguments, same_gradients=True, device=device)
        for name, device in float32_devices()
    ]


def weight_cases(seed):
    """Try times of every size; early ones tell the variances apart."""

    def case(name, times, schedule, device="cpu"):
        return Case(name, {"t": torch.tensor(times), "schedule": schedule}, device=device)

    brief = short(seed)
    return [
        case("early times", [1, 2, 10, 3], paper()),
        case("late times", [1000, 500, 900], paper()),
        case("a short schedule", [13, 2, 1, 6], brief),
        case("a cosine schedule", [9, 1, 2, 5, 9], cosine()),
        *(case(name, [13, 2, 6], as_float32(brief), device) for name, device in float32_devices()),
    ]


texts = read_texts(3)

EXERCISES = (
    Exercise(
        **texts["kl_gaussians"],
        reference=kl_gaussians,
        cases=pairs_cases,
        misconceptions=gaussians.KL,
        template=gaussians.divergence,
        rows=("mean_1", "variance_1", "mean_2", "variance_2"),
        gradients=("mean_1", "variance_1", "mean_2", "variance_2"),
        trained_through=True,
    ),
    Exercise(
        **texts["predict_x0"],
        reference=predict_x0,
        cases=noise_cases,
        misconceptions=objective.X_0,
        template=objective.x_0,
        rows=("x_t", "t", "eps"),
        gradients=("x_t", "eps"),
    ),
    Exercise(
        **texts["mean_from_noise"],
        reference=mean_from_noise,
        cases=noise_cases,
        misconceptions=objective.MEAN,
        template=objective.mean,
        rows=("x_t", "t", "eps"),
        gradients=("x_t", "eps"),
    ),
    Exercise(
        **texts["compute_loss"],
        reference=compute_loss,
        cases=loss_cases,
        misconceptions=loss.LOSS,
        template=loss.loss,
        rows=("x_0", "t", "noise"),
        gradients=("model",),
        trained_through=True,
    ),
    Exercise(
        **texts["vlb_weight"],
        reference=vlb_weight,
        cases=weight_cases,
        misconceptions=loss.WEIGHT,
        template=loss.weight,
        rows=("t",),
    ),
)
