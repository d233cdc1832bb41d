"""Wide legal inputs: what an edit that passes is tried on, to tell whether it is right after all."""

import dataclasses

import torch

from ddpm_edu import NoiseSchedule, cosine_schedule, linear_schedule
from ddpm_edu.checks.catalogue.inputs import as_float32, early_schedule, normal, source
from ddpm_edu.checks.catalogue.lesson_7 import covariance
from ddpm_edu.checks.exercise import Case, Exercise, Probe


SHAPES = [(1,), (4,), (1, 1), (3, 3), (5, 2), (1, 1, 4, 4), (3, 2, 4, 5), (2, 1, 1, 6),
          (3, 3, 3, 3), (2, 3, 4, 5, 2), (1, 2, 1, 3, 1), (7, 1, 2, 2)]  # fmt: skip
DATA = ("x_0", "x_t", "x_prev", "eps", "noise", "eps_cond", "eps_uncond")
ETAS = (0, 0.0, 0.3, 1, 1.0)
WEIGHTS = (0, 0.0, -1, -0.5, 1, 2.5, 10.0, 1e3)
EPS = 2**-52
NETWORKS = ("unet_forward", "residual_block_forward")


def wide_cases(exercise: Exercise, count: int = 3) -> list[Case]:
    """Return legal cases of an exercise: its own of other seeds, and many of other forms."""
    found = [case for seed in range(100, 100 + count) for case in exercise.cases(seed)]
    of_values = [case for case in found if case.compare == "values"]
    make = OWN.get(exercise.id) or (by_rows if exercise.id not in NETWORKS else None)
    cases = [*of_values, *(make(exercise) if make else ())]
    # Where the result carries gradients, they are a part of it.
    return [
        dataclasses.replace(case, gradients=exercise.gradients,
                            tolerance=case.tolerance or tolerance_of(case))
        if exercise.gradients and not case.name.startswith("extreme") else case for case in cases
    ]  # fmt: skip


def tolerance_of(case):
    is_coarse = any(getattr(v, "dtype", None) == torch.float32 for v in case.arguments.values())
    return (1e-3, 1e-5) if is_coarse else (1e-7, 1e-10)


def schedules(kind=NoiseSchedule):
    """Return schedules of every length, steady and not."""
    drawn = 0.01 + 0.98 * torch.rand(6, generator=source(5), dtype=torch.float64)
    tables = [*(linear_schedule(n, 1e-3, 0.3) for n in (1, 2, 3, 13)), linear_schedule(1000),
              linear_schedule(2500, 1e-5, 0.01), cosine_schedule(1), cosine_schedule(40),
              torch.cat([torch.zeros(1, dtype=torch.float64), drawn])]  # fmt: skip
    return [kind(betas, dtype=torch.float64) for betas in tables]


def by_rows(exercise):
    """Return batches of every shape on every schedule, at drawn, first and last times."""
    generator, cases = source(1), []
    names = [part.split("=")[0].strip() for part in exercise.signature.strip("()").split(",")]
    kind = early_schedule if exercise.lesson < 3 else NoiseSchedule
    for number, shape in enumerate(SHAPES * 3):
        schedule = schedules(kind)[number % 9]
        last = schedule.num_timesteps
        t = torch.randint(1, last + 1, shape[:1], generator=generator)
        t = (t, torch.full_like(t, last), torch.ones_like(t))[number % 5 % 3]
        target = (torch.rand(shape[:1], generator=generator) * t).long()
        given = {
            **{name: normal(generator, *shape) * (1, 0.01, 30)[number % 3] for name in DATA},
            "t": t, "t_prev": target, "schedule": schedule, "eta": ETAS[number % 5],
            "guidance": WEIGHTS[number % 8], "clipping": number % 2 == 0,
            "model": Probe("wavy", {"num_timesteps": last}),
            "optimizer": Probe("sgd", {"of": "model", "learning_rate": 0.1}),
        }  # fmt: skip
        arguments = {name: given[name] for name in names}
        if exercise.id == "train_step" and number % 2:
            arguments["x_0"] = arguments["x_0"].clamp(-1, 1)
        if number % 4 == 3:
            arguments = {name: as_float32(value) for name, value in arguments.items()}
        noise = ("ones", "zeros")[number % 2]
        is_step = exercise.id == "train_step"
        cases.append(Case(f"{shape} at {t.tolist()} of {last}", arguments, noise,
                          tolerance=(1e-4, 1e-5) if is_step else None))  # fmt: skip
    return cases


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
    for n, shape in enumerate([(1, 1, 1, 1), (2, 1, 3, 1), (1, 5, 2, 2), (3, 3, 3, 3), (2, 4, 6, 3)]):
        for scale in (1, 3, 1e3):
            yield Case(f"{'extreme' if scale > 9 else ''} {shape}", {name: scale * normal(generator, *shape) for name in "qkv"})


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
        std = (0.01, 0.3, 2.0, 1e-3)[n % 4] * (0.5 + torch.rand(shape, generator=generator)).double()
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
