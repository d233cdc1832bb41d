r"""One step of Algorithm 2 with plain numbers as coefficients, when a whole batch shares t.

`sample_p` looks its coefficients up for each row. In `reverse_process` all rows share t, so the
same equations need a few numbers for each t, computed once: a third of the time on small images.
"""

import functools
from typing import NamedTuple

import torch
from torch import Tensor

from ddpm_edu.objective import mean_from_noise, predict_x0
from ddpm_edu.posterior import posterior_mean
from ddpm_edu.schedule import NoiseSchedule


class FusedStep(NamedTuple):
    r"""The coefficients at one t.

    Args:
        x_0_of_x_t, x_0_of_eps: of Eq. 15, $\hat x_0$ from $x_t$ and $\epsilon_\theta$.
        mean_of_x_0, mean_of_x_t: of Eq. 7, $\tilde\mu_t$ from $x_0$ and $x_t$.
        unclipped_mean_of_x_t, unclipped_mean_of_eps: of Eq. 11, $\mu_\theta$ from $x_t$ and
            $\epsilon_\theta$.
        sigma: $\sigma_t$, the root of the posterior variance; 0 at t = 1.
    """

    x_0_of_x_t: float
    x_0_of_eps: float
    mean_of_x_0: float
    mean_of_x_t: float
    unclipped_mean_of_x_t: float
    unclipped_mean_of_eps: float
    sigma: float

    def mean(self, x_t: Tensor, eps: Tensor, clipping: bool) -> Tensor:
        """Compute the mean of $x_{t-1}$, in a new tensor."""
        if not clipping:
            return (x_t * self.unclipped_mean_of_x_t).add_(eps, alpha=self.unclipped_mean_of_eps)
        x_0 = (x_t * self.x_0_of_x_t).add_(eps, alpha=self.x_0_of_eps).clamp_(-1, 1)
        return x_0.mul_(self.mean_of_x_0).add_(x_t, alpha=self.mean_of_x_t)


@functools.lru_cache(maxsize=8)  # schedules are frozen
def fused_steps(schedule: NoiseSchedule) -> dict[int, FusedStep]:
    """Compute the coefficients for each t = 1..T, in float64.

    The equations are linear in the images. So the coefficient of one image is the result when that
    image is 1 and the other is 0.
    """
    exact = schedule.to("cpu", torch.float64)
    t = torch.arange(1, exact.num_timesteps + 1)
    one, zero = torch.ones(len(t), dtype=torch.float64), torch.zeros(len(t), dtype=torch.float64)
    columns = {
        "x_0_of_x_t": predict_x0(one, t, zero, exact),
        "x_0_of_eps": predict_x0(zero, t, one, exact),
        "mean_of_x_0": posterior_mean(one, zero, t, exact),
        "mean_of_x_t": posterior_mean(zero, one, t, exact),
        "unclipped_mean_of_x_t": mean_from_noise(one, t, zero, exact),
        "unclipped_mean_of_eps": mean_from_noise(zero, t, one, exact),
        "sigma": exact.posterior_variance[1:].sqrt(),
    }
    rows = torch.stack([columns[name] for name in FusedStep._fields], dim=1).tolist()
    return {int(time): FusedStep(*row) for time, row in zip(t, rows, strict=True)}
