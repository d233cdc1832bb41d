# %% [markdown]
# # Exercises 3: the objective
#
# Replace the lines `# TODO` and `raise NotImplementedError` by your code, run the cell (Shift+Enter), then the `check`
# below it. `hint("name")` gives the next of three hints, `solution("name")` opens after a pass or three attempts,
# `progress()` shows the whole course. [Lesson 3](../notebooks/03_objective.ipynb) derives what you need. A later
# exercise never depends on an earlier answer.
#
# <!-- table of the exercises -->

# %%
import torch
from torch import Tensor
from torch.nn import functional as F

import ddpm_edu
from ddpm_edu import NoiseSchedule, check, hint, progress, sample_by_t, sample_q, solution

# %% [markdown]
# Equations are numbered as in the paper (Ho et al. 2020). Given, and allowed:
#
# * `sample_by_t(schedule.betas, t, x_t.shape)` looks up $\beta_t$ for each row, ready to multiply `x_t`
# * `sample_q(x_0, t, schedule, noise)`, Eq. 4
#
# ## The divergence of two Gaussians
#
# $$\mathrm{KL}\big(\mathcal N(\mu_1, \sigma_1^2)\,\|\,\mathcal N(\mu_2, \sigma_2^2)\big) = \frac12\left(
# \frac{(\mu_1 - \mu_2)^2}{\sigma_2^2} + \frac{\sigma_1^2}{\sigma_2^2} - 1 - \log\frac{\sigma_1^2}{\sigma_2^2}\right)$$


# %%
def kl_gaussians(mean_1: Tensor, variance_1: Tensor, mean_2: Tensor, variance_2: Tensor) -> Tensor:
    """Return the Kullback-Leibler divergence of the second Gaussian from the first.

    Args:
        mean_1, variance_1: of the Gaussian that is averaged over, shapes that broadcast; variances are positive.
        mean_2, variance_2: of the Gaussian it is compared with.
    Returns:
        Nats, elementwise, in the dtype of mean_1.
    """
    # BEGIN SOLUTION: the formula
    ratio = variance_1 / variance_2
    return 0.5 * ((mean_1 - mean_2) ** 2 / variance_2 + ratio - 1 - ratio.log())
    # END SOLUTION


# %%
check("kl_gaussians", kl_gaussians)

# %% [markdown]
# ## The clean image from the noise
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: the $x_0$ that belongs to an $x_t$ and the noise $\epsilon$ in it (Eq. 15), not clipped. From: Eq. 4, which
# makes $x_t$ of $x_0$ and $\epsilon$.


# %%
def predict_x0(x_t: Tensor, t: Tensor, eps: Tensor, schedule: NoiseSchedule) -> Tensor:
    """Estimate the clean data from the noise in x_t.

    Args:
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, one per row.
        eps: (B, ...) the noise, true or predicted.
        schedule: tables betas, alphas, alphas_bar, posterior_variance, each (T+1,).
    Returns:
        (B, ...) the estimate of x_0, in the dtype of x_t.
    """
    # BEGIN SOLUTION: your formula
    alpha_bar = sample_by_t(schedule.alphas_bar, t, x_t.shape)
    return (x_t - (1 - alpha_bar).sqrt() * eps) / alpha_bar.sqrt()
    # END SOLUTION


# %%
check("predict_x0", predict_x0)

# %% [markdown]
# ## The mean from the noise
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: the mean of a step back as a function of $x_t$ and $\epsilon$ alone (Eq. 11), with one factor for each. From:
# Eq. 7, the mean for a known $x_0$,
#
# $$\tilde\mu_t(x_t, x_0) = \frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1-\bar\alpha_t}\,x_0
# + \frac{\sqrt{\alpha_t}\,(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}\,x_t$$
#
# with the $x_0$ that the noise tells. Use $\bar\alpha_t = \alpha_t\,\bar\alpha_{t-1}$ until the factor of $x_t$ is
# short.


# %%
def mean_from_noise(x_t: Tensor, t: Tensor, eps: Tensor, schedule: NoiseSchedule) -> Tensor:
    """Return the mean of the reverse step.

    Args:
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, one per row.
        eps: (B, ...) the predicted noise.
        schedule: tables betas, alphas, alphas_bar, posterior_variance, each (T+1,).
    Returns:
        (B, ...) the mean of x_{t-1}, in the dtype of x_t.
    """
    # BEGIN SOLUTION: your formula
    beta = sample_by_t(schedule.betas, t, x_t.shape)
    alpha = sample_by_t(schedule.alphas, t, x_t.shape)
    alpha_bar = sample_by_t(schedule.alphas_bar, t, x_t.shape)
    return (x_t - beta / (1 - alpha_bar).sqrt() * eps) / alpha.sqrt()
    # END SOLUTION


# %%
check("mean_from_noise", mean_from_noise)

# %% [markdown]
# ## The loss
#
# Eq. 14, with $n$ the number of all elements of the batch:
#
# $$L_\text{simple} = \frac1n\,\big\|\epsilon - \epsilon_\theta(x_t, t)\big\|^2, \qquad
# x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$$


# %%
def compute_loss(model, x_0: Tensor, t: Tensor, schedule: NoiseSchedule, noise: Tensor) -> Tensor:
    """Return the mean squared error of the predicted noise.

    Args:
        model: model(x_t, t) -> predicted noise, of the shape of x_t.
        x_0: (B, ...) clean data.
        t: (B,) times 1..T, one per row.
        schedule: tables betas, alphas, alphas_bar, posterior_variance, each (T+1,).
        noise: (B, ...) standard Gaussian.
    Returns:
        Scalar, the mean over all elements, in the dtype of x_0.
    """
    # BEGIN SOLUTION: Eq. 14
    x_t = sample_q(x_0, t, schedule, noise)
    return F.mse_loss(model(x_t, t), noise)
    # END SOLUTION


# %%
check("compute_loss", compute_loss)

# %% [markdown]
# ## What the bound weighs
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: the weight $w_t$ of the squared error of the noise in the variational bound (Eq. 12), which Eq. 14 replaces by
# 1. From: the bound has $\|\tilde\mu_t - \mu_\theta\|^2 / (2\sigma_t^2)$, here with $\sigma_t^2 = \beta_t$; both means
# have the form of Eq. 11, one with the true noise and one with the predicted. What is left when they are subtracted?


# %%
def vlb_weight(t: Tensor, schedule: NoiseSchedule) -> Tensor:
    """Return the weight of Eq. 12 with sigma^2 = beta.

    Args:
        t: (B,) times 1..T.
        schedule: tables betas, alphas, alphas_bar, posterior_variance, each (T+1,).
    Returns:
        (B,), one weight per time, in the dtype of the schedule.
    """
    # BEGIN SOLUTION: your formula
    beta, alpha, alpha_bar = schedule.betas[t], schedule.alphas[t], schedule.alphas_bar[t]
    return beta / (2 * alpha * (1 - alpha_bar))
    # END SOLUTION


# %%
check("vlb_weight", vlb_weight)

# %% [markdown]
# ## See it work
#
# Your loss and your weight for the shipped network, on 500 digits that are all noised to one time:

# %%
model = ddpm_edu.load_pretrained("digits")
digits = ddpm_edu.load_images("digits")[0][:500]
noise = torch.randn(digits.shape, generator=torch.Generator().manual_seed(0))
for time in (1, 10, 100, 500, 1000):
    t = torch.full((len(digits),), time)
    with torch.no_grad():
        loss = compute_loss(model, digits, t, model.schedule, noise)
    print(f"t = {time:4}: loss {loss:.4f}, weight {vlb_weight(t, model.schedule)[0]:.4f}")
