"""Networks small enough for paper: one pixel, one channel, every layer a weighted sum."""

import re

import torch
from torch import nn


SIGNATURES = {  # of layers that take more than x, as they are printed
    **{"time_mlp": "[c, s]", "scale_shift": "v"},
    **dict.fromkeys(("down_1", "down_2", "middle"), "x, e"),
    **dict.fromkeys(("up_2", "up_1"), "[x, skip], e"),
}


class StraightModel(nn.Module):
    """A noise predictor that can be computed by hand: slope x + per_time t."""

    letter = "t"

    def __init__(self, slope: float, per_time: float, num_timesteps: int):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope, dtype=torch.float64))
        self.per_time, self.num_timesteps = per_time, num_timesteps

    def forward(self, x_t, t):
        time = t.to(x_t.dtype).reshape(-1, *(1,) * (x_t.ndim - 1))
        return self.weight() * x_t + self.per_time * time

    def weight(self):
        """Return the slope; nothing is trained."""
        return self.slope.detach()

    def lines(self, name):
        sum_of = written_sum([(self.slope.item(), "x"), (self.per_time, self.letter)])
        return [f"{name}(x, {self.letter}) = {sum_of}"]


class VelocityModel(StraightModel):
    """The same as a velocity model, whose times are real numbers s in [0, 1]."""

    letter = "s"

    def __init__(self, slope: float, per_time: float):
        super().__init__(slope, per_time, num_timesteps=1)


class TrainedModel(StraightModel):
    """The same with a slope to train, and a gradient left by the step before."""

    def __init__(self, slope: float, per_time: float, num_timesteps: int, old_gradient: float):
        super().__init__(slope, per_time, num_timesteps)
        self.old_gradient = old_gradient
        self.slope.grad = torch.full_like(self.slope, old_gradient)

    def weight(self):
        return self.slope

    def lines(self, name):
        old = f"{name}: its slope has the gradient {self.old_gradient:g} before the call"
        return [*super().lines(name), old]

    def __deepcopy__(self, memo):
        """Copy the gradient too, which torch leaves out."""
        numbers = self.slope.item(), self.per_time, self.num_timesteps, self.old_gradient
        copied = memo[id(self)] = TrainedModel(*numbers)
        memo[id(self.slope)] = copied.slope  # so that a copied optimiser moves it
        return copied


class WeightedSum(nn.Module):
    """A layer on one channel for each letter: a x, a x + b, or a x + b skip + c e.

    Like a real layer it refuses what has another number of channels.

    Args:
        terms: (factor, letter): "e" stands for the time embedding, "" for a constant, any other
            letter for a channel.
    """

    def __init__(self, *terms: tuple[float, str]):
        super().__init__()
        self.terms = terms
        self.letters = [letter for _, letter in terms if letter not in ("", "e")]

    def forward(self, x, e=None):
        if x.shape[1] != len(self.letters) or (e is not None and e.shape != (len(x), 1)):
            raise ValueError(f"x: expected {len(self.letters)} channels, got {tuple(x.shape)}")
        shape = (len(x), 1, *x.shape[2:])
        values = dict(zip(self.letters, x.split(1, dim=1), strict=True)) | {"": x.new_ones(shape)}
        if e is not None:
            values["e"] = e.reshape(-1, *(1,) * (x.ndim - 1))
        return sum(factor * values[letter] for factor, letter in self.terms)

    def __str__(self):
        return written_sum(self.terms)


def written_sum(terms):
    """Write a x + b y - c."""
    parts = [f"{'-' if a < 0 else '+'} {abs(a):g} {letter}".strip() for a, letter in terms]
    return re.sub("^- ", "-", " ".join(parts)).removeprefix("+ ")


class Layers(nn.Module):
    """A network of such layers, each with the name that it has in the course's network.

    Args:
        layers: name -> layer.
    """

    def __init__(self, layers: dict[str, nn.Module]):
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)

    def lines(self, name):
        return [
            f"{name}.{layer}({SIGNATURES.get(layer, 'x')}) = {module}"
            for layer, module in self.named_children()
        ]


class Halves(nn.Module):
    """Two sums as two channels: scale and shift."""

    def __init__(self, first: WeightedSum, second: WeightedSum):
        super().__init__()
        self.parts = (first, second)

    def forward(self, x):
        return torch.cat([part(x) for part in self.parts], dim=1)

    def __str__(self):
        return f"({', '.join(map(str, self.parts))})"


class SmallBlock(Layers):
    """A residual block; `scale_shift` is a pair."""

    def lines(self, name):
        return [*super().lines(name), "silu(x) = x / (1 + exp(-x))"]


class SmallUNet(Layers):
    """A U-Net of one pixel.

    Args:
        layers: name -> layer.
        any_class: what `embed_labels` returns without labels.
        class_0: what it returns for label 0.
    """

    time_dim, fold = 2, 1

    def __init__(self, layers: dict[str, nn.Module], any_class: float, class_0: float):
        super().__init__(layers)
        self.any_class, self.class_0 = any_class, class_0

    def check_input(self, x_t, t):
        """Accept anything, since what the course's network refuses is not asked about."""

    def embed_labels(self, t, labels):
        number = self.any_class if labels is None else self.class_0
        return torch.full((len(t), 1), number, dtype=torch.float64)

    def lines(self, name):
        return [
            f"{name}.fold = 1, {name}.time_dim = 2",
            "timestep_embedding(t, 2) = [cos(t), sin(t)] (t in radians)",
            f"{name}.embed_labels: {self.any_class:g} for None, {self.class_0:g} for label 0",
            *super().lines(name),
        ]
