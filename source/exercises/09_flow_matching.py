# %% [markdown]
# # Exercises 9: flow matching
#
# Replace the lines `# TODO` and `raise NotImplementedError` by your code, run the cell (Shift+Enter), then the `check`
# below it. `hint("name")` gives the next of three hints, `solution("name")` opens after a pass or three attempts,
# `progress()` shows the whole course. [Lesson 9](../notebooks/09_flow_matching.ipynb) derives what you need. A
# later exercise never depends on an earlier answer.
#
# <!-- table of the exercises -->

# %%
import torch
from torch import Tensor
from torch.nn import functional as F

import ddpm_edu
from ddpm_edu import NoiseSchedule, check, euler_step, figures, hint, predict_x0, progress, sample_by_t, solution

# %% [markdown]
# Given, and allowed:
#
# * `F.mse_loss(one, other)` is the mean of the squared differences
# * `sample_by_t(schedule.alphas_bar, t, x_t.shape)` looks up $\bar\alpha_t$ for each row, ready to multiply `x_t`
# * `predict_x0(x_t, t, eps, schedule)`, Eq. 15 of Ho et al. 2020
# * `euler_step(model, x_s, s, s_prev)`, one step of Euler's method
#
# Times $s$ are real numbers in $[0, 1]$, one for each row: 0 is the clean image, 1 is noise. `s` has the shape
# `(B,)`; shape it to `(B, 1, ..., 1)` before it multiplies images, whatever number of axes they have.
#
# ## The loss of flow matching
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: the loss of a network that is to answer with a velocity. From: a point moves from the data $x_0$, where it is
# at $s = 0$, to the noise $\epsilon$, where it is at $s = 1$, in a straight line and at constant speed. The network sees
# the point and $s$. Its velocity is the derivative by $s$; the loss is the squared error, averaged over all elements.


# %%
def flow_loss(model, x_0: Tensor, s: Tensor, noise: Tensor) -> Tensor:
    """Compute how far the predicted velocity is from that of the straight path.

    Args:
        model: model(x_s, s) -> predicted velocity, of the shape of x_s.
        x_0: (B, ...) clean data.
        s: (B,) times in [0, 1], one per row.
        noise: (B, ...) the noise at the end of the path.
    Returns:
        Scalar, the mean squared error over all elements, in the dtype of x_0.
    """
    # BEGIN SOLUTION: point, velocity, loss
    share = s.reshape(-1, *(1,) * (x_0.ndim - 1))
    x_s = (1 - share) * x_0 + share * noise
    return F.mse_loss(model(x_s, s), noise - x_0)
    # END SOLUTION


# %%
check("flow_loss", flow_loss)

# %% [markdown]
# ## A velocity from predicted noise
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: the velocity of the straight line on which $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$
# lies, once it is divided by the sum of both factors. From: the noise $\epsilon$ that a network predicts for $x_t$
# itself, before the division. The line leads from the data to the noise, as above.


# %%
def velocity_from_noise(x_t: Tensor, t: Tensor, eps: Tensor, schedule: NoiseSchedule) -> Tensor:
    """Compute the velocity of the straight path on which x_t lies, once it is rescaled.

    Args:
        x_t: (B, ...) data at time t, not rescaled.
        t: (B,) times 1..T, one per row.
        eps: (B, ...) the predicted noise.
        schedule: tables betas, alphas, alphas_bar, posterior_variance, each (T+1,).
    Returns:
        (B, ...) in the dtype of x_t.
    """
    # BEGIN SOLUTION: your formula
    alpha_bar = sample_by_t(schedule.alphas_bar, t, x_t.shape)
    x_0 = (x_t - (1 - alpha_bar).sqrt() * eps) / alpha_bar.sqrt()
    return eps - x_0
    # END SOLUTION


# %%
check("velocity_from_noise", velocity_from_noise)

# %% [markdown]
# ## Heun's step
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: a step from $s$ to $s'$ that bends with the path. From: along a path $x$ changes by the integral of the
# velocity. Euler's method takes the velocity at the beginning for all of the step. Approximate the integral by a
# trapezoid instead, which takes the mean of the values at both ends. Where the step will end is not known yet, but
# Euler's method says about where.


# %%
def heun_step(model, x_s: Tensor, s: Tensor, s_prev: Tensor) -> Tensor:
    """Go to s_prev with the mean of two velocities: Heun's method.

    Args:
        model: model(x_s, s) -> velocity; to be called twice.
        x_s: (B, ...) data at time s.
        s, s_prev: (B,) times in [0, 1]: where x_s is, and where to go; one per row.
    Returns:
        (B, ...) data at time s_prev, in the dtype of x_s.
    """
    # BEGIN SOLUTION: two velocities
    change = (s_prev - s).reshape(-1, *(1,) * (x_s.ndim - 1))
    first = model(x_s, s)
    second = model(x_s + change * first, s_prev)
    return x_s + change * (first + second) / 2
    # END SOLUTION


# %%
check("heun_step", heun_step)

# %% [markdown]
# ## See it work
#
# The shipped velocity model draws ten digits with your step: three of it and one of Euler's at the end, seven calls in
# all. Above them, seven steps of Euler's method from the same noise.

# %%
model, labels = ddpm_edu.load_flow("mnist5k"), torch.arange(10)
rows = {}
for name, step, num_steps in (("Euler, 7 calls", euler_step, 7), ("yours, 7 calls", heun_step, 4)):
    x = torch.randn(10, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    times = torch.linspace(1, 0, num_steps + 1)[:, None].expand(-1, 10)
    for s, s_prev in zip(times[:-1], times[1:]):
        with torch.no_grad():
            last = bool((s_prev == 0).all())  # there the velocity is -x and says nothing of the image
            x = (euler_step if last else step)(lambda x, s: model(x, s, labels), x, s, s_prev)
    rows[name] = x
figures.image_rows(rows, alt=figures.described("exercises 9.1"))
