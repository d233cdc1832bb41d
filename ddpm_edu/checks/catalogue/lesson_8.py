"""Lesson 8, faster and steered: DDIM, guidance, and the velocity as a target."""

import torch

from ddpm_edu import ddim
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
from ddpm_edu.checks.catalogue.misconceptions import ddim_step, ddim_timesteps, guidance
from ddpm_edu.checks.catalogue.templates import same
from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.checks.worker.arguments import make
from ddpm_edu.forward import velocity


def visits_cases(seed):
    """Try steps that fit into T, and steps that do not, where only the ends are whole times."""
    prime = (13, 17, 19, 23, 29, 31, 37)[seed % 7]

    def case(name, num_timesteps, num_steps):
        return Case(name, {"num_timesteps": num_timesteps, "num_steps": num_steps})

    return [
        case("1000 times, steps that divide them", 1000, (4, 8)[seed % 2]),
        case("1000 times, steps that do not divide them", 1000, (7, 9, 11, 13)[seed % 4]),
        case("every time", (8, 16, 32)[seed % 3], (8, 16, 32)[seed % 3]),
        case("an odd T", prime, 5 + seed % 6),
        case("an odd T in an even number of steps: half of a time", prime, 4),
        case("a single step", prime, 1),
    ]


def rounded_at_will(times):
    """Return one form of times evenly spaced up to rounding, be it down, up or to the nearest."""
    if not isinstance(times, torch.Tensor) or times.ndim != 1 or len(times) < 2:
        return times
    ideal = torch.linspace(float(times[0]), 0, len(times), dtype=torch.float64)
    is_even = ((times - ideal).abs() < 1).all() and (times.diff() < 0).all()
    return ideal.round().to(times.dtype) if is_even else times


def steps_cases(seed):
    """Try short steps, long ones, and the last; without noise, with given and with own noise."""
    generator, brief = source(seed), short(seed)

    def case(name, shape, times, targets, schedule, eta=None, given=False, convert=same, **kinds):
        x_t, eps, z = (convert(normal(generator, *shape)) for _ in range(3))
        arguments = {
            "x_t": x_t,
            "t": torch.tensor(times),
            "t_prev": torch.tensor(targets),
            "eps": eps,
            "schedule": convert(schedule),
        }
        if eta is not None:
            arguments["eta"] = eta
        if given:
            arguments["noise"] = z
        return Case(name, arguments, **{"noise": "ones", **kinds})

    mixed = (4, 1, 4, 4), [13, 2, 1, 6], [9, 1, 0, 2], brief
    return [
        case("no eta: a long step, the same for the whole batch",
             (3, 1, 5, 4), [500] * 3, [250] * 3, paper()),
        case("eta = 0, to the clean image and elsewhere",
             (3, 2, 3, 3), [1, 2, 1000], [0, 1, 400], paper(), 0.0, True),
        case("eta = 0.5, given noise, as many images as columns", *mixed, 0.5, True),
        case("eta = 1, given noise, points on a cosine schedule",
             (5, 2), [1, 9, 2, 5, 9], [0, 4, 1, 4, 8], cosine(), 1.0, True),
        case("eta = 1, its own noise", (3, 1, 5, 4), [10, 2, 800], [9, 1, 300], paper(), 1.0),
        case("every value has a noise of its own",
             (4, 2, 3, 5), *mixed[1:], 0.7, noise="stream", compare="draws"),
        *(case(name, *mixed, 0.5, True, convert=as_float32, device=device)
          for name, device in float32_devices()),
    ]  # fmt: skip


def noise_of_step(case, got):
    """Return the noise in x at t_prev: what is not the mean, over sigma; none where sigma is 0."""
    arguments = make(case.arguments, "cpu")
    x_t = arguments["x_t"]
    mean = ddim.ddim_step(**arguments, noise=torch.zeros_like(x_t))
    scale = ddim.ddim_step(**arguments, noise=torch.ones_like(x_t)) - mean
    noisy = scale > 0
    return [("the noise", ((got.output - mean) / scale)[noisy])]


def guidance_cases(seed):
    """Try weak, strong and negative guidance; at w = 0 or -1 one prediction alone is right."""
    generator, little = source(seed), 0.05 * (seed % 5)

    def case(name, shape, guidance, convert=torch.clone, device="cpu"):
        eps_cond, eps_uncond = (convert(normal(generator, *shape)) for _ in range(2))
        arguments = {"eps_cond": eps_cond, "eps_uncond": eps_uncond, "guidance": guidance}
        return Case(name, arguments, device=device)

    return [
        case("images, w = 2, a whole number", (3, 1, 4, 5), 2),
        case("points in the plane, a weak guidance", (5, 2), 0.2 + little),
        case("as many images as columns, a strong guidance", (4, 3, 4, 4), 7.5 - little),
        case("a negative guidance", (2, 3, 3), -0.3 - little / 2),
        *(case(name, (3, 1, 4, 4), 1.5, as_float32, device) for name, device in float32_devices()),
    ]


def data_cases(seed):
    """Try x_0 and noise, unrelated, in every kind of batch."""
    generator = source(seed)
    cases = []
    for name, shape, times, schedule in batches(seed):
        x_0, eps = normal(generator, *shape), normal(generator, *shape)
        cases.append(
            Case(name, {"x_0": x_0, "eps": eps, "t": torch.tensor(times), "schedule": schedule})
        )
    arguments = {name: as_float32(value) for name, value in cases[2].arguments.items()}
    return cases + [Case(name, arguments, device=device) for name, device in float32_devices()]


texts = read_texts(8)

EXERCISES = (
    Exercise(
        **texts["ddim_timesteps"],
        reference=ddim.ddim_timesteps,
        cases=visits_cases,
        misconceptions=ddim_timesteps.TIMES,
        template=ddim_timesteps.visited,
        canonical=rounded_at_will,
    ),
    Exercise(
        **texts["ddim_step"],
        reference=ddim.ddim_step,
        cases=steps_cases,
        misconceptions=ddim_step.STEP,
        template=ddim_step.step,
        recovered=noise_of_step,
        rows=("x_t", "t", "t_prev", "eps", "noise"),
        gradients=("x_t", "eps"),
    ),
    Exercise(
        **texts["guided_noise"],
        reference=ddim.guided_noise,
        cases=guidance_cases,
        misconceptions=guidance.GUIDANCE,
        template=guidance.guided,
        rows=("eps_cond", "eps_uncond"),
        gradients=("eps_cond", "eps_uncond"),
    ),
    Exercise(
        **texts["velocity"],
        reference=velocity,
        cases=data_cases,
        misconceptions=guidance.VELOCITY,
        template=guidance.velocity,
        rows=("x_0", "eps", "t"),
        gradients=("x_0", "eps"),
    ),
)
