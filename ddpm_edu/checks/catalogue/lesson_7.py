"""Lesson 7, evaluation: the distance of two Gaussians, what a grey level costs, in which unit."""

import math

import torch

from ddpm_edu.checks.catalogue.inputs import as_float32, float32_devices, normal, read_texts, source
from ddpm_edu.checks.catalogue.misconceptions import evaluation, likelihood
from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.likelihood import bits_per_dim, discretized_nll
from ddpm_edu.metrics import frechet_distance


MOST_NATS = -math.log(1e-12)


def covariance(generator, d):
    """Draw a covariance of tied features, not tied so closely that its root would lose digits."""
    tied = 0.25 * torch.randn(d, d, generator=generator, dtype=torch.float64).clamp(-1, 1).tril(-1)
    scale = 0.5 + torch.rand(d, generator=generator, dtype=torch.float64)
    root = scale[:, None] * (torch.eye(d, dtype=torch.float64) + tied)
    return root @ root.T


def gaussians_cases(seed):
    """Try pairs of Gaussians that differ in one way, in both, or hardly; none is 0 apart."""
    generator = source(seed)

    def case(name, d, apart=None, cov_1=None, cov_2=None, convert=torch.clone, device="cpu"):
        mean_1 = normal(generator, d)
        mean_2 = normal(generator, d) if apart is None else mean_1 + apart
        first = covariance(generator, d) if cov_1 is None else cov_1
        second = covariance(generator, d) if cov_2 is None else cov_2(first)
        arguments = {"mean_1": mean_1, "cov_1": first, "mean_2": mean_2, "cov_2": second}
        arguments = {name: convert(value) for name, value in arguments.items()}
        # Roots of eigenvalues lose digits, fewer or more as they are found in one way or another.
        relative = 1e-3 if convert is as_float32 else 1e-9
        # Of equal covariances nothing is left but rounding, and the distance of the means.
        are_equal = cov_2 is torch.clone
        size = float(first.trace() + second.trace()) if are_equal else 0.0
        tolerance = relative, 1e-12 if are_equal else 0.0
        return Case(
            name, arguments, device=device, float64_too=True, tolerance=tolerance, size=size
        )

    untied = (0.2 + torch.rand(2, 3, generator=generator, dtype=torch.float64)).diag_embed()
    return [
        case("equal covariances", 4, cov_2=torch.clone),
        case("equal means", 3, apart=0.0),
        case(
            "features that are not tied: diagonal covariances",
            3,
            cov_1=untied[0],
            cov_2=lambda _: untied[1],
        ),
        case("everything differs", 5),
        case(
            "Gaussians nearly equal",
            4,
            apart=0.02,
            cov_2=lambda cov: cov + 0.05 * covariance(generator, 4),
        ),
        *(case(name, 4, convert=as_float32, device=device) for name, device in float32_devices()),
    ]


def levels_cases(seed):
    """Try few and many grey levels, both ends among them, with probabilities far from the clamp."""
    generator = source(seed)

    near = torch.tensor(1.0)

    def case(
        name, shape, levels, spread, variances=None, away=near, convert=torch.clone, device="cpu"
    ):
        steps = torch.randint(levels, shape, generator=generator)
        steps.flatten()[:2] = torch.tensor([0, levels - 1])
        x_0 = 2 * steps.double() / (levels - 1) - 1

        drawn = torch.rand(shape if variances is None else variances, generator=generator)
        std = spread * (0.5 + drawn).double()
        errors = torch.randn(shape, generator=generator).double().clamp(-2.4, 2.4)
        # At least 0.1: 400 times that is far enough to be clamped, however a probability is found.
        errors += 0.1 * errors.sign()
        arguments = {"x_0": x_0, "mean": x_0 + std * away * errors, "variance": std**2}
        arguments = {name: convert(value) for name, value in arguments.items()}
        return Case(name, {**arguments, "num_levels": levels}, device=device)

    some_far = torch.tensor([1.0, 1.0, 400.0, 1.0])
    return [
        case("17 levels, as of the digits", (3, 1, 4, 5), 17, 0.2),
        case("256 levels, in colour", (2, 3, 4, 4), 256, 0.02),
        case("black and white: both bins are open", (5, 2), 2, 0.8),
        case(
            "one variance for each image, as many images as columns",
            (4, 1, 4, 4),
            17,
            0.1,
            (4, 1, 1, 1),
        ),
        case("one variance for all, a wide Gaussian", (5, 2), 17, 1.5, ()),
        case(
            "some levels so far from the mean that they are clamped",
            (3, 1, 4, 4),
            256,
            0.02,
            away=some_far,
        ),
        *(
            case(name, (3, 1, 4, 4), 17, 0.3, convert=as_float32, device=device)
            for name, device in float32_devices()
        ),
    ]


def at_most_clamped(nats):
    """Return costs, clamped from above: a logarithm may be found without clamping a probability."""
    return nats.clamp(max=MOST_NATS)


def nats_cases(seed):
    """Try batches of every shape; none has as many images as values in one."""
    generator = source(seed)

    def case(name, shape, convert=torch.clone, device="cpu"):
        nats = 50 * torch.rand(shape[0], generator=generator, dtype=torch.float64) + 1
        return Case(name, {"nats": convert(nats), "x_shape": shape}, device=device)

    return [
        case("digits", (3, 1, 8, 8)),
        case("colours", (2, 3, 5, 4)),
        case("as many images as columns", (4, 3, 4, 4)),
        case("points in the plane", (5, 2)),
        *(case(name, (3, 1, 6, 5), as_float32, device) for name, device in float32_devices()),
    ]


texts = read_texts(7)

EXERCISES = (
    Exercise(
        **texts["frechet_distance"],
        reference=frechet_distance,
        cases=gaussians_cases,
        misconceptions=evaluation.DISTANCE,
        template=evaluation.distance,
    ),
    Exercise(
        **texts["discretized_nll"],
        reference=discretized_nll,
        cases=levels_cases,
        misconceptions=likelihood.COST,
        template=likelihood.cost,
        canonical=at_most_clamped,
        rows=("x_0", "mean", "variance"),
        # That of the variance is 0 / 0 at the open ends where their edge is written as infinity.
        gradients=("mean",),
    ),
    Exercise(
        **texts["bits_per_dim"],
        reference=bits_per_dim,
        cases=nats_cases,
        misconceptions=likelihood.BITS,
        template=likelihood.bits,
        rows=("nats", "x_shape"),
        gradients=("nats",),
    ),
)
