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
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: mean $m$ and variance $v$ of the Gaussian to which the product of two Gaussian densities in $x$ is
# proportional, one with mean $m_a$ and variance $v_a$, the other with $m_b$ and $v_b$. From: a product adds exponents,
# and a Gaussian is known by what stands before $x^2$ and before $x$ in its exponent.


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
    # BEGIN SOLUTION: your formulas
    variance = 1 / (1 / variance_a + 1 / variance_b)
    mean = variance * (mean_a / variance_a + mean_b / variance_b)
    return mean, variance
    # END SOLUTION


# %%
check("product_of_gaussians", product_of_gaussians)

# %% [markdown]
# ## The posterior variance
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: $\tilde\beta_t$, the variance of $q(x_{t-1} \mid x_t, x_0)$ (Eq. 7). From: as a function of $x_{t-1}$ it is a
# product of two Gaussians, the step $\mathcal N(x_t;\, \sqrt{\alpha_t}\,x_{t-1}, \beta_t)$ read backwards and the jump
# $\mathcal N(x_{t-1};\, \sqrt{\bar\alpha_{t-1}}\,x_0, 1-\bar\alpha_{t-1})$. What is the variance of the step as a
# function of $x_{t-1}$? Tidy up with $\bar\alpha_t = \alpha_t\,\bar\alpha_{t-1}$, so that nothing is divided by 0 at
# $t = 1$, where the variance is 0. Entry 0 is set to 0.


# %%
def posterior_variance(schedule: NoiseSchedule) -> Tensor:
    """Return the variance of q(x_{t-1} | x_t, x_0) for every t.

    Args:
        schedule: tables betas, alphas, alphas_bar, each (T+1,).
    Returns:
        (T+1,) in the dtype of the schedule; entries 0 and 1 are 0.
    """
    # BEGIN SOLUTION: your formula
    noise = 1 - schedule.alphas_bar
    variance = noise[:-1] / noise[1:] * schedule.betas[1:]
    return F.pad(variance, (1, 0))
    # END SOLUTION


# %%
check("posterior_variance", posterior_variance)

# %% [markdown]
# ## The posterior mean
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: $\tilde\mu_t(x_t, x_0)$, the mean of $q(x_{t-1} \mid x_t, x_0)$ (Eq. 7). From: the same product; its mean is
# the mean of the two, each weighted by its share of the precision. Again no division by 0 at $t = 1$, where the mean is
# $x_0$ itself.
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
    # BEGIN SOLUTION: your formula
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
