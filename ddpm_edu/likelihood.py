r"""How many bits an image costs: the terms of the bound, and the unit to compare models in."""

import math
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.forward import sample_q
from ddpm_edu.inputs import check_moment, checked
from ddpm_edu.objective import kl_gaussians, mean_from_noise, predict_noise
from ddpm_edu.posterior import posterior_mean
from ddpm_edu.schedule import NoiseSchedule, at


@checked
def discretized_nll(
    x_0: Float[Tensor, " b *dims"],
    mean: Float[Tensor, " b *dims"],
    variance: Float[Tensor, " ..."],
    num_levels: int,
) -> Float[Tensor, " b *dims"]:
    r"""Compute the cost of each grey level under a Gaussian: minus the log probability of its bin.

    $-\log \int_{\delta_-(x_0)}^{\delta_+(x_0)} N(x; \mu, \sigma^2)\,dx$,
    where the bin $\delta_\pm = x_0 \pm \frac{1}{L-1}$ is open beyond -1 and +1   (Ho et al. 2020,
    Eq. 13)

    Args:
        x_0: (B, ...) images whose grey levels are evenly spaced on [-1, 1].
        mean: (B, ...) of the Gaussian, $\mu_\theta(x_1, 1)$ in the paper.
        variance: of any shape that broadcasts against x_0; positive.
        num_levels: L, 256 for MNIST, 17 for the digits of scikit-learn; at least 2.
    Returns:
        (B, ...) nats, at most 27.7, since probabilities are clamped at 1e-12.

    >>> mean, variance = torch.tensor([[1.0, -1.0]]), torch.tensor(1e-4)
    >>> discretized_nll(torch.ones(1, 2), mean, variance, 17).round()
    tensor([[-0., 28.]])
    """
    half = 1 / (num_levels - 1)
    check_levels(x_0, num_levels, half)
    std, distance = variance.sqrt(), (x_0 - mean).abs()
    # Every probability is taken from the lower tail, where small ones keep all their digits:
    # 1 - below(z) would round to 0 for large z.
    inside = below((half - distance) / std) - below((-half - distance) / std)
    up_to, from_on = below((x_0 + half - mean) / std), below((mean - x_0 + half) / std)
    probability = torch.where(x_0 > 1 - half, from_on, torch.where(x_0 < half - 1, up_to, inside))
    return -probability.clamp(min=1e-12).log()


@checked
def bound_term(
    model,
    x_0: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    schedule: NoiseSchedule,
    num_levels: int,
    noise: Float[Tensor, " b *dims"] | None = None,
    variances: Float[Tensor, " steps"] | None = None,
) -> Float[Tensor, " b"]:
    r"""Estimate the term $L_{t-1}$ of the bound, the cost of a step to t-1, from one draw of noise.

    $\mathrm{KL}(q(x_{t-1} \mid x_t, x_0) \,\|\, p_\theta(x_{t-1} \mid x_t))$ for t > 1,
    $-\log p_\theta(x_0 \mid x_1)$ for t = 1   (Ho et al. 2020, Eq. 5 and 13)

    Args:
        model: model(x_t, t) -> predicted noise; called once.
        x_0: (B, ...) images, at t = 1 with evenly spaced grey levels on [-1, 1].
        t: (B,) times 1..T, any mixture.
        schedule: of T steps.
        num_levels: L of the grey levels.
        noise: (B, ...) standard Gaussian that makes x_t; drawn here when None.
        variances: (T+1,) $\sigma_t^2$, as schedule.betas; by default the posterior variance. Entry
            1 is not used: at t = 1, where the posterior variance is 0, $\sigma_1^2 = \beta_1$.
    Returns:
        (B,) nats per image; their average over the noise is the term.

    >>> from ddpm_edu import linear_schedule
    >>> x_0, t = torch.zeros(2, 3), torch.tensor([1, 10])
    >>> bound_term(lambda x_t, t: x_t, x_0, t, NoiseSchedule(linear_schedule(10)), 17).shape
    torch.Size([2])
    """
    variances = schedule.posterior_variance if variances is None else variances
    x_t = sample_q(x_0, t, schedule, torch.randn_like(x_0) if noise is None else noise)
    mean = mean_from_noise(x_t, t, predict_noise(model, x_t, t), schedule)
    nats, first = torch.empty_like(x_0), t == 1
    variance_1 = schedule.betas[1].to(x_0.dtype)
    nats[first] = discretized_nll(x_0[first], mean[first], variance_1, num_levels)
    x_0, x_t, t, mean = (rows[~first] for rows in (x_0, x_t, t, mean))
    true_mean = posterior_mean(x_0, x_t, t, schedule)
    true_variance = at(schedule.posterior_variance, t, x_0)
    nats[~first] = kl_gaussians(true_mean, true_variance, mean, at(variances, t, x_0))
    return nats.reshape(len(nats), -1).sum(1)


@checked
def prior_term(x_0: Float[Tensor, " b *dims"], schedule: NoiseSchedule) -> Float[Tensor, " b"]:
    r"""Compute the term $L_T$ of the bound, the cost of what x_T keeps of x_0, under any model.

    $\mathrm{KL}(q(x_T \mid x_0) \,\|\, N(0, I)) = \frac{1}{2} \sum_i
    \left(\bar\alpha_T x_{0,i}^2 - \bar\alpha_T - \log(1 - \bar\alpha_T)\right)$
    (Ho et al. 2020, Eq. 5)

    Args:
        x_0: (B, ...) images in [-1, 1].
        schedule: of T steps.
    Returns:
        (B,) nats per image.

    >>> from ddpm_edu import linear_schedule
    >>> round(prior_term(torch.ones(1, 64), NoiseSchedule(linear_schedule(1000))).item(), 5)
    0.00129
    """
    alpha_bar_T = schedule.alphas_bar[-1].to(x_0.dtype)
    nats = (alpha_bar_T * x_0.square() - alpha_bar_T - torch.log1p(-alpha_bar_T)) / 2
    return nats.reshape(len(x_0), -1).sum(1)


@checked
@torch.no_grad()
def variational_bound(
    model,
    x_0: Float[Tensor, " b *dims"],
    schedule: NoiseSchedule,
    num_levels: int,
    variances: Float[Tensor, " steps"] | None = None,
    generator: torch.Generator | None = None,
) -> Float[Tensor, " b terms"]:
    r"""Estimate every term of the bound on $-\log p_\theta(x_0)$, from fresh noise at every t.

    $L_0 + L_1 + \dots + L_{T-1} + L_T$   (Ho et al. 2020, Eq. 5)

    Args:
        model: model(x_t, t) -> predicted noise; called T times.
        x_0: (B, ...) images with evenly spaced grey levels on [-1, 1].
        schedule: of T steps.
        num_levels: L of the grey levels.
        variances: as in `bound_term`.
        generator: source of the noise, on the device of x_0; torch's own when None.
    Returns:
        (B, T+1) nats per image and term; column j is $L_j$, the sum of a row is at least the cost.

    >>> from ddpm_edu import linear_schedule
    >>> x_0, schedule = torch.zeros(2, 3), NoiseSchedule(linear_schedule(10))
    >>> variational_bound(lambda x_t, t: x_t, x_0, schedule, 17).shape
    torch.Size([2, 11])
    """
    columns = []
    for time in range(1, schedule.num_timesteps + 1):
        t = torch.full((len(x_0),), time, device=x_0.device)
        noise = torch.randn(x_0.shape, dtype=x_0.dtype, device=x_0.device, generator=generator)
        columns.append(bound_term(model, x_0, t, schedule, num_levels, noise, variances))
    return torch.stack([*columns, prior_term(x_0, schedule)], dim=1)


def check_nats(given):
    """Check that there is one number for each image."""
    if "nats" in given:
        check_moment("nats", given["nats"])
    if {"nats", "x_shape"} <= given.keys():
        seen, x_shape = tuple(given["nats"].shape), tuple(given["x_shape"])
        if seen != x_shape[:1] or 0 in x_shape[1:]:
            raise ValueError(
                f"nats: expected one number for each image of shape {x_shape}, got shape {seen}"
            )


@partial(checked, check=check_nats)
def bits_per_dim(nats: Float[Tensor, " b"], x_shape: tuple[int, ...]) -> Float[Tensor, " b"]:
    r"""Convert nats per image into bits per dimension: over log 2 and the size of one image.

    It is the unit of Ho et al. 2020, Table 1: the cost of one colour of one pixel, without loss.

    Args:
        nats: (B,) of each whole image.
        x_shape: shape of the batch, (B, ...).
    Returns:
        (B,) bits/dim; 8 for 256 grey levels drawn evenly.
    Raises:
        ValueError: not one number for each image, or NaN.

    >>> bits_per_dim(torch.tensor([784 * 8 * math.log(2)]), (1, 1, 28, 28))
    tensor([8.])
    """
    return nats / (math.log(2) * math.prod(x_shape[1:]))


def below(z):
    """Return the probability that a standard Gaussian is below z, exact where it is small."""
    return torch.erfc(-z / math.sqrt(2)) / 2


def check_levels(x_0, num_levels, half):
    """Check that grey levels are in [-1, 1], up to half a bin: less than that may be rounding."""
    if x_0.numel() and x_0.abs().max() > 1 + half:
        seen = x_0.flatten()[x_0.abs().argmax()].item()
        raise ValueError(f"x_0: expected {num_levels} grey levels on [-1, 1], got {seen:g}")
