r"""Fewer steps and steered ones: DDIM, and guidance without a classifier."""

import itertools
from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.inputs import checked
from ddpm_edu.objective import predict_noise, predict_x0
from ddpm_edu.schedule import NoiseSchedule, at


@checked
def ddim_timesteps(num_timesteps: int, num_steps: int) -> Int[Tensor, " times"]:
    r"""Choose the times that a sampler of fewer steps visits, evenly spaced up to rounding.

    It is the sub-sequence $\tau$ of Song et al. 2021, Sec. 4.2, from pure noise down to the clean
    image.

    Args:
        num_timesteps: T, at least 1.
        num_steps: how many steps to take, in 1..T.
    Returns:
        (num_steps+1,) long, strictly decreasing from T to 0; each neighbouring pair is one
        (t, t_prev).

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

    $x_{t'} = \sqrt{\bar\alpha_{t'}}\,\hat x_0
    + \sqrt{1 - \bar\alpha_{t'} - \sigma_t^2}\,\epsilon_\theta + \sigma_t z$
    with $\hat x_0$ of Eq. 15, not clipped   (Song et al. 2021, Eq. 12; its $\alpha$ is our
    $\bar\alpha$)

    Args:
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, any mixture.
        t_prev: (B,) times 0..t-1, where to go; at 0 the result is $\hat x_0$ itself.
        eps: (B, ...) the predicted noise.
        schedule: of T steps.
        eta: in [0, 1]; 0 adds no noise, 1 adds what Algorithm 2 does when t_prev = t-1.
        noise: (B, ...) standard Gaussian z; drawn here when None, but never for eta = 0.
    Returns:
        (B, ...) data at time t_prev.

    >>> from ddpm_edu import linear_schedule
    >>> x_t, t, t_prev = torch.zeros(2, 3), torch.tensor([10, 5]), torch.tensor([5, 0])
    >>> ddim_step(x_t, t, t_prev, x_t, NoiseSchedule(linear_schedule(10))).shape
    torch.Size([2, 3])
    """
    sigma = eta * full_sigma(x_t, t, t_prev, schedule)
    alpha_bar_prev = at(schedule.alphas_bar, t_prev, x_t)
    one_minus_alpha_bar_prev = at(schedule.one_minus_alphas_bar, t_prev, x_t)
    # sigma^2 may be as large as 1 - alpha_bar_prev and, by rounding, a little larger
    factor_of_eps = (one_minus_alpha_bar_prev - sigma.square()).clamp(min=0).sqrt()
    mean = alpha_bar_prev.sqrt() * predict_x0(x_t, t, eps, schedule) + factor_of_eps * eps
    if eta == 0:
        return mean
    return mean + sigma * (torch.randn_like(x_t) if noise is None else noise)


def full_sigma(x_t, t, t_prev, schedule):
    r"""Return $\sigma_t$ for eta = 1, the standard deviation of the noise that Algorithm 2 adds.

    $\sqrt{\frac{1-\bar\alpha_{t'}}{1-\bar\alpha_t}}
    \sqrt{1 - \frac{\bar\alpha_t}{\bar\alpha_{t'}}}$   (Song et al. 2021, Eq. 16)
    """
    alpha_bar_t = at(schedule.alphas_bar, t, x_t)
    alpha_bar_prev = at(schedule.alphas_bar, t_prev, x_t)
    one_minus_alpha_bar_t = at(schedule.one_minus_alphas_bar, t, x_t)
    one_minus_alpha_bar_prev = at(schedule.one_minus_alphas_bar, t_prev, x_t)
    # alpha_bar_prev - alpha_bar_t, from the table whose entries are smaller: fewer digits cancel
    difference = torch.where(
        alpha_bar_t < 0.5,
        alpha_bar_prev - alpha_bar_t,
        one_minus_alpha_bar_t - one_minus_alpha_bar_prev,
    )
    return (one_minus_alpha_bar_prev / one_minus_alpha_bar_t * difference / alpha_bar_prev).sqrt()


@checked
def ddim_process(
    model,
    shape: tuple[int, ...],
    schedule: NoiseSchedule,
    num_steps: int,
    generator: torch.Generator | None = None,
) -> Iterator[Tensor]:
    """Run DDIM without noise (eta = 0), yielding every state, as `reverse_process` does.

    Args:
        model: model(x_t, t) -> predicted noise, with t (B,) long.
        shape: (B, ...) of the data.
        schedule: of T steps; the states have its device and its dtype.
        num_steps: how many steps to take, in 1..T.
        generator: source of $x_T$, on the schedule's device; torch's own when None.
    Yields:
        num_steps + 1 tensors (B, ...), without gradients.
    """
    tensor = {"device": schedule.betas.device, "dtype": schedule.betas.dtype}
    times = ddim_timesteps(schedule.num_timesteps, num_steps).tolist()
    x_t = torch.randn(shape, generator=generator, **tensor)
    yield x_t
    for t, t_prev in itertools.pairwise(times):
        rows, rows_prev = (torch.full(shape[:1], time, device=x_t.device) for time in (t, t_prev))
        with torch.no_grad():  # not around the yield: it would hold while the caller computes
            eps = predict_noise(model, x_t, rows)
            x_t = ddim_step(x_t, rows, rows_prev, eps, schedule)
        yield x_t


@checked
def guided_noise(
    eps_cond: Float[Tensor, " b *dims"],
    eps_uncond: Float[Tensor, " b *dims"],
    guidance: float | int,
) -> Float[Tensor, " b *dims"]:
    r"""Push the predicted noise away from what the model predicts without the label.

    $\tilde\epsilon = (1 + w)\,\epsilon_\theta(x_t, c) - w\,\epsilon_\theta(x_t)$
    (Ho & Salimans 2022, Eq. 6)

    Args:
        eps_cond: (B, ...) noise predicted with the label.
        eps_uncond: (B, ...) noise predicted without it.
        guidance: w; 0 is plain conditional, -1 unconditional. Where a library has a guidance scale
            s, it is 1 + w.
    Returns:
        (B, ...) the noise to sample with.

    >>> guided_noise(torch.ones(1, 2), torch.zeros(1, 2), 3.0)
    tensor([[4., 4.]])
    """
    return (1 + guidance) * eps_cond - guidance * eps_uncond
