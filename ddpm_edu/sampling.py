r"""Algorithm 2: from pure noise to data, one step back at a time."""

import functools
from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.inputs import checked
from ddpm_edu.objective import mean_from_noise, predict_noise, predict_x0
from ddpm_edu.posterior import posterior_mean
from ddpm_edu.schedule import NoiseSchedule, at


@checked
@torch.no_grad()
def sample_p_unclipped(
    model,
    x_t: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    schedule: NoiseSchedule,
    noise: Float[Tensor, " b *dims"] | None = None,
) -> Float[Tensor, " b *dims"]:
    r"""Take one step of Algorithm 2, exactly as the paper has it.

    $x_{t-1} = \frac{1}{\sqrt{\alpha_t}}\left(x_t - \frac{1-\alpha_t}{\sqrt{1-\bar\alpha_t}}
    \epsilon_\theta(x_t, t)\right) + \sigma_t z$ with $\sigma_t^2 = \tilde\beta_t$
    (Ho et al. 2020, Algorithm 2, line 4)

    Args:
        model: model(x_t, t) -> predicted noise; called once.
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, any mixture.
        schedule: on the same device.
        noise: (B, ...) standard Gaussian z; drawn here when None. Rows at t = 1 get none, since
            $\tilde\beta_1 = 0$.
    Returns:
        (B, ...) data at time t-1, without gradients.
    Raises:
        ValueError: shapes, times, dtypes or devices that do not fit, the model's output included.

    >>> from ddpm_edu import linear_schedule
    >>> x_t, t = torch.zeros(2, 3), torch.tensor([1, 10])
    >>> sample_p_unclipped(lambda x_t, t: x_t, x_t, t, NoiseSchedule(linear_schedule(10))).shape
    torch.Size([2, 3])
    """
    mean = mean_from_noise(x_t, t, predict_noise(model, x_t, t), schedule)
    return mean + deviation(x_t, t, schedule, noise)


@checked
@torch.no_grad()
def sample_p(
    model,
    x_t: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    schedule: NoiseSchedule,
    clipping: bool = True,
    noise: Float[Tensor, " b *dims"] | None = None,
) -> Float[Tensor, " b *dims"]:
    r"""Sample $x_{t-1}$ from $p_\theta(x_{t-1} \mid x_t)$, with the estimate of $x_0$ clipped to [-1, 1] or not.

    With clipping the mean is Eq. 7 at $\mathrm{clip}(\hat x_0)$ of Eq. 15, which is in Ho's code but not in
    Algorithm 2; without, it is `sample_p_unclipped`.

    Args:
        model: model(x_t, t) -> predicted noise; called once.
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, any mixture.
        schedule: on the same device.
        clipping: for images, which lie in [-1, 1]; not for data without bounds.
        noise: (B, ...) standard Gaussian z; drawn here when None. Rows at t = 1 get none.
    Returns:
        (B, ...) data at time t-1, without gradients.
    Raises:
        ValueError: shapes, times, dtypes or devices that do not fit, the model's output included.

    >>> from ddpm_edu import linear_schedule
    >>> x_t, t = torch.zeros(2, 3), torch.tensor([1, 10])
    >>> sample_p(lambda x_t, t: x_t, x_t, t, NoiseSchedule(linear_schedule(10))).shape
    torch.Size([2, 3])
    """
    if not clipping:
        return sample_p_unclipped(model, x_t, t, schedule, noise)
    x_0 = predict_x0(x_t, t, predict_noise(model, x_t, t), schedule).clamp(-1, 1)
    return posterior_mean(x_0, x_t, t, schedule) + deviation(x_t, t, schedule, noise)


def deviation(x_t, t, schedule, noise):
    r"""Give $\sigma_t z$ with the posterior variance: exactly zero for rows at t = 1."""
    noise = torch.randn_like(x_t) if noise is None else noise
    return at(schedule.posterior_variance, t, x_t).sqrt() * noise


@checked
def reverse_process(
    model,
    shape: tuple[int, ...],
    schedule: NoiseSchedule,
    clipping: bool = True,
    generator: torch.Generator | None = None,
) -> Iterator[Tensor]:
    r"""Run Algorithm 2, yielding every state: $x_T, x_{T-1}, \dots, x_0$.

    The states are those of `sample_p` called for t = T..1; all rows share t here, so that its coefficients are
    plain numbers, computed once.

    Args:
        model: model(x_t, t) -> predicted noise, with t (B,) long.
        shape: (B, ...) of the data.
        schedule: the states are made on its device, in its precision.
        clipping: as in `sample_p`.
        generator: source of x_T and all z, on the schedule's device; torch's own when None.
    Yields:
        T + 1 tensors (B, ...), without gradients.
    Raises:
        ValueError: a shape that is none, or a model whose output has another shape.
    """
    like = {"generator": generator, "device": schedule.betas.device, "dtype": schedule.betas.dtype}
    x_t = torch.randn(shape, **like)
    yield x_t
    for t, (x_0_x, x_0_eps, q_x_0, q_x, p_x, p_eps, sigma) in reversed([*enumerate(step_numbers(schedule), 1)]):
        with torch.no_grad():
            eps = predict_noise(model, x_t, torch.full(shape[:1], t, device=x_t.device))
            if clipping:
                x_0 = (x_t * x_0_x).add_(eps, alpha=x_0_eps).clamp_(-1, 1)  # Eq. 15
                x_t = x_0.mul_(q_x_0).add_(x_t, alpha=q_x)  # Eq. 7
            else:
                x_t = (x_t * p_x).add_(eps, alpha=p_eps)  # Eq. 11
            if t > 1:
                x_t.add_(torch.randn(shape, **like), alpha=sigma)
        yield x_t


@functools.lru_cache(maxsize=8)  # schedules are frozen
def step_numbers(schedule):
    """Give the coefficients of Eq. 15, 7 and 11 and sigma, a row of plain numbers for each t = 1..T.

    The equations are linear in the images, so what they make of ones and zeros is all there is to know.
    """
    exact = schedule.to("cpu", torch.float64)
    t = torch.arange(1, exact.num_timesteps + 1)
    one, zero = torch.ones(len(t), dtype=torch.float64), torch.zeros(len(t), dtype=torch.float64)
    columns = (
        predict_x0(one, t, zero, exact),
        predict_x0(zero, t, one, exact),
        posterior_mean(one, zero, t, exact),
        posterior_mean(zero, one, t, exact),
        mean_from_noise(one, t, zero, exact),
        mean_from_noise(zero, t, one, exact),
        exact.posterior_variance[1:].sqrt(),
    )
    return tuple(map(tuple, torch.stack(columns, dim=1).tolist()))


@checked
def sampling(
    model,
    shape: tuple[int, ...],
    schedule: NoiseSchedule,
    image_noise_steps_to_keep: int = 1,
    clipping: bool = True,
    generator: torch.Generator | None = None,
    progress: bool = True,
) -> list[Tensor]:
    r"""Sample new data by Algorithm 2 and keep the last states (Ho et al. 2020, Algorithm 2).

    Args:
        model: model(x_t, t) -> predicted noise; called for t = T..1.
        shape: (B, ...) of the data, images (B, C, H, W).
        schedule: the states are made on its device, in its precision.
        image_noise_steps_to_keep: k in 1..T, how many of the last states to keep.
        clipping: as in `sample_p`.
        generator: source of all randomness, on the schedule's device; torch's own when None.
        progress: show a bar.
    Returns:
        k tensors on the CPU in the order made, $x_{k-1}, \dots, x_0$; images nearly in [-1, 1].
    Raises:
        ValueError: k outside 1..T, a shape that is none, or a model that gives another shape or NaN.

    >>> from ddpm_edu import linear_schedule
    >>> schedule = NoiseSchedule(linear_schedule(10))
    >>> len(sampling(lambda x_t, t: x_t, (2, 1, 8, 8), schedule, 3, progress=False))
    3
    """
    from tqdm.auto import tqdm

    num_timesteps, keep = schedule.num_timesteps, image_noise_steps_to_keep
    states = reverse_process(model, shape, schedule, clipping, generator)
    next(states)  # pure noise: made by no step
    bar = tqdm(states, desc="sampling timestep", total=num_timesteps, disable=not progress)
    images_list = [x_t.cpu() for t, x_t in zip(range(num_timesteps - 1, -1, -1), bar, strict=True) if t < keep]
    if not images_list[-1].isfinite().all():
        raise ValueError("model: wanted finite predicted noise at every step, saw samples that are NaN or infinite")
    return images_list
