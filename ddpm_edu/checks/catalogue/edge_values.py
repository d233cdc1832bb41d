"""Numbers at the limits of what an exercise's arguments may be, and why they are legal.

Each function is named like its exercise and returns cases: (cases of the exercise, seed) -> cases.
"""

from dataclasses import replace

import torch

from ddpm_edu.checks.catalogue.inputs import as_float32, early_schedule, normal, source
from ddpm_edu.checks.exercise import Case, Probe
from ddpm_edu.schedule import NoiseSchedule, linear_schedule


FALLING = "beta_start may be the larger one, and equal ones are legal too"
FEW = "Cases with more steps held"
JOINT = (
    "Cases where all shapes are equal held; shapes broadcast here, to one that is larger than "
    "each of them"
)
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
LEVELS = (
    "Cases with fewer grey levels held: the ends are found by half a bin, 1 - 1 / (L - 1), not by "
    "a fixed number such as 0.999"
)
ROUNDED = (
    "Cases with exact grey levels held; these are one rounding error off, as 2 * k / (L - 1) - 1 "
    "may be: find the ends by half a bin, not by =="
)


def one_step(kind=NoiseSchedule):
    return kind(linear_schedule(1, 0.2, 0.2), dtype=torch.float64)


def linear_ends(cases, seed):
    return [
        Case("equal ends", {"num_timesteps": 4, "beta_start": 0.1, "beta_end": 0.1}, reason=FALLING),
        Case("falling, 2500 steps",
             {"num_timesteps": 2500, "beta_start": 0.999, "beta_end": 1e-8}, reason=FALLING),
    ]  # fmt: skip


def cosine_ends(cases, seed):
    reason = "Cases with other numbers of steps held, and with a cap above 0.1"
    return [
        Case("2500 steps, a low cap",
             {"num_timesteps": 2500, "s": 0.01, "max_beta": 2**-7}, reason=reason),
        Case("T = 2, a wide offset", {"num_timesteps": 2, "s": 0.5}, reason=reason),
    ]  # fmt: skip


def cumulative_alphas(cases, seed):
    betas = linear_schedule(2500, 1e-5, 0.3)
    return [
        Case("a schedule of one step", {"betas": one_step().betas}, reason=FEW),
        Case("2500 steps, down to alphas_bar of 1e-180", {"betas": betas}, reason=SMALL),
    ]


SMALL = "Cases with alphas_bar above 1e-5 held: a clamp or an added small number shows here"


def posterior_variance(cases, seed):
    late = early_schedule(linear_schedule(2500, 1e-9, 0.3), dtype=torch.float64)
    return [
        Case("a schedule of one step", {"schedule": one_step(early_schedule)}, reason=FEW),
        Case("2500 steps, the first of a billionth", {"schedule": late}, reason=SMALL,
             tolerance=(1e-6, 1e-10)),
    ]  # fmt: skip


def sample_by_t(cases, seed):
    generator = source(seed)
    reason = "Cases with images and points held: x_shape may have any number of axes, and t be 0"
    return [
        Case(f"a shape of {len(shape)} axes",
             {"values": normal(generator, 5), "t": torch.tensor(times), "x_shape": shape},
             reason=reason)
        for shape, times in (((2, 1, 3, 2, 1), [0, 4]), (torch.Size([1]), [3]), ((3, 3, 3), [0, 4, 1]))
    ]  # fmt: skip


def product_of_gaussians(cases, seed):
    generator, names = source(seed), list(cases[0].arguments)
    shapes = (4, 1), (2, 1, 3), (3,), (4, 1)
    values = [normal(generator, *shape) for shape in shapes]
    values = [v.exp() if "variance" in name else v for name, v in zip(names, values, strict=True)]
    wide = [10.0 ** torch.tensor(p, dtype=torch.float64) for p in ([-9.0, 9, -9], [-12.0, 5, -9])]
    means = [normal(generator, 3) for _ in "12"]
    far = means[0], wide[0], means[1], wide[1]
    return [
        Case("shapes that broadcast", dict(zip(names, values, strict=True)), reason=JOINT),
        Case("variances of every size", dict(zip(names, far, strict=True)), reason=SIZES),
    ]


SIZES = (
    "Cases with variances of usual size held: a clamp, or a small number added under a fraction or "
    "a logarithm, shows here"
)


def timestep_embedding(cases, seed):
    arguments = {"t": torch.tensor([2500, 1, 3000]), "dim": 6}
    reason = "Cases with times up to 1000 held"
    return [replace(cases[0], name="times beyond 1000", arguments=arguments, reason=reason)]


def self_attention(cases, seed):
    generator = source(seed)
    large = {name: normal(generator, 2, 1, 3, 2) for name in "qkv"}
    large |= {name: 60 * large[name] for name in "qk"}
    single = {name: normal(generator, 1, 1, 1, 1) for name in "qkv"}
    reason = "Cases with more positions held: an axis of length 1 may have been dropped (squeeze)"
    return [
        Case("scores of some thousands", large, reason=LARGE),
        Case("one position, one column", single, reason=reason),
    ]


def sample_timesteps(cases, seed):
    found = []
    for last, size in ((1, 3), (2500, 2)):
        arguments = {"batch_size": size, "schedule": NoiseSchedule(linear_schedule(last, 1e-5, 0.01))}
        found.append(Case(f"T = {last}, the highest numbers", arguments, "ones", reason=FEW))
    return found


def train_step(cases, seed):
    case, generator = cases[0], source(seed)
    options = {**case.arguments["model"].options, "num_timesteps": 1}
    arguments = {
        **case.arguments, "model": Probe("wavy", options), "x_0": normal(generator, 2, 1, 3, 2, 1),
        "schedule": one_step(),
    }  # fmt: skip
    return [replace(case, name="a schedule of one step, data of five axes", noise="ones",
                    arguments=arguments, reason=FEW)]  # fmt: skip


def update_ema(cases, seed):
    arguments = {**cases[0].arguments, "decay": 1}
    return [replace(cases[0], name="decay 1: the average stays", arguments=arguments,
                    reason="Cases with a decay below 1 held")]  # fmt: skip


def sampling(cases, seed):
    case = cases[1]
    options = {**case.arguments["model"].options, "num_timesteps": 1}
    arguments = {"model": Probe("wavy", options), "shape": torch.Size([2, 1, 2, 1, 2]),
                 "schedule": NoiseSchedule(linear_schedule(1, 0.2, 0.2)),
                 "image_noise_steps_to_keep": 1}  # fmt: skip
    return [replace(case, name="a chain of one step, data of five axes", arguments=arguments,
                    reason=FEW)]  # fmt: skip


def ddim_step(cases, seed):
    """Try eta = 1 late on a schedule that ends in noise alone, where the root is that of 0."""
    generator, case = source(seed), cases[3]
    schedule = NoiseSchedule(linear_schedule(40, 0.5, 0.9), dtype=torch.float64)
    t = torch.arange(1, 41)
    arguments = {"x_t": normal(generator, 40, 1), "t": t, "t_prev": t - 1,
                 "eps": normal(generator, 40, 1), "schedule": schedule, "eta": 1,
                 "noise": normal(generator, 40, 1)}  # fmt: skip
    reason = "rounding may take 1 - alpha_bar_{t'} - sigma^2 below 0, whose root is NaN: clamp it"
    coarse = {name: as_float32(value) for name, value in cases[0].arguments.items()}
    return [
        Case("eta = 1, on a schedule that ends in noise alone", arguments, "ones", reason=reason),
        replace(cases[0], name="float32, no eta", arguments=coarse,
                reason="Cases in float64 held: the result has the dtype of x_t"),
    ]  # fmt: skip


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

    def case(name, reason, *given):
        size = float(given[1].trace() + given[3].trace())
        arguments = dict(zip(cases[0].arguments, given, strict=True))
        return Case(name, arguments, float64_too=True, tolerance=(1e-6, 1e-7), size=size,
                    reason=reason)  # fmt: skip

    return [
        case("singular covariances", SINGULAR, mean, flat @ flat.T, off, other @ other.T),
        case("one covariance is zero", SINGULAR, mean, 0 * full, off, full),
        case("equal Gaussians", EQUAL, mean, full, mean.clone(), full.clone()),
        case("equal Gaussians, singular", EQUAL, mean, flat @ flat.T, mean.clone(), flat @ flat.T),
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
        case("levels one rounding error outside", 17, [0, 1, 15, 16], (1, 1, 2, 1, 2), ROUNDED, -tiny),
    ]


def bits_per_dim(cases, seed):
    reason = "Cases with images and points held: one image may be one number, or have five axes"
    found = []
    for shape in ((3,), (2, 1, 3, 2, 1)):
        nats = 9 * torch.rand(shape[0], generator=source(seed), dtype=torch.float64)
        arguments = {"nats": nats, "x_shape": torch.Size(shape)}
        found.append(Case(f"a shape of {len(shape)} axes", arguments, reason=reason))
    return found


def ddim_timesteps(cases, seed):
    return [
        Case(f"T = {last}, S = {steps}", {"num_timesteps": last, "num_steps": steps}, reason=FEW)
        for last, steps in ((1, 1), (2, 1), (4999, 4998), (2500, 1000))
    ]


BY_EXERCISE = {
    "linear_schedule": linear_ends,
    "cosine_schedule": cosine_ends,
    "kl_gaussians": product_of_gaussians,
    **{rule.__name__: rule for rule in (
        cumulative_alphas, posterior_variance, sample_by_t, product_of_gaussians, ddim_step,
        timestep_embedding, self_attention, sample_timesteps, train_step, update_ema, sampling,
        guided_noise, frechet_distance, discretized_nll, bits_per_dim, ddim_timesteps,
    )},
}  # fmt: skip
