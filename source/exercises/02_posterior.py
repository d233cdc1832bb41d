# %% [markdown]
# # Exercises 2: the posterior
#
# Replace the lines `# TODO` and `raise NotImplementedError` by your code, run the cell (Shift+Enter), then the `check`
# below it. `hint("name")` gives the next of three hints, `solution("name")` opens after a pass or three attempts,
# `progress()` shows the whole course. [Lesson 2](../notebooks/02_posterior.ipynb) derives what you need. A later
# exercise never depends on an earlier answer.
#
# <!-- table of the exercises -->

# %%
import torch
from torch import Tensor
from torch.nn import functional as F

import ddpm_edu
from ddpm_edu import NoiseSchedule, check, hint, progress, sample_by_t, solution

# %% [markdown]
# Equations are numbered as in the paper (Ho et al. 2020).
#
# ## The product of two Gaussians
#
# Multiply two densities in $x$ and normalise. The result is Gaussian; complete the square in its exponent:
#
# $$\mathcal N(x;\, m_a, v_a)\;\mathcal N(x;\, m_b, v_b) \propto \mathcal N(x;\, m, v), \qquad
# -\frac{(x - m_a)^2}{2 v_a} - \frac{(x - m_b)^2}{2 v_b} = -\frac{(x - m)^2}{2 v} + \text{const}$$
#
# The factors of $x^2$ on both sides give $v$, those of $x$ give $m$.


# %%
def product_of_gaussians(
    mean_a: Tensor, variance_a: Tensor, mean_b: Tensor, variance_b: Tensor
) -> tuple[Tensor, Tensor]:
    """Multiply two Gaussian densities and normalise.

    Args:
        mean_a, variance_a: of the first factor, shapes that broadcast; variances are positive.
        mean_b, variance_b: of the second factor.
    Returns:
        (mean, variance) of the product, elementwise, in the dtype of mean_a.
    """
    # BEGIN SOLUTION: the inverse variances add; the mean weights each mean by its inverse variance
    variance = 1 / (1 / variance_a + 1 / variance_b)
    mean = variance * (mean_a / variance_a + mean_b / variance_b)
    return mean, variance
    # END SOLUTION


# %%
check("product_of_gaussians", product_of_gaussians)

# %% [markdown]
# ## The posterior variance
#
# $q(x_{t-1} \mid x_t, x_0)$ is such a product. Its variance (Eq. 7) does not depend on the data:
#
# $$\tilde\beta_t = \frac{1-\bar\alpha_{t-1}}{1-\bar\alpha_t}\,\beta_t$$
#
# Since $\bar\alpha_0 = 1$, entry 1 is 0. At entry 0 the formula is 0 / 0; it is set to 0.


# %%
def posterior_variance(schedule: NoiseSchedule) -> Tensor:
    """Return the variance of q(x_{t-1} | x_t, x_0) for every t.

    Args:
        schedule: tables betas, alphas, alphas_bar, each (T+1,).
    Returns:
        (T+1,) in the dtype of the schedule; entries 0 and 1 are 0.
    """
    # BEGIN SOLUTION: Eq. 7 for t = 1..T from two slices of alphas_bar, and a 0 in front
    noise = 1 - schedule.alphas_bar
    variance = noise[:-1] / noise[1:] * schedule.betas[1:]
    return F.pad(variance, (1, 0))
    # END SOLUTION


# %%
check("posterior_variance", posterior_variance)

# %% [markdown]
# ## The posterior mean
#
# $$\tilde\mu_t(x_t, x_0) = \frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1-\bar\alpha_t}\,x_0
# + \frac{\sqrt{\alpha_t}\,(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}\,x_t$$
#
# Given: `sample_by_t(schedule.betas, t, x_t.shape)` looks up $\beta_t$ for each row, ready to multiply `x_t`. Rows may
# have different `t`.


# %%
def posterior_mean(x_0: Tensor, x_t: Tensor, t: Tensor, schedule: NoiseSchedule) -> Tensor:
    """Return the mean of q(x_{t-1} | x_t, x_0).

    Args:
        x_0: (B, ...) clean data.
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, one per row.
        schedule: tables betas, alphas, alphas_bar, each (T+1,).
    Returns:
        (B, ...) in the dtype of x_0; x_0 itself where t = 1.
    """
    # BEGIN SOLUTION: look up beta_t, alpha_t, alpha_bar_t and alpha_bar_{t-1} for each row, then Eq. 7
    beta = sample_by_t(schedule.betas, t, x_t.shape)
    alpha = sample_by_t(schedule.alphas, t, x_t.shape)
    alpha_bar = sample_by_t(schedule.alphas_bar, t, x_t.shape)
    alpha_bar_prev = sample_by_t(schedule.alphas_bar, t - 1, x_t.shape)
    from_x_0 = alpha_bar_prev.sqrt() * beta / (1 - alpha_bar)
    from_x_t = alpha.sqrt() * (1 - alpha_bar_prev) / (1 - alpha_bar)
    return from_x_0 * x_0 + from_x_t * x_t
    # END SOLUTION


# %%
check("posterior_mean", posterior_mean)

# %% [markdown]
# ## See it work
#
# Noise the number 0.7 to time $t$, then go one step back with your mean and variance. The result must be distributed as
# if 0.7 had been noised to $t - 1$ only:

# %%
torch.manual_seed(0)
schedule = NoiseSchedule(ddpm_edu.linear_schedule(1000), dtype=torch.float64)
x_0 = torch.full((1_000_000,), 0.7, dtype=torch.float64)
for time in (2, 10, 100, 1000):
    t = torch.full((1_000_000,), time)
    x_t = ddpm_edu.sample_q(x_0, t, schedule, torch.randn_like(x_0))
    x_prev = posterior_mean(x_0, x_t, t, schedule) + posterior_variance(schedule)[t].sqrt() * torch.randn_like(x_0)
    alpha_bar = schedule.alphas_bar[time - 1]
    expected = f"{0.7 * alpha_bar.sqrt():.3f}, {(1 - alpha_bar).sqrt():.3f}"
    print(f"t = {time:4}: mean and standard deviation {x_prev.mean():.3f}, {x_prev.std():.3f}; expected {expected}")
