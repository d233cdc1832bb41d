"""Models that watch: what they were called with, how often, and whether gradients were on."""

from dataclasses import dataclass

import torch

from ddpm_edu.checks.exercise import Probe


@dataclass(frozen=True)
class Call:
    """One call of a probe model, as it was seen."""

    x_t: torch.Tensor
    t: torch.Tensor
    gradients: bool


class WavyModel(torch.nn.Module):
    """A made-up noise predictor: it bends, differs from row to row with t, and takes x_0 well out of [-1, 1].

    A straight one would hide mistakes that cancel, one that ignores t would hide a wrong t.
    """

    def __init__(self, num_timesteps: int):
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor(0.6, dtype=torch.float64))
        self.num_timesteps, self.calls = num_timesteps, []

    def forward(self, x_t, t):
        self.calls.append(Call(x_t.detach().clone(), t.detach().clone(), torch.is_grad_enabled()))
        phase = (t / self.num_timesteps).to(x_t.dtype).reshape(-1, *(1,) * (x_t.ndim - 1))
        return self.slope.to(x_t) * x_t + 0.8 * torch.sin(2 * x_t + 3 * phase)


PROBES = {"wavy": WavyModel}


def build(probe: Probe) -> torch.nn.Module:
    """Make the model that a case names."""
    return PROBES[probe.name](**probe.options)
