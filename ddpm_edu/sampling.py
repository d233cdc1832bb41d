r"""Algorithm 2: from pure noise to data, one step back at a time."""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.devices import suitable_threads
from ddpm_edu.fused import fused_steps
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
        schedule: of T steps.
        noise: (B, ...) standard Gaussian z; drawn here when None. Rows at t = 1 get no noise, since
            $\tilde\beta_1 = 0$.
    Returns:
        (B, ...) data at time t-1, without gradients.

    >>> from ddpm_edu import linear_schedule
    >>> x_t, t = torch.zeros(2, 3), torch.tensor([1, 10])
    >>> sample_p_unclipped(lambda x_t, t: x_t, x_t, t, NoiseSchedule(linear_schedule(10))).shape
    torch.Size([2, 3])
    """
    mean = mean_from_noise(x_t, t, predict_noise(model, x_t, t), schedule)
    return mean + scaled_noise(x_t, t, schedule, noise)


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
    r"""Sample $x_{t-1}$ from $p_\theta(x_{t-1} \mid x_t)$, clipping the estimate of $x_0$ or not.

    With clipping to [-1, 1] the mean is Eq. 7 at $\mathrm{clip}(\hat x_0)$ of Eq. 15, as in the
    code of Ho et al. 2020 but not in their Algorithm 2; without, it is `sample_p_unclipped`.

    Args:
        model: model(x_t, t) -> predicted noise; called once.
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, any mixture.
        schedule: of T steps.
        clipping: for images, which lie in [-1, 1]; not for data without bounds.
        noise: (B, ...) standard Gaussian z; drawn here when None. Rows at t = 1 get no noise.
    Returns:
        (B, ...) data at time t-1, without gradients.

    >>> from ddpm_edu import linear_schedule
    >>> x_t, t = torch.zeros(2, 3), torch.tensor([1, 10])
    >>> sample_p(lambda x_t, t: x_t, x_t, t, NoiseSchedule(linear_schedule(10))).shape
    torch.Size([2, 3])
    """
    if not clipping:
        return sample_p_unclipped(model, x_t, t, schedule, noise)
    x_0 = predict_x0(x_t, t, predict_noise(model, x_t, t), schedule).clamp(-1, 1)
    return posterior_mean(x_0, x_t, t, schedule) + scaled_noise(x_t, t, schedule, noise)


def scaled_noise(x_t, t, schedule, noise):
    r"""Return $\sigma_t z$ with the posterior variance: exactly zero for rows at t = 1."""
    z = torch.randn_like(x_t) if noise is None else noise
    return at(schedule.posterior_variance, t, x_t).sqrt() * z


@checked
def reverse_process(
    model,
    shape: tuple[int, ...],
    schedule: NoiseSchedule,
    clipping: bool = True,
    generator: torch.Generator | None = None,
) -> Iterator[Tensor]:
    r"""Run Algorithm 2, yielding every state: $x_T, x_{T-1}, \dots, x_0$.

    The states are those of `sample_p` called for t = T..1; `fused.py` says how they are computed.

    Args:
        model: model(x_t, t) -> predicted noise, with t (B,) long.
        shape: (B, ...) of the data.
        schedule: of T steps; the states have its device and its dtype.
        clipping: as in `sample_p`.
        generator: source of $x_T$ and all z, on the schedule's device; torch's own when None.
    Yields:
        T + 1 tensors (B, ...), without gradients.
    """
    tensor = {"device": schedule.betas.device, "dtype": schedule.betas.dtype}
    step, without_gradients = fused_steps(schedule), torch.no_grad()
    # The numbers in the comments are those of the lines of Algorithm 2 in the paper.
    x_t = torch.randn(shape, generator=generator, **tensor)  # 1: x_T ~ N(0, I)
    yield x_t
    for t in range(schedule.num_timesteps, 0, -1):  # 2
        with without_gradients:  # not around the yield: it would hold while the caller computes
            eps = predict_noise(model, x_t, torch.full(shape[:1], t, device=x_t.device))
            if t > 1:  # 3: z ~ N(0, I), drawn as sigma_t z
                noise = torch.normal(0.0, step[t].sigma, shape, generator=generator, **tensor)
            else:
                noise = torch.zeros(shape, **tensor)
            x_t = step[t].previous(x_t, eps, noise, clipping)  # 4: x_{t-1} = mean + sigma_t z
        yield x_t


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

    Small batches are computed on one thread, unless OMP_NUM_THREADS or torch.set_num_threads says
    otherwise: it is as fast alone, and several times faster on a busy machine.

    Args:
        model: model(x_t, t) -> predicted noise; called for t = T..1.
        shape: (B, ...) of the data, images (B, C, H, W).
        schedule: of T steps; the states have its device and its dtype.
        image_noise_steps_to_keep: k in 1..T, how many of the last states to keep.
        clipping: as in `sample_p`.
        generator: source of all randomness, on the schedule's device; torch's own when None.
        progress: show a bar.
    Returns:
        k tensors on the CPU in the order made, $x_{k-1}, \dots, x_0$; images nearly in [-1, 1].

    >>> from ddpm_edu import linear_schedule
    >>> schedule = NoiseSchedule(linear_schedule(10))
    >>> len(sampling(lambda x_t, t: x_t, (2, 1, 8, 8), schedule, 3, progress=False))
    3
    """
    states = reverse_process(model, shape, schedule, clipping, generator)
    return last_states(states, schedule.num_timesteps, image_noise_steps_to_keep, progress)


def last_states(
    states: Iterator[Tensor], num_steps: int, keep: int = 1, progress: bool = True
) -> list[Tensor]:
    """Run a sampler to its end, with a bar, and keep its last states.

    Args:
        states: num_steps + 1 of them, (B, ...), the first of which is pure noise.
        num_steps: how many steps the sampler takes.
        keep: k in 1..num_steps, how many of the last states to keep.
        progress: show the bar.
    Returns:
        k tensors on the CPU in the order made.
    Raises:
        ValueError: the samples are not finite.
    """
    from tqdm.auto import tqdm

    noise = next(states)  # made by no step
    bar = tqdm(states, desc="sampling timestep", total=num_steps, disable=not progress)
    times = range(num_steps - 1, -1, -1)
    with suitable_threads(noise.numel()):
        images_list = [x_t.cpu() for t, x_t in zip(times, bar, strict=True) if t < keep]
    # one look at the end is enough: NaN at any step stays NaN
    if not images_list[-1].isfinite().all():
        raise ValueError(
            "model: expected finite predicted noise at every step, "
            "got samples that are NaN or infinite"
        )
    return images_list
