"""What a case hands to an answer besides tensors: models, optimisers, generators.

They are built where the answer runs, from their name and options alone. The models record how they
are called.
"""

import functools
import inspect
from typing import Any

import torch

from ddpm_edu.checks.exercise import Probe
from ddpm_edu.checks.worker.observation import ModelCall, describe
from ddpm_edu.checks.worker.plain_data import to_plain_data
from ddpm_edu.oracle import GaussianOracle
from ddpm_edu.schedule import NoiseSchedule
from ddpm_edu.unet import ResidualBlock, UNet


class RecordingModel(torch.nn.Module):
    """A noise predictor that records its calls; subclasses have `predict`.

    Like a real network it has weights, on the device and in the dtype of the data (see `settle`).
    """

    def __init__(self):
        super().__init__()
        self.calls = []

    def forward(self, x_t, t):
        call = ModelCall(to_plain_data(x_t), to_plain_data(t), torch.is_grad_enabled())
        self.calls.append(call)
        for name, value in (("x_t", x_t), ("t", t)):
            if not isinstance(value, torch.Tensor):
                got = describe(value)
                raise TypeError(f"model(x_t, t): expected {name} as a tensor (B, ...), got {got}")
        return self.predict(x_t, t)

    def predict(self, x_t, t):
        raise NotImplementedError


class WavyModel(RecordingModel):
    """A made-up noise predictor that takes x_0 out of [-1, 1].

    It bends, differs with t and from place to place: a straight one would hide mistakes that
    cancel, one that ignores t a wrong t, one alike everywhere a mean.
    """

    def __init__(self, num_timesteps: int, slope: float = 0.6, stale_gradient: float | None = None):
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor(slope, dtype=torch.float64))
        self.height = torch.nn.Parameter(torch.tensor(0.8, dtype=torch.float64))
        self.num_timesteps = num_timesteps
        if stale_gradient is not None:  # left by a step before
            for parameter in self.parameters():
                parameter.grad = torch.full_like(parameter, stale_gradient)

    def predict(self, x_t, t):
        phase = (t / self.num_timesteps).to(x_t.dtype).reshape(-1, *(1,) * (x_t.ndim - 1))
        place = torch.arange(x_t.numel(), device=x_t.device).reshape(x_t.shape).to(x_t.dtype)
        wave = torch.sin(2 * x_t + 3 * phase) + 0.3 * torch.cos(place)
        return self.slope.to(x_t) * x_t + self.height.to(x_t) * wave


class ExactModel(RecordingModel):
    """The exact noise predictor of Gaussian data."""

    def __init__(self, mean: float, std: float, betas: torch.Tensor):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones((), dtype=torch.float64))
        self.oracle = GaussianOracle(mean, std, NoiseSchedule(betas))

    def predict(self, x_t, t):
        return self.scale.to(x_t) * self.oracle(x_t, t)


class Affine(torch.nn.Module):
    """Some weights to average; `trained` tells whether they ask for gradients."""

    def __init__(self, seed: int, trained: bool = True, double: bool = True):
        super().__init__()
        self.inner, self.outer = torch.nn.Linear(3, 4), torch.nn.Linear(4, 2, bias=False)
        shuffle(self, seed).to(torch.float64 if double else torch.float32)
        self.requires_grad_(trained)


def residual_block(seed, in_channels, out_channels, embedding_dim, dtype="float64"):
    return shuffle(ResidualBlock(in_channels, out_channels, embedding_dim), seed, dtype)


def unet(seed, image_shape, channels, fold, dtype="float64"):
    return shuffle(UNet(tuple(image_shape), tuple(channels), fold, num_classes=3), seed, dtype)


def shuffle(module, seed, dtype="float64"):
    """Set every weight to a number of its own: zeros would hide what is done with them."""
    parameters = list(module.to(getattr(torch, dtype)).parameters())
    sizes = [parameter.numel() for parameter in parameters]
    numbers = torch.randn(
        sum(sizes), generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )
    with torch.no_grad():
        for parameter, part in zip(parameters, (0.3 * numbers + 0.05).split(sizes), strict=True):
            parameter.copy_(part.view_as(parameter))
    return module


class SGD(torch.optim.SGD):
    """Stochastic gradient descent without torch._dynamo, whose import takes a second."""

    add_param_group = inspect.unwrap(torch.optim.SGD.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.SGD.zero_grad)
    taken = inspect.unwrap(torch.optim.SGD.step)

    @torch.no_grad()
    def step(self, closure=None):
        return self.taken(closure)


def sgd(of, learning_rate, momentum=0.0):
    """Return an optimiser; one with momentum has taken steps already."""
    optimizer = SGD(of.parameters(), lr=learning_rate, momentum=momentum)
    for parameter in of.parameters() if momentum else ():
        optimizer.state[parameter]["momentum_buffer"] = torch.full_like(parameter, 0.3).detach()
    return optimizer


def generator(seed):
    """Return a generator that has drawn already: one that is seeded anew stands elsewhere."""
    used = torch.Generator().manual_seed(seed)
    torch.rand(3, generator=used)
    return used


PROBES = {
    "wavy": WavyModel,
    "exact": ExactModel,
    "affine": Affine,
    "residual_block": residual_block,
    "unet": unet,
    "sgd": sgd,
    "generator": generator,
}
NETWORKS = ("residual_block", "unet")


@functools.lru_cache(maxsize=32)
def shared(name, options):
    """Build a network once for all of the course's functions: building takes longest."""
    return PROBES[name](**dict(options))


def build(probe: Probe, before: dict[str, Any], trusted: bool = False):
    """Make what a case names; the option `of` names an argument that was built before."""
    options = {**probe.options}
    if trusted and probe.name in NETWORKS:
        return shared(probe.name, tuple(options.items()))
    if "of" in options:
        options["of"] = before[options["of"]]
    return PROBES[probe.name](**options)
