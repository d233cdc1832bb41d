r"""Fewer steps and steered ones: DDIM, and guidance without a classifier."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.inputs import checked
from ddpm_edu.objective import predict_x0
from ddpm_edu.schedule import NoiseSchedule, at


@checked
def ddim_timesteps(num_timesteps: int, num_steps: int) -> Int[Tensor, " times"]:
    r"""Choose the times that a sampler of fewer steps visits, evenly spaced up to rounding.

    It is the sub-sequence $\tau$ of Song et al. 2021, Sec. 4.2, from pure noise down to the clean image.

    Args:
        num_timesteps: T, at least 1.
        num_steps: how many steps to take, in 1..T.
    Returns:
        (num_steps+1,) long, strictly decreasing from T to 0; each neighbouring pair is one (t, t_prev).
    Raises:
        ValueError: T below 1, num_steps outside 1..T, or either not a whole number.

    >>> ddim_timesteps(1000, 4).tolist()
    [1000, 750, 500, 250, 0]
    """
    return torch.linspace(num_timesteps, 0, num_steps + 1, dtype=torch.float64).round().long()


@checked
def ddim_step(
    x_t: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    t_prev: Int[Tensor, " b"],
    eps: Float[Tensor, " b *dims"],
    schedule: NoiseSchedule,
    eta: float | int = 0.0,
    noise: Float[Tensor, " b *dims"] | None = None,
) -> Float[Tensor, " b *dims"]:
    r"""Step back from t to any earlier t_prev at once.

    $x_{t'} = \sqrt{\bar\alpha_{t'}}\,\hat x_0 + \sqrt{1 - \bar\alpha_{t'} - \sigma_t^2}\,\epsilon_\theta + \sigma_t z$
    with $\hat x_0$ of Eq. 15, not clipped   (Song et al. 2021, Eq. 12; its $\alpha$ is our $\bar\alpha$)

    Args:
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, any mixture.
        t_prev: (B,) times 0..t-1, where to go; 0 gives $\hat x_0$ itself.
        eps: (B, ...) the predicted noise.
        schedule: on the same device.
        eta: in [0, 1]; 0 adds no noise, 1 adds what Algorithm 2 does when t_prev = t-1.
        noise: (B, ...) standard Gaussian z; drawn here when None, but never for eta = 0.
    Returns:
        (B, ...) data at time t_prev.
    Raises:
        ValueError: t_prev not before t, eta outside [0, 1]; shapes, times, dtypes or devices that do not fit.

    >>> from ddpm_edu import linear_schedule
    >>> x_t, t, t_prev = torch.zeros(2, 3), torch.tensor([10, 5]), torch.tensor([5, 0])
    >>> ddim_step(x_t, t, t_prev, x_t, NoiseSchedule(linear_schedule(10))).shape
    torch.Size([2, 3])
    """
    sigma = eta * full_sigma(x_t, t, t_prev, schedule)
    # sigma^2 may reach 1 - alpha_bar and, rounded, pass it
    direction = (at(schedule.one_minus_alphas_bar, t_prev, x_t) - sigma.square()).clamp(min=0).sqrt()
    mean = at(schedule.alphas_bar, t_prev, x_t).sqrt() * predict_x0(x_t, t, eps, schedule) + direction * eps
    if eta == 0:
        return mean
    return mean + sigma * (torch.randn_like(x_t) if noise is None else noise)


def full_sigma(x_t, t, t_prev, schedule):
    r"""Give $\sigma_t$ for eta = 1: $\sqrt{\frac{1-\bar\alpha_{t'}}{1-\bar\alpha_t}}
    \sqrt{1 - \frac{\bar\alpha_t}{\bar\alpha_{t'}}}$   (Song et al. 2021, Eq. 16).
    """
    signal_prev, signal = (at(schedule.alphas_bar, s, x_t) for s in (t_prev, t))
    noise_prev, noise = (at(schedule.one_minus_alphas_bar, s, x_t) for s in (t_prev, t))
    # the difference of alpha_bar, from whichever table is smaller and so cancels less
    added = torch.where(signal < 0.5, signal_prev - signal, noise - noise_prev) / signal_prev
    return (noise_prev / noise * added).sqrt()


@checked
def guided_noise(
    eps_cond: Float[Tensor, " b *dims"], eps_uncond: Float[Tensor, " b *dims"], guidance: float | int
) -> Float[Tensor, " b *dims"]:
    r"""Push the predicted noise away from what the model predicts without the label.

    $\tilde\epsilon = (1 + w)\,\epsilon_\theta(x_t, c) - w\,\epsilon_\theta(x_t)$   (Ho & Salimans 2022, Eq. 6)

    Args:
        eps_cond: (B, ...) noise predicted with the label.
        eps_uncond: (B, ...) noise predicted without it.
        guidance: w; 0 is plain conditional, -1 unconditional. Libraries that write s mean 1 + w.
    Returns:
        (B, ...) the noise to sample with.
    Raises:
        ValueError: predictions that are not alike, or a guidance that is not a finite number.

    >>> guided_noise(torch.ones(1, 2), torch.zeros(1, 2), 3.0)
    tensor([[4., 4.]])
    """
    return (1 + guidance) * eps_cond - guidance * eps_uncond
