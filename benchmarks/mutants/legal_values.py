"""Wide legal inputs of exercises whose arguments are no batches of data: tables, pairs, numbers."""

import torch

from benchmarks.mutants.forms import EPS, SHAPES, schedules
from ddpm_edu import NoiseSchedule, linear_schedule
from ddpm_edu.checks.catalogue.inputs import as_float32, early_schedule, normal, source
from ddpm_edu.checks.catalogue.lesson_7 import covariance
from ddpm_edu.checks.exercise import Case, Probe


def sample_by_t(exercise):
    generator = source(2)
    for number, shape in enumerate(SHAPES):
        values = normal(generator, 2 + number)
        t = torch.randint(0, 2 + number, shape[:1], generator=generator)
        yield Case(f"{shape}", {"values": values, "t": t, "x_shape": torch.Size(shape)})


def linear_schedules(exercise):
    for n in (1, 2, 3, 7, 100, 2500):
        for start, end in ((1e-4, 0.02), (0.5, 0.01), (0.1, 0.1), (1e-7, 0.999)):
            yield Case(f"T = {n}", {"num_timesteps": n, "beta_start": start, "beta_end": end})


def cosine_schedules(exercise):
    for n in (1, 2, 3, 7, 100, 2500):
        for s, cap in ((0.008, 0.999), (0.1, 0.999), (0.5, 0.2), (1e-4, 0.9999), (0.008, 2**-10)):
            yield Case(f"T = {n}", {"num_timesteps": n, "s": s, "max_beta": cap})


def posterior_variance(exercise):
    for schedule in schedules(early_schedule):
        yield Case(f"T = {schedule.num_timesteps}", {"schedule": schedule})


def cumulative_alphas(exercise):
    for schedule in schedules():
        yield Case(f"T = {schedule.num_timesteps}", {"betas": schedule.betas})


def gaussians(exercise):
    names, generator = exercise.rows, source(3)
    for n, (a, b, c, d) in enumerate([
        ((), (), (), ()), ((1,),) * 4, ((3, 1), (1, 4), (3, 4), (1,)), ((5,), (), (5,), ()),
        ((2, 3), (3,), (1, 3), (2, 1)), ((2, 1, 3, 1), (4, 1, 2), (1,), (2, 4, 3, 2)), ((6,),) * 4,
    ] * 2):  # fmt: skip
        means = normal(generator, *a), normal(generator, *c)
        powers = [normal(generator, *shape).clamp(-3, 3) for shape in (b, d)]
        variances = [10 ** (power / (1, 1, 3)[n % 3]) for power in powers]
        arguments = dict(zip(names, (means[0], variances[0], means[1], variances[1]), strict=True))
        if n % 3 == 2:
            arguments = {name: as_float32(value) for name, value in arguments.items()}
        yield Case(f"{a} {b} {c} {d}", arguments)


def timestep_embedding(exercise):
    for dim in (4, 5, 7, 16, 33):
        for t in ([1], [1, 2], [5, 5, 1000], [2500, 1, 3, 400, 7]):
            yield Case(f"{dim}", {"t": torch.tensor(t), "dim": dim}, float64_too=True,
                       tolerance=(0.0, 1e-3))  # fmt: skip


def self_attention(exercise):
    generator = source(4)
    for shape in (*((1, 1, 1, 1), (2, 1, 3, 1), (1, 5, 2, 2), (3, 3, 3, 3), (2, 4, 6, 3)),):
        for scale in (1, 3, 1e3):
            yield Case(
                f"{'extreme' if scale > 9 else ''} {shape}",
                {name: scale * normal(generator, *shape) for name in "qkv"},
            )


def frechet_distance(exercise):
    generator = source(6)
    for n, d in enumerate([1, 2, 3, 6, 2, 3, 4, 4] * 3):
        first, second = covariance(generator, d), covariance(generator, d)
        singular = normal(generator, d, max(1, d - 1))
        pairs = [(first, second), (singular @ singular.T, second), (first, first),
                 (singular @ singular.T, singular @ singular.T), (0 * first, second)]  # fmt: skip
        one, two = pairs[n % 5]
        mean = normal(generator, d)
        other = mean if n % 4 == 0 else normal(generator, d)
        largest = float(one.trace() + two.trace())
        arguments = {"mean_1": mean, "cov_1": one, "mean_2": other, "cov_2": two}
        yield Case(f"{d}, {n % 5}", arguments, float64_too=True, tolerance=(1e-6, 1e-7),
                   size=largest)  # fmt: skip


def discretized_nll(exercise):
    generator = source(7)
    for n, levels in enumerate([2, 3, 17, 256, 2002, 65536] * 4):
        shape = SHAPES[n % 12]
        steps = torch.randint(levels, shape, generator=generator)
        steps.view(-1)[:1] = (0, levels - 1)[n % 2]
        steps.view(-1)[1:3] = torch.tensor([1, levels - 2])[: steps.numel() - 1]
        x_0 = (2 * steps.double() / (levels - 1) - 1) * (1 - EPS * (n % 3 - 1))
        std = (0.01, 0.3, 2.0, 1e-3)[n % 4] * (
            0.5 + torch.rand(shape, generator=generator)
        ).double()
        std = std if n % 2 else std.amax()
        errors = torch.randn(shape, generator=generator).double().clamp(-2.4, 2.4)
        mean = x_0 + std * (1, 1, 400)[n % 3] * (errors + 0.1 * errors.sign())
        arguments = {"x_0": x_0, "mean": mean, "variance": std**2, "num_levels": levels}
        yield Case(f"{levels} {shape}", arguments, tolerance=(1e-5, 1e-8), size=1.0)


def bits_per_dim(exercise):
    for shape in SHAPES:
        yield Case(f"{shape}", {"nats": 9 * torch.rand(shape[0]).double(), "x_shape": shape})


def ddim_timesteps(exercise):
    for last in (1, 2, 3, 10, 1000, 2500, 4999):
        for steps in {1, 2, 3, last // 3, last // 2, last - 1, last}:
            if 1 <= steps <= last:
                yield Case(f"{last} {steps}", {"num_timesteps": last, "num_steps": steps})


def sampling(exercise):
    for n, shape in enumerate([(1,), (3,), (1, 1, 2, 2), (2, 3), (2, 1, 2, 3, 1)]):
        for last in (1, 2, 6):
            model = Probe("wavy", {"num_timesteps": last, "slope": 1.3})
            steps = NoiseSchedule(linear_schedule(last, 0.02, 0.4))
            arguments = {"model": model, "shape": (shape, torch.Size(shape))[n % 2],
                         "schedule": steps, "image_noise_steps_to_keep": 1 + n % last}  # fmt: skip
            yield Case(f"{shape} {last}", arguments, ("ones", "zeros")[n % 2], same_gradients=True)


def update_ema(exercise):
    for n, decay in enumerate((0, 1, 0.0, 1.0, 0.5, 1 - 1e-9)):
        models = [Probe("affine", {"seed": n + k, "trained": n % 2 == 0}) for k in (0, 50)]
        yield Case(f"{decay}", {"ema_model": models[0], "model": models[1], "decay": decay})


def sample_timesteps(exercise):
    for last in (1, 2, 5, 2500):
        for size in (1, 2, 7):
            for noise in ("zeros", "ones"):
                arguments = {"batch_size": size, "schedule": NoiseSchedule(linear_schedule(last))}
                yield Case(f"{size} {last}", arguments, noise)


OWN = {
    "linear_schedule": linear_schedules,
    "cosine_schedule": cosine_schedules,
    **dict.fromkeys(("product_of_gaussians", "kl_gaussians"), gaussians),
    **{f.__name__: f for f in (
        sample_by_t, posterior_variance, cumulative_alphas, timestep_embedding, self_attention,
        frechet_distance, discretized_nll, bits_per_dim, ddim_timesteps, sampling, update_ema,
        sample_timesteps,
    )},
}  # fmt: skip
