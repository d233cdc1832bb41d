"""Numbers at the limits of what the arguments of lessons 4 to 8 may be, and why they are legal.

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
SINGULAR = (
    "Cases with covariances of full rank held; one of fewer images than features is singular. "
    "Cholesky and inverses then fail, and rounding takes eigenvalues below 0, whose root is NaN"
)
EQUAL = "Two equal Gaussians are 0 apart, up to rounding; a root of a number just below 0 is NaN"
ROW = "Cases with more rows held: an axis of length 1 may have been dropped (squeeze)"
TINY = "Cases with features of usual size held: a small number that is added shows here"
LEVELS = (
    "Cases with fewer grey levels held: the ends are found by half a bin, 1 - 1 / (L - 1), not by "
    "a fixed number such as 0.999"
)
ROUNDED = (
    "Cases with exact grey levels held; these are one rounding error off, as 2 * k / (L - 1) - 1 "
    "may be: find the ends by half a bin, not by =="
)


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
    options = {**case.arguments["model"].options, "num_timesteps": 1}
    for axes, shape in (("five axes", (2, 1, 3, 2, 1)), ("one axis", (3,)), ("one number", (1,))):
        arguments = {
            **case.arguments, "model": Probe("wavy", options),
            "x_0": normal(generator, *shape), "schedule": one_step(),
        }  # fmt: skip
        name = f"a schedule of one step, data of {axes}"
        found.append(replace(case, name=name, noise="ones", arguments=arguments, reason=FEW))
    return found


def update_ema(cases, seed):
    arguments = {**cases[0].arguments, "decay": 1}
    return [replace(cases[0], name="decay 1: the average stays", arguments=arguments,
                    reason="Cases with a decay below 1 held")]  # fmt: skip


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

    tiny = torch.finfo(torch.float64).eps
    return [
        case("4096 levels, the outermost ones", 4096, [0, 1, 2, 4093, 4094, 4095], (6,), LEVELS),
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


def ddim_timesteps(cases, seed):
    return [
        Case(f"T = {last}, S = {steps}", {"num_timesteps": last, "num_steps": steps}, reason=FEW)
        for last, steps in ((1, 1), (2, 1), (4999, 4998), (2500, 1000))
    ]


LATE = {
    rule.__name__: rule
    for rule in (
        *(timestep_embedding, self_attention, sample_timesteps, train_step, update_ema, sampling),
        *(frechet_distance, discretized_nll, bits_per_dim),
        *(ddim_timesteps, ddim_step, guided_noise),
    )
}
