"""Numbers at the limits of what the arguments of lesson 7 may be, and why they are legal.

Each function is named like its exercise and returns cases: (cases of the exercise, seed) -> cases.
"""

import torch

from ddpm_edu.checks.catalogue.edges_early import FEW
from ddpm_edu.checks.catalogue.inputs import normal, source
from ddpm_edu.checks.exercise import Case


SINGULAR = (
    "Cases with covariances of full rank held; one of fewer images than features is singular. "
    "Cholesky and inverses then fail, and rounding takes eigenvalues below 0, whose root is NaN"
)
EQUAL = "Two equal Gaussians are 0 apart, up to rounding; a root of a number just below 0 is NaN"
LEVELS = (
    "Cases with fewer grey levels held: the ends are found by half a bin, 1 - 1 / (L - 1), not by "
    "a fixed number such as 0.999"
)
ROUNDED = (
    "Cases with exact grey levels held; these are one rounding error off, as 2 * k / (L - 1) - 1 "
    "may be: find the ends by half a bin, not by =="
)
SURE = (
    "Cases with less certain levels held: a clamp of the probability below 1, or of its logarithm, "
    "shows here"
)
TINY = "Cases with features of usual size held: a small number that is added shows here"


def frechet_distance(cases, seed):
    """Try covariances of fewer images than features: `feature_moments` makes such."""
    generator = source(seed)
    flat, other = (normal(generator, 4, 2) for _ in "12")
    mean, off = normal(generator, 4), normal(generator, 4)
    full = cases[-1].arguments["cov_2"].double()
    small = 1e-6 * torch.eye(4).double(), 4e-6 * torch.eye(4).double()

    def case(name, reason, *given, tolerance=(2e-7, 2e-8)):
        size = float(given[1].trace() + given[3].trace())
        arguments = dict(zip(cases[0].arguments, given, strict=True))
        return Case(name, arguments, float64_too=True, tolerance=tolerance, size=size,
                    reason=reason)  # fmt: skip

    return [
        case("singular covariances", SINGULAR, mean, flat @ flat.T, off, other @ other.T),
        case("one covariance is zero", SINGULAR, mean, 0 * full, off, full),
        case("equal Gaussians", EQUAL, mean, full, mean.clone(), full.clone()),
        case("equal Gaussians, singular", EQUAL, mean, flat @ flat.T, mean.clone(), flat @ flat.T),
        case(
            "features of a thousandth",
            TINY,
            1e-3 * mean,
            small[0],
            1e-3 * off,
            small[1],
            tolerance=(1e-9, 1e-9),
        ),
        case("one feature", FEW, mean[:1], full[:1, :1], off[:1], 2 * full[:1, :1]),
    ]


def discretized_nll(cases, seed):
    generator = source(seed)

    def case(name, levels, steps, shape, reason, off=0.0):
        x_0 = (2 * torch.tensor(steps).double() / (levels - 1) - 1).reshape(shape) * (1 - off)
        std = (1.0 + torch.rand(shape, generator=generator).double()) / levels
        errors = torch.randn(shape, generator=generator).double().clamp(-2, 2)
        arguments = {"x_0": x_0, "mean": x_0 + std * errors, "variance": std**2}
        return Case(name, {**arguments, "num_levels": levels}, tolerance=(1e-6, 1e-9),
                    reason=reason)  # fmt: skip

    # As likely as 1 - 1e-7, and as one half.
    sure = {"x_0": torch.ones(2), "mean": torch.tensor([1.0, 0.0]), "variance": torch.ones(2) / 27}
    sure = {name: value.double() for name, value in sure.items()} | {"num_levels": 2}
    tiny = torch.finfo(torch.float64).eps
    return [
        case("4096 levels, the outermost ones", 4096, [0, 1, 2, 4093, 4094, 4095], (6,), LEVELS),
        case(
            "65536 levels, the outermost ones", 65536, [0, 1, 2, 65533, 65534, 65535], (6,), LEVELS
        ),
        Case("two levels, one of them nearly certain", sure, tolerance=(1e-6, 1e-9), reason=SURE),
        case("levels one rounding error inside", 17, [0, 1, 15, 16], (2, 2), ROUNDED, tiny),
        case(
            "levels one rounding error outside", 17, [0, 1, 15, 16], (1, 2, 1, 2, 1), ROUNDED, -tiny
        ),
    ]


def bits_per_dim(cases, seed):
    reason = "Cases with images and points held: one image may be one number, or have five axes"
    found = []
    for shape in ((3,), (2, 1, 3, 1, 2)):
        nats = 9 * torch.rand(shape[0], generator=source(seed), dtype=torch.float64)
        arguments = {"nats": nats, "x_shape": torch.Size(shape)}
        found.append(Case(f"a shape of {len(shape)} axes", arguments, reason=reason))
    return found


MEASURES = {rule.__name__: rule for rule in (frechet_distance, discretized_nll, bits_per_dim)}
