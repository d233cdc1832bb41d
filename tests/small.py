"""Small models, schedules and runs of training, for the tests that are about something else."""

import copy

import torch
from torch import nn

from ddpm_edu import NoiseSchedule, UNet, linear_schedule
from ddpm_edu.training import Training


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def twenty_steps():
    """Return a schedule that reaches noise in twenty steps, in float64."""
    return NoiseSchedule(linear_schedule(20, 0.005, 0.6), dtype=torch.float64)


def model(x_t, t):
    """Predict noise in the simplest way."""
    return x_t / 2


class Recorder(nn.Module):
    """A model with a parameter that notes its calls and answers by the data and each row's time."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.8, dtype=torch.float64))
        self.calls = []

    def forward(self, x_t, t):
        self.calls.append((x_t.clone(), t, torch.is_grad_enabled()))
        return self.scale.to(x_t.dtype) * (x_t + t.reshape(-1, *(1,) * (x_t.ndim - 1)) / 50).sin()


class Tiny(nn.Module):
    """A linear model of points and their times."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
        self.num_classes = 10

    def forward(self, x_t, t, labels=None):
        shift = 0 if labels is None else labels[:, None] / 10
        return self.layer(torch.cat([x_t, t[:, None] / 10], dim=1)) + shift


def tiny(seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Tiny()


def shaken(module):
    """Move every parameter off zero, so that nothing is silent as at the start of training."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter) / 5)
    return module


def fresh(seed=0):
    """Return a run of training at its start, with a small U-Net for the digits."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = UNet((1, 8, 8), channels=(8, 16))
    return Training(model, copy.deepcopy(model), torch.optim.Adam(model.parameters()))


def share_of(num_steps):
    """Return the progress of a run that ends after num_steps."""
    return lambda state: state.step / num_steps
