r"""One step back when $x_0$ is known: $q(x_{t-1} \mid x_t, x_0)$, a product of two Gaussians."""

from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.inputs import checked
from ddpm_edu.schedule import NoiseSchedule, at, with_clean_image


def product_of_gaussians(mean_a: Tensor, variance_a: Tensor, mean_b: Tensor, variance_b: Tensor):
    r"""Multiply two Gaussian densities and normalise the product, which is again Gaussian.

    Precisions, 1 / variance, add up; the mean is the average of both means, weighted by precision.

    Args:
        mean_a, variance_a: of the first factor, any shapes that broadcast; variances positive.
        mean_b, variance_b: of the second factor.
    Returns:
        (mean, variance) of the normalised product.

    >>> import torch
    >>> product_of_gaussians(*map(torch.tensor, (0.0, 1.0, 2.0, 1.0)))
    (tensor(1.), tensor(0.5000))
    """
    variance = 1 / (1 / variance_a + 1 / variance_b)
    return variance * (mean_a / variance_a + mean_b / variance_b), variance


def posterior_variance(schedule: NoiseSchedule) -> Float[Tensor, " steps"]:
    r"""Compute the variance of $q(x_{t-1} \mid x_t, x_0)$ for every t.

    $\tilde\beta_t = \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t} \beta_t$
    (Ho et al. 2020, Eq. 7)

    Args:
        schedule: of T steps; dtype and device of its tables are kept.
    Returns:
        (T+1,); entries 0 and 1 are 0, since $\bar\alpha_0 = 1$: the last step back is certain.

    >>> from ddpm_edu import linear_schedule
    >>> posterior_variance(NoiseSchedule(linear_schedule(1000)))[:2].tolist()
    [0.0, 0.0]
    """
    one_minus_alphas_bar = schedule.one_minus_alphas_bar
    ratio = one_minus_alphas_bar[:-1] / one_minus_alphas_bar[1:]
    return with_clean_image(ratio * schedule.betas[1:])


@checked
def posterior_mean(
    x_0: Float[Tensor, " b *dims"],
    x_t: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    schedule: NoiseSchedule,
) -> Float[Tensor, " b *dims"]:
    r"""Compute the mean of $q(x_{t-1} \mid x_t, x_0)$.

    $\tilde\mu_t = \frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1 - \bar\alpha_t} x_0
    + \frac{\sqrt{\alpha_t}\,(1 - \bar\alpha_{t-1})}{1 - \bar\alpha_t} x_t$
    (Ho et al. 2020, Eq. 7)

    Args:
        x_0: (B, ...) clean data in [-1, 1], or an estimate of it.
        x_t: (B, ...) noised data.
        t: (B,) times 1..T, any mixture.
        schedule: of T steps.
    Returns:
        (B, ...) in the dtype of x_t; x_0 itself at t = 1.

    >>> import torch
    >>> from ddpm_edu import linear_schedule
    >>> x = torch.zeros(2, 1, 8, 8)
    >>> posterior_mean(x, x, torch.tensor([1, 1000]), NoiseSchedule(linear_schedule(1000))).shape
    torch.Size([2, 1, 8, 8])
    """
    beta_t, alpha_t = at(schedule.betas, t, x_t), at(schedule.alphas, t, x_t)
    alpha_bar_prev = at(schedule.alphas_bar, t - 1, x_t)
    one_minus_alpha_bar_prev = at(schedule.one_minus_alphas_bar, t - 1, x_t)
    one_minus_alpha_bar_t = at(schedule.one_minus_alphas_bar, t, x_t)
    factor_of_x_0 = alpha_bar_prev.sqrt() * beta_t / one_minus_alpha_bar_t
    factor_of_x_t = alpha_t.sqrt() * one_minus_alpha_bar_prev / one_minus_alpha_bar_t
    return factor_of_x_0 * x_0 + factor_of_x_t * x_t
