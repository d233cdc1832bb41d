"""Lesson 9, flow matching: its loss, velocities from predicted noise, and Heun's step."""

import torch

from ddpm_edu import flow
from ddpm_edu.checks.catalogue.inputs import (
    as_float32,
    float32_devices,
    normal,
    read_texts,
    source,
)
from ddpm_edu.checks.catalogue.lesson_3 import noise_cases
from ddpm_edu.checks.catalogue.misconceptions import flow_loss, heun_step, velocity_from_noise
from ddpm_edu.checks.exercise import Case, Exercise, Probe


WAVY = Probe("wavy", {"num_timesteps": 1})  # whose times are in [0, 1] here


def shares(*values):
    return torch.tensor(values, dtype=torch.float64)


def batches(seed):
    """Return (name, shape, s, s_prev) of batches of every kind; times depend on the seed."""
    little = 0.01 * (seed % 7)
    # As many images as columns: (B,) that was not reshaped to (B, 1, 1, 1) then fits the last axis.
    return [
        ("one time for the whole batch", (3, 1, 5, 4), [0.4 + little] * 3, [0.25] * 3),
        ("both ends and the middle", (3, 2, 3, 3), [1.0, 0.5, 0.0], [0.7, 0.0, 0.3]),
        ("mixed times, as many images as columns", (4, 1, 4, 4),
         [0.9 - little, 0.3, 1.0, 0.05], [0.6, 0.0, 0.9, 0.0]),
        ("points in the plane", (5, 2), [0.02, 0.99, 0.6, 0.3 + little, 0.6],
         [0.0, 0.5, 0.1, 0.2, 0.55]),
    ]  # fmt: skip


def in_float32(case):
    """Return a case in float32, for each device."""
    arguments = {name: as_float32(value) for name, value in case.arguments.items()}
    return [
        Case(name, arguments, same_gradients=case.same_gradients, device=device)
        for name, device in float32_devices()
    ]


def loss_cases(seed):
    """Try a model that bends and depends on s, with s at both ends and between."""
    generator, cases = source(seed), []
    for name, shape, s, _ in batches(seed):
        x_0, noise = normal(generator, *shape), normal(generator, *shape)
        arguments = {"model": WAVY, "x_0": x_0, "s": shares(*s), "noise": noise}
        cases.append(Case(name, arguments, same_gradients=True))
    return cases + in_float32(cases[2])


def step_cases(seed):
    """Try long and short steps towards the data, also to the clean image itself."""
    generator, cases = source(seed), []
    for name, shape, s, s_prev in batches(seed):
        x_s = normal(generator, *shape)
        arguments = {"model": WAVY, "x_s": x_s, "s": shares(*s), "s_prev": shares(*s_prev)}
        cases.append(Case(name, arguments))
    return cases + in_float32(cases[2])


texts = read_texts(9)

EXERCISES = (
    Exercise(
        **texts["flow_loss"],
        reference=flow.flow_loss,
        cases=loss_cases,
        misconceptions=flow_loss.LOSS,
        template=flow_loss.loss,
        rows=("x_0", "s", "noise"),
        gradients=("model",),
        trained_through=True,
    ),
    Exercise(
        **texts["velocity_from_noise"],
        reference=flow.velocity_from_noise,
        cases=noise_cases,
        misconceptions=velocity_from_noise.VELOCITY,
        template=velocity_from_noise.velocity,
        rows=("x_t", "t", "eps"),
        gradients=("x_t", "eps"),
    ),
    Exercise(
        **texts["heun_step"],
        reference=flow.heun_step,
        cases=step_cases,
        misconceptions=heun_step.STEP,
        template=heun_step.step,
        rows=("x_s", "s", "s_prev"),
        gradients=("x_s",),
    ),
)
