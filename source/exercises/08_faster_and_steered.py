# %% [markdown]
# # Exercises 8: faster and steered
#
# Replace the lines `# TODO` and `raise NotImplementedError` by your code, run the cell (Shift+Enter), then the `check`
# below it. `hint("name")` gives the next of three hints, `solution("name")` opens after a pass or three attempts,
# `progress()` shows the whole course. [Lesson 8](../notebooks/08_faster_and_steered.ipynb) derives what you need. A
# later exercise never depends on an earlier answer.
#
# <!-- table of the exercises -->

# %%
import torch
from IPython.display import display
from torch import Tensor

import ddpm_edu
from ddpm_edu import NoiseSchedule, figures, predict_x0, sample_by_t
from ddpm_edu import check, hint, progress, ready, solution

# %% [markdown]
# Given, and allowed:
#
# * `sample_by_t(schedule.alphas_bar, t, x_t.shape)` looks up $\bar\alpha_t$ for each row, ready to multiply `x_t`
# * `predict_x0(x_t, t, eps, schedule)`, Eq. 15 of Ho et al. 2020
#
# ## Fewer times
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: the times that a sampler of $S \le T$ steps visits, from the noise down to the image, both included. From:
# they are as evenly spaced as whole numbers can be.


# %%
def ddim_timesteps(num_timesteps: int, num_steps: int) -> Tensor:
    """Choose the times that a sampler of fewer steps visits.

    Args:
        num_timesteps: T.
        num_steps: S in 1..T.
    Returns:
        (S+1,) long, decreasing from T to 0.
    """
    # BEGIN SOLUTION: the times
    times = torch.linspace(num_timesteps, 0, num_steps + 1, dtype=torch.float64)
    return times.round().long()
    # END SOLUTION


# %%
check("ddim_timesteps", ddim_timesteps)

# %% [markdown]
# ## A step of any length
#
# From $t$ to any earlier $t'$ (Song et al. 2021, Eq. 12 and 16; their $\alpha$ is our $\bar\alpha$):
#
# $$x_{t'} = \sqrt{\bar\alpha_{t'}}\,\hat x_0 + \sqrt{1 - \bar\alpha_{t'} - \sigma^2}\;\epsilon_\theta + \sigma z$$
# $$\sigma = \eta\,\sqrt{\frac{1-\bar\alpha_{t'}}{1-\bar\alpha_t}}\,\sqrt{1 - \frac{\bar\alpha_t}{\bar\alpha_{t'}}}$$
#
# $\hat x_0$ is Eq. 15, not clipped, and $z$ Gaussian noise. With $\eta = 0$ no noise is drawn; with $\eta > 0$ it is
# drawn here unless it is given.


# %%
def ddim_step(
    x_t: Tensor, t: Tensor, t_prev: Tensor, eps: Tensor, schedule: NoiseSchedule, eta: float = 0.0,
    noise: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Step back from t to t_prev at once.

    Args:
        x_t, eps: (B, ...) data at time t, and the noise predicted in it.
        t, t_prev: (B,) times 1..T, and 0..t-1, where to go; one per row.
        schedule: tables betas, alphas, alphas_bar, posterior_variance, each (T+1,).
        eta: 0 adds no noise, 1 as much as Algorithm 2.
        noise: (B, ...) z, or None to draw it.
    Returns:
        (B, ...) data at time t_prev, in the dtype of x_t.
    """
    # BEGIN SOLUTION: the two formulas
    now, prev = (sample_by_t(schedule.alphas_bar, s, x_t.shape) for s in (t, t_prev))
    sigma = eta * ((1 - prev) / (1 - now) * (1 - now / prev)).sqrt()
    direction = (1 - prev - sigma**2).clamp(min=0).sqrt()  # rounding may take it below 0
    mean = prev.sqrt() * predict_x0(x_t, t, eps, schedule) + direction * eps
    if eta == 0:
        return mean
    return mean + sigma * (torch.randn_like(x_t) if noise is None else noise)
    # END SOLUTION


# %%
check("ddim_step", ddim_step)

# %% [markdown]
# ## Guidance
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: the noise that belongs to the sharpened density $q(x_t \mid c)\,q(c \mid x_t)^w$ (Ho and Salimans 2022, Eq.
# 6). From: two predictions, with the label $c$ and without. Noise is $-\sqrt{1-\bar\alpha_t}$ times a score
# $\nabla\log q$, and Bayes' rule says what $\nabla\log q(c \mid x_t)$ is.


# %%
def guided_noise(eps_cond: Tensor, eps_uncond: Tensor, guidance: float) -> Tensor:
    """Push the predicted noise away from what is predicted without the label.

    Args:
        eps_cond: (B, ...) noise predicted with the label.
        eps_uncond: (B, ...) noise predicted without it.
        guidance: w; 0 is plain conditional.
    Returns:
        (B, ...) the noise to sample with, in the dtype of eps_cond.
    """
    # BEGIN SOLUTION: your formula
    return (1 + guidance) * eps_cond - guidance * eps_uncond
    # END SOLUTION


# %%
check("guided_noise", guided_noise)

# %% [markdown]
# ## Another target
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: the velocity, which a network may predict instead of the noise (Salimans and Ho 2022). From: with an angle
# $\varphi$ whose cosine is $\sqrt{\bar\alpha_t}$ and whose sine is $\sqrt{1-\bar\alpha_t}$, noising is
# $x_t = \cos\varphi\;x_0 + \sin\varphi\;\epsilon$. The velocity is the derivative of that by $\varphi$.


# %%
def velocity(x_0: Tensor, eps: Tensor, t: Tensor, schedule: NoiseSchedule) -> Tensor:
    """Return the velocity of noising.

    Args:
        x_0: (B, ...) clean data.
        eps: (B, ...) the noise that was added.
        t: (B,) times 1..T, one per row.
        schedule: tables betas, alphas, alphas_bar, posterior_variance, each (T+1,).
    Returns:
        (B, ...) in the dtype of x_0.
    """
    # BEGIN SOLUTION: your formula
    alpha_bar = sample_by_t(schedule.alphas_bar, t, x_0.shape)
    return alpha_bar.sqrt() * eps - (1 - alpha_bar).sqrt() * x_0
    # END SOLUTION


# %%
check("velocity", velocity)

# %% [markdown]
# ## See it work
#
# The digits 0 to 9 by your functions, 28x28, in 25 steps instead of 1000. Every row begins with the same noise;
# $w = -1$ ignores the label.

# %%
model = ddpm_edu.load_pretrained("mnist5k")
labels, noise = torch.arange(10), torch.randn(10, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def draw(guidance, num_steps):
    """Go from noise to images, with your times, your guidance and your steps."""
    x, times = noise, ddim_timesteps(1000, num_steps)[:, None].expand(-1, 10)
    for t, t_prev in zip(times[:-1], times[1:]):
        eps = guided_noise(model(x, t, labels), model(x, t), guidance)
        x = ddim_step(x, t, t_prev, eps, model.schedule)
    return x


# %%
if ready(ddim_timesteps=ddim_timesteps, ddim_step=ddim_step, guided_noise=guided_noise):
    rows = {f"w = {guidance}": draw(guidance, num_steps=25) for guidance in (-1, 0, 2)}
    display(figures.image_rows(rows, alt=figures.described("exercises 8.1")))
