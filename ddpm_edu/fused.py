r"""One step of Algorithm 2 with plain numbers as coefficients, when a whole batch shares t.

`sample_p` looks its coefficients up for each row. In `reverse_process` all rows share t, so the
same equations need a few numbers for each t, computed once: a third of the time on small images.
On large ones each walk through an image counts, so there are as few as can be.
"""

import functools
from typing import NamedTuple

import torch
from torch import Tensor

from ddpm_edu.posterior import posterior_mean
from ddpm_edu.schedule import NoiseSchedule


class FusedStep(NamedTuple):
    r"""The coefficients at one t.

    Args:
        noise, signal: $\sqrt{1-\bar\alpha_t}$ and $\sqrt{\bar\alpha_t}$, of Eq. 4 and Eq. 15.
        mean_of_signal: of Eq. 7, $\tilde\mu_t$ from $\sqrt{\bar\alpha_t}\,x_0$.
        mean_of_x_t: of Eq. 7, $\tilde\mu_t$ from $x_t$.
        sigma: $\sigma_t$, the root of the posterior variance; 0 at t = 1.
    """

    noise: float
    signal: float
    mean_of_signal: float
    mean_of_x_t: float
    sigma: float

    def previous(self, x_t: Tensor, eps: Tensor, noise: Tensor, clipping: bool) -> Tensor:
        r"""Compute $x_{t-1}$ from the noise that is added, $\sigma_t z$, in that tensor.

        Unclipped, Eq. 7 at the $x_0$ of Eq. 15 is Eq. 11.
        """
        signal = torch.sub(x_t, eps, alpha=self.noise)  # Eq. 15, without its division
        if clipping:
            signal.clamp_(-self.signal, self.signal)
        return noise.add_(signal, alpha=self.mean_of_signal).add_(x_t, alpha=self.mean_of_x_t)


@functools.lru_cache(maxsize=8)  # schedules are frozen
def fused_steps(schedule: NoiseSchedule) -> dict[int, FusedStep]:
    """Compute the coefficients for each t = 1..T, in float64.

    Eq. 7 is linear in the images. So the coefficient of one image is the result when that image is
    1 and the other is 0.
    """
    exact = schedule.to("cpu", torch.float64)
    t = torch.arange(1, exact.num_timesteps + 1)
    one, zero = torch.ones(len(t), dtype=torch.float64), torch.zeros(len(t), dtype=torch.float64)
    signal = exact.alphas_bar[1:].sqrt()
    columns = {
        "noise": exact.one_minus_alphas_bar[1:].sqrt(),
        "signal": signal,
        "mean_of_signal": posterior_mean(one, zero, t, exact) / signal,
        "mean_of_x_t": posterior_mean(zero, one, t, exact),
        "sigma": exact.posterior_variance[1:].sqrt(),
    }
    rows = torch.stack([columns[name] for name in FusedStep._fields], dim=1).tolist()
    return {int(time): FusedStep(*row) for time, row in zip(t, rows, strict=True)}
