"""Draws of small numbers, schedules and networks, for questions to be solved on paper."""

import random

import torch

from ddpm_edu.checks.worker.probes import sgd
from ddpm_edu.grading.defence.networks import (
    Halves,
    SmallBlock,
    SmallUNet,
    StraightModel,
    TrainedModel,
    VelocityModel,
    WeightedSum,
)
from ddpm_edu.schedule import NoiseSchedule


T = 4
MANY = 200_000  # times, whose shares are then known to a tenth of a percent


class LengthOnly(NoiseSchedule):
    """A schedule of which nothing but the number of steps is asked."""

    def lines(self, name):
        return [f"{name}.num_timesteps = {self.num_timesteps}"]


def number(source: random.Random, low=0.2, high=1.6, signed=True) -> float:
    """Draw a number with one decimal."""
    return round(source.uniform(low, high), 1) * (source.choice((-1, 1)) if signed else 1)


def numbers(source, *shape, **options):
    """Draw a tensor of such numbers."""
    size = torch.Size(shape).numel()
    drawn = [number(source, **options) for _ in range(size)]
    return torch.tensor(drawn, dtype=torch.float64).reshape(shape)


def rows(source):
    return numbers(source, 2, 2)


def positive(source, *shape):
    return numbers(source, *shape, low=0.3, high=2.5, signed=False)


def two_times(source):
    return torch.tensor(source.sample(range(1, T + 1), 2))


def betas(source):
    drawn = sorted(source.sample(range(2, 13), T))
    return torch.tensor([0, *drawn], dtype=torch.float64) / 20


def schedule(source):
    return NoiseSchedule(betas(source), dtype=torch.float64)


def model(source):
    per_time = source.choice((-0.2, -0.1, 0.1, 0.2))
    return StraightModel(number(source, 0.2, 0.9, signed=False), per_time, T)


def velocity_model(source):
    per_time = source.choice((-1.0, -0.5, 0.5, 1.0))
    return VelocityModel(number(source, 0.2, 0.9, signed=False), per_time)


def shares(low, high):
    """Draw two real times, in tenths between these."""
    return lambda source: torch.tensor(
        [share / 10 for share in source.sample(range(low, high + 1), 2)], dtype=torch.float64
    )


def steep_model(source):
    """Draw a model after which a chain that begins with 1 is not clipped all the time."""
    return StraightModel(number(source, 0.6, 1.0, signed=False), 0.1, T)


def linear(source):
    layer = torch.nn.Linear(1, 1, dtype=torch.float64)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(number(source))
    return layer


def trained(source):
    """Draw a model, the optimiser that moves its slope, and what else a step needs."""
    slope, gradient = number(source, 0.2, 0.9, signed=False), number(source)
    model = TrainedModel(slope, source.choice((-0.2, -0.1, 0.1, 0.2)), 1, gradient)
    one_step = torch.tensor([0, number(source, 0.2, 0.8, signed=False)], dtype=torch.float64)
    return {
        "model": model,
        "optimizer": sgd(model, source.choice((0.1, 0.2, 0.5))),
        "x_0": numbers(source, 2, 1),
        "schedule": NoiseSchedule(one_step, dtype=torch.float64),  # every time drawn is 1
    }


def layer(source, *letters):
    return WeightedSum(*((number(source), letter) for letter in letters))


def block_of_one_channel(source):
    """Draw a residual block of one channel, and two rows for it."""
    names = ("norm_1", "conv_1", "norm_2", "conv_2", "skip")
    layers: dict[str, torch.nn.Module] = {
        name: layer(source, "x", *[""] * name.startswith("norm")) for name in names
    }
    layers["scale_shift"] = Halves(layer(source, "v"), layer(source, "v"))
    return {
        "block": SmallBlock(layers),
        "x": numbers(source, 2, 1, 1, 1),
        "time_embedding": numbers(source, 2, 1),
    }


def unet_of_one_pixel(source):
    """Draw a U-Net of one pixel, and one image for it."""
    plain = ("stem", "downsample", "attention", "upsample", "head")
    layers: dict[str, torch.nn.Module] = {name: layer(source, "x") for name in plain}
    layers |= {name: layer(source, "x", "e") for name in ("down_1", "down_2", "middle")}
    layers |= {name: layer(source, "x", "skip", "e") for name in ("up_2", "up_1")}
    layers["time_mlp"] = layer(source, "c", "s")
    unet = SmallUNet(layers, number(source), number(source))
    t = torch.tensor([source.randint(1, T)])
    return {"unet": unet, "x_t": numbers(source, 1, 1, 1, 1), "t": t}


def times_to_embed(source):
    """Draw times, and a period at which half the columns have the frequency 1, half 0.1."""
    return {"t": two_times(source), "dim": 4, "max_period": 100.0}


def many_times(source):
    length = source.choice((3, 4))
    return {"batch_size": MANY, "schedule": LengthOnly(torch.tensor([0.0, *[0.1] * length]))}


def levels(source):
    drawn = [source.choice((-1.0, -0.5, 0.0, 0.5, 1.0)) for _ in range(4)]
    return torch.tensor(drawn, dtype=torch.float64).reshape(2, 2)


def jump(source):
    """Draw two times to jump from and to."""
    far, near = source.sample(range(2, T + 1), 2), source.sample(range(2), 2)
    return torch.tensor(far), torch.tensor(near)


def steps_to_skip(source):
    t, t_prev = jump(source)
    given = {"x_t": rows(source), "t": t, "t_prev": t_prev, "eps": rows(source)}
    eta = source.choice((0.5, 1.0))
    return {**given, "schedule": schedule(source), "eta": eta, "noise": rows(source)}


def one_step(source, **more):
    given = {"model": model(source), "x_t": rows(source), "t": two_times(source)}
    return {**given, "schedule": schedule(source), **more}
