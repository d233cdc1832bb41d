# %% [markdown]
# # Exercises 1: the forward process
#
# Replace the lines `# TODO` and `raise NotImplementedError` by your code, run the cell (Shift+Enter), then the `check`
# below it. `hint("name")` gives the next of three hints, `solution("name")` opens after a pass or three attempts,
# `progress()` shows the whole course. [Lesson 1](../notebooks/01_forward_process.ipynb) derives what you need. A later
# exercise never depends on an earlier answer.
#
# <!-- table of the exercises -->

# %%
import torch
from torch import Tensor
from torch.nn import functional as F

import ddpm_edu
from ddpm_edu import NoiseSchedule, check, figures, hint, progress, solution

# %% [markdown]
# Equations are numbered as in the paper (Ho et al. 2020). Tables have T+1 entries; entry 0 is the clean image. Rows of
# a batch may have different `t`.
#
# ## The linear schedule
#
# $$\beta_0 = 0, \qquad \beta_t = \beta_1 + \frac{t-1}{T-1}\,(\beta_T - \beta_1) \quad \text{for } t = 1, \dots, T$$


# %%
def linear_schedule(num_timesteps: int, beta_start: float = 1e-4, beta_end: float = 0.02) -> Tensor:
    """Return betas that grow evenly.

    Args:
        num_timesteps: T.
        beta_start: beta_1.
        beta_end: beta_T.
    Returns:
        betas (T+1,) in float64, since no argument sets a dtype; entry 0 is 0.
    """
    # BEGIN SOLUTION: the table of betas
    betas = torch.linspace(beta_start, beta_end, num_timesteps, dtype=torch.float64)
    return F.pad(betas, (1, 0))
    # END SOLUTION


# %%
check("linear_schedule", linear_schedule)

# %% [markdown]
# ## What is left of the image
#
# $$\alpha_t = 1 - \beta_t, \qquad \bar\alpha_t = \alpha_1 \alpha_2 \cdots \alpha_t, \qquad \bar\alpha_0 = 1$$


# %%
def cumulative_alphas(betas: Tensor) -> tuple[Tensor, Tensor]:
    """Return alphas and their running product.

    Args:
        betas: (T+1,), entry 0 is 0.
    Returns:
        alphas (T+1,) and alphas_bar (T+1,), in the dtype of betas; entry 0 of both is 1.
    """
    # BEGIN SOLUTION: both tables
    alphas = 1 - betas
    return alphas, alphas.cumprod(dim=0)
    # END SOLUTION


# %%
check("cumulative_alphas", cumulative_alphas)

# %% [markdown]
# ## A number for each row
#
# Row $b$ of a batch has its own time $t_b$ and needs its own number from a table $v$, in a shape that multiplies the
# whole row:
#
# $$y_{b,1,\dots,1} = v_{t_b}$$


# %%
def sample_by_t(values: Tensor, t: Tensor, x_shape: tuple) -> Tensor:
    """Look values up at each row's time.

    Args:
        values: (T+1,) table.
        t: (B,) times, one per row.
        x_shape: shape of the batch, (B, ...), with any number of dimensions.
    Returns:
        values[t] as (B, 1, ..., 1), with as many dimensions as x_shape has, in the dtype of values.
    """
    # BEGIN SOLUTION: look up, and shape
    ones = (1,) * (len(x_shape) - 1)
    return values[t].reshape(-1, *ones)
    # END SOLUTION


# %%
check("sample_by_t", sample_by_t)

# %% [markdown]
# ## One step of noise
#
# From here on the look-up is given: `ddpm_edu.sample_by_t(schedule.betas, t, x.shape)`.
#
# $$x_t = \sqrt{1-\beta_t}\,x_{t-1} + \sqrt{\beta_t}\,\epsilon, \qquad \epsilon \sim \mathcal N(0, I)$$
#
# This is Eq. 2, with the noise $\epsilon$ as an argument.


# %%
def step_q(x_prev: Tensor, t: Tensor, schedule: NoiseSchedule, noise: Tensor) -> Tensor:
    """Noise data by one step, from t-1 to t.

    Args:
        x_prev: (B, ...) data at time t-1.
        t: (B,) times 1..T, one per row.
        schedule: tables betas, alphas, alphas_bar, each (T+1,).
        noise: (B, ...) standard Gaussian.
    Returns:
        (B, ...) data at time t, in the dtype of x_prev.
    """
    # BEGIN SOLUTION: Eq. 2
    beta = ddpm_edu.sample_by_t(schedule.betas, t, x_prev.shape)
    return (1 - beta).sqrt() * x_prev + beta.sqrt() * noise
    # END SOLUTION


# %%
check("step_q", step_q)

# %% [markdown]
# ## All the noise in one jump
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: what $t$ steps of Eq. 2, one after the other, make of $x_0$, in one jump and with one draw of noise
# $\epsilon \sim \mathcal N(0, I)$ (Eq. 4). From: Eq. 2, and that variances of independent Gaussians add. What is the
# factor of $x_0$ after two steps, and after $t$? What is the variance of all the noise that was mixed in?


# %%
def sample_q(x_0: Tensor, t: Tensor, schedule: NoiseSchedule, noise: Tensor) -> Tensor:
    """Noise clean data to time t in one jump.

    Args:
        x_0: (B, ...) clean data.
        t: (B,) times 1..T, one per row.
        schedule: tables betas, alphas, alphas_bar, each (T+1,).
        noise: (B, ...) standard Gaussian.
    Returns:
        (B, ...) data at time t, in the dtype of x_0.
    """
    # BEGIN SOLUTION: your formula
    alpha_bar = ddpm_edu.sample_by_t(schedule.alphas_bar, t, x_0.shape)
    return alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * noise
    # END SOLUTION


# %%
check("sample_q", sample_q)

# %% [markdown]
# ## The cosine schedule
#
# Here $\bar\alpha_t$ is chosen first, and the betas follow from it (Nichol and Dhariwal 2021, Eq. 17):
#
# $$\bar\alpha_t = \frac{f(t)}{f(0)}, \qquad f(t) = \cos^2\!\left(\frac{t/T + s}{1 + s} \cdot \frac{\pi}{2}\right),
# \qquad \beta_t = \min\!\left(1 - \frac{\bar\alpha_t}{\bar\alpha_{t-1}},\ \beta_{\max}\right)$$


# %%
def cosine_schedule(num_timesteps: int, s: float = 0.008, max_beta: float = 0.999) -> Tensor:
    """Return betas whose alphas_bar falls like a squared cosine.

    Args:
        num_timesteps: T.
        s: offset that keeps the first betas from vanishing.
        max_beta: the largest beta allowed.
    Returns:
        betas (T+1,) in float64, since no argument sets a dtype; entry 0 is 0.
    """
    # BEGIN SOLUTION: Eq. 17
    t = torch.arange(num_timesteps + 1, dtype=torch.float64)
    f = torch.cos((t / num_timesteps + s) / (1 + s) * torch.pi / 2) ** 2
    betas = 1 - f[1:] / f[:-1]  # f(0) cancels
    return F.pad(betas.clamp(max=max_beta), (1, 0))
    # END SOLUTION


# %%
check("cosine_schedule", cosine_schedule)

# %% [markdown]
# ## Signal to noise
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: the mean square of the signal in $x_t$ over the mean square of the noise in it. From: Eq. 4, for pixels $x_0$
# of mean square 1.


# %%
def snr(t: Tensor, schedule: NoiseSchedule) -> Tensor:
    """Return the signal-to-noise ratio.

    Args:
        t: (B,) times 1..T.
        schedule: tables betas, alphas, alphas_bar, each (T+1,).
    Returns:
        (B,), one ratio per time, in the dtype of the schedule.
    """
    # BEGIN SOLUTION: your formula
    alpha_bar = schedule.alphas_bar[t]
    return alpha_bar / (1 - alpha_bar)
    # END SOLUTION


# %%
check("snr", snr)

# %% [markdown]
# ## See it work
#
# Ten digits under your two schedules, with the same noise and your signal-to-noise ratios:

# %%
images, labels = ddpm_edu.load_images("mnist5k")
digits = torch.stack([images[labels == digit][0] for digit in range(10)])
noise = torch.randn(digits.shape, generator=torch.Generator().manual_seed(0))
rows = {}
for time in (100, 500, 900):
    t = torch.full((10,), time)
    for name, betas in {"linear": linear_schedule(1000), "cosine": cosine_schedule(1000)}.items():
        schedule = NoiseSchedule(betas)
        rows[f"{name}, t = {time}, SNR {snr(t, schedule)[0]:.2g}"] = sample_q(digits, t, schedule, noise)
figures.image_rows(rows, alt=figures.described("exercises 1.1"))
