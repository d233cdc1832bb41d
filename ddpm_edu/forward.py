r"""The forward process: data become noise, one step at a time or in one jump."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.inputs import checked
from ddpm_edu.schedule import NoiseSchedule, at


@checked
def step_q(
    x_prev: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    schedule: NoiseSchedule,
    noise: Float[Tensor, " b *dims"] | None = None,
) -> Float[Tensor, " b *dims"]:
    r"""Noise data by one step, from t-1 to t.

    $x_t = \sqrt{1 - \beta_t}\,x_{t-1} + \sqrt{\beta_t}\,\epsilon$   (Ho et al. 2020, Eq. 2)

    Args:
        x_prev: (B, ...) data at time t-1.
        t: (B,) times 1..T, any mixture.
        schedule: of T steps.
        noise: (B, ...) standard Gaussian; drawn here when None.
    Returns:
        (B, ...) data at time t.

    >>> from ddpm_edu import linear_schedule
    >>> step_q(torch.zeros(2, 3), torch.tensor([1, 2]), NoiseSchedule(linear_schedule(10))).shape
    torch.Size([2, 3])
    """
    noise = torch.randn_like(x_prev) if noise is None else noise
    alpha_t, beta_t = at(schedule.alphas, t, x_prev), at(schedule.betas, t, x_prev)
    return alpha_t.sqrt() * x_prev + beta_t.sqrt() * noise


@checked
def sample_q(
    x_0: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    schedule: NoiseSchedule,
    noise: Float[Tensor, " b *dims"] | None = None,
) -> Float[Tensor, " b *dims"]:
    r"""Noise clean data to time t in one jump.

    $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$   (Ho et al. 2020, Eq. 4)

    Args:
        x_0: (B, ...) clean data, images in [-1, 1].
        t: (B,) times 1..T, any mixture.
        schedule: of T steps.
        noise: (B, ...) standard Gaussian; drawn here when None.
    Returns:
        (B, ...) data at time t.

    >>> from ddpm_edu import linear_schedule
    >>> x_0, schedule = torch.zeros(2, 1, 8, 8), NoiseSchedule(linear_schedule(10))
    >>> sample_q(x_0, torch.tensor([1, 9]), schedule).shape
    torch.Size([2, 1, 8, 8])
    """
    noise = torch.randn_like(x_0) if noise is None else noise
    alpha_bar_t = at(schedule.alphas_bar, t, x_0)
    one_minus_alpha_bar_t = at(schedule.one_minus_alphas_bar, t, x_0)
    return alpha_bar_t.sqrt() * x_0 + one_minus_alpha_bar_t.sqrt() * noise


@checked
def snr(t: Int[Tensor, " b"], schedule: NoiseSchedule) -> Float[Tensor, " b"]:
    r"""Compute the signal-to-noise ratio, which falls as t grows.

    $\mathrm{SNR}(t) = \bar\alpha_t / (1 - \bar\alpha_t)$   (Kingma et al. 2021, Eq. 2)

    Args:
        t: (B,) times 1..T.
        schedule: of T steps.
    Returns:
        (B,); the linear schedule of 1000 steps has about 1e4 at t = 1 and about 4e-5 at t = T.

    >>> from ddpm_edu import linear_schedule
    >>> snr(torch.tensor([1]), NoiseSchedule(linear_schedule(1000))).round().tolist()
    [9999.0]
    """
    return schedule.alphas_bar[t] / schedule.one_minus_alphas_bar[t]


@checked
def velocity(
    x_0: Float[Tensor, " b *dims"],
    eps: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    schedule: NoiseSchedule,
) -> Float[Tensor, " b *dims"]:
    r"""Compute the velocity of noising, a target that turns from noise into data as t grows.

    $v = \sqrt{\bar\alpha_t}\,\epsilon - \sqrt{1-\bar\alpha_t}\,x_0$   (Salimans & Ho 2022, Sec. 4)

    With the $x_t$ of Eq. 4 it is $(x_0, \epsilon)$ turned by an angle:
    $x_0 = \sqrt{\bar\alpha_t}\,x_t - \sqrt{1-\bar\alpha_t}\,v$.

    Args:
        x_0: (B, ...) clean data, images in [-1, 1].
        eps: (B, ...) the noise that was added.
        t: (B,) times 1..T, any mixture.
        schedule: of T steps.
    Returns:
        (B, ...), nearly eps at t = 1 and nearly -x_0 at t = T.

    >>> from ddpm_edu import linear_schedule
    >>> x_0 = torch.zeros(2, 3)
    >>> velocity(x_0, x_0, torch.tensor([1, 9]), NoiseSchedule(linear_schedule(10))).shape
    torch.Size([2, 3])
    """
    alpha_bar_t = at(schedule.alphas_bar, t, x_0)
    one_minus_alpha_bar_t = at(schedule.one_minus_alphas_bar, t, x_0)
    return alpha_bar_t.sqrt() * eps - one_minus_alpha_bar_t.sqrt() * x_0
