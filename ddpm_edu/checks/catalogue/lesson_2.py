"""Lesson 2, the posterior: two Gaussians multiplied, the variance and the mean of one step back."""

import torch

from ddpm_edu.checks.catalogue.inputs import (
    as_float32,
    batches,
    cosine,
    early_schedule,
    float32_devices,
    normal,
    paper,
    read_texts,
    short,
    source,
)
from ddpm_edu.checks.catalogue.misconceptions import gaussians, posterior
from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.posterior import posterior_mean, posterior_variance, product_of_gaussians


def factors_cases(seed):
    """Try factors of every shape; the variances of both always differ."""
    generator = source(seed)

    def case(name, shape, times_a=1.0, convert=torch.clone, device="cpu"):
        mean_a, mean_b = normal(generator, *shape), normal(generator, *shape)
        variance_a, variance_b = (0.1 + normal(generator, *shape).square() for _ in "ab")
        arguments = {
            "mean_a": mean_a,
            "variance_a": times_a * variance_a,
            "mean_b": mean_b,
            "variance_b": variance_b,
        }
        return Case(name, {key: convert(value) for key, value in arguments.items()}, device=device)

    return [
        case("plain numbers", (7,)),
        case("images", (2, 3, 4, 5)),
        case("one factor much surer than the other", (3, 4), times_a=1e-3),
        case("the other factor much surer", (3, 4), times_a=1e3),
        *(
            case(name, (4, 2), convert=as_float32, device=device)
            for name, device in float32_devices()
        ),
    ]


def table_cases(seed):
    """Try schedules of every kind; betas that are not sorted tell neighbours apart."""
    drawn = torch.rand(8, generator=source(seed), dtype=torch.float64) * 0.6 + 0.1
    uneven = torch.cat([torch.zeros(1, dtype=torch.float64), drawn])
    early = short(seed, early_schedule)
    return [
        Case("the paper's schedule, T = 1000", {"schedule": paper(early_schedule)}),
        Case("a short schedule", {"schedule": early}),
        Case("a cosine schedule", {"schedule": cosine(early_schedule)}),
        Case(
            "betas that are not sorted", {"schedule": early_schedule(uneven, dtype=torch.float64)}
        ),
        *(
            Case(name, {"schedule": as_float32(early)}, device=device)
            for name, device in float32_devices()
        ),
    ]


def mean_cases(seed):
    """Try x_0 and x_t, unrelated, in every kind of batch."""
    generator = source(seed)
    cases = []
    for name, shape, times, schedule in batches(seed, early=True):
        x_0, x_t = normal(generator, *shape), normal(generator, *shape)
        cases.append(
            Case(name, {"x_0": x_0, "x_t": x_t, "t": torch.tensor(times), "schedule": schedule})
        )
    arguments = {name: as_float32(value) for name, value in cases[2].arguments.items()}
    return cases + [Case(name, arguments, device=device) for name, device in float32_devices()]


texts = read_texts(2)

EXERCISES = (
    Exercise(
        **texts["product_of_gaussians"],
        reference=product_of_gaussians,
        cases=factors_cases,
        misconceptions=gaussians.PRODUCT,
        template=gaussians.product,
        rows=("mean_a", "variance_a", "mean_b", "variance_b"),
        gradients=("mean_a", "variance_a", "mean_b", "variance_b"),
    ),
    Exercise(
        **texts["posterior_variance"],
        reference=posterior_variance,
        cases=table_cases,
        misconceptions=posterior.VARIANCE,
        template=posterior.variance,
        over_t=True,
    ),
    Exercise(
        **texts["posterior_mean"],
        reference=posterior_mean,
        cases=mean_cases,
        misconceptions=posterior.MEAN,
        template=posterior.mean,
        rows=("x_0", "x_t", "t"),
        gradients=("x_0", "x_t"),
    ),
)
