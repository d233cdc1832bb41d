# %% [markdown]
# # Exercises 5: training
#
# Replace the lines `# TODO` and `raise NotImplementedError` by your code, run the cell (Shift+Enter), then the `check`
# below it. `hint("name")` gives the next of three hints, `solution("name")` opens after a pass or three attempts,
# `progress()` shows the whole course. [Lesson 5](../notebooks/05_training.ipynb) explains what you need. A later
# exercise never depends on an earlier answer.
#
# <!-- table of the exercises -->

# %%
import copy

import torch
from torch import Tensor, nn

import ddpm_edu
from ddpm_edu import NoiseSchedule, check, compute_loss, hint, progress, solution

# %% [markdown]
# ## A time for each image
#
# Line 3 of Algorithm 1 (Ho et al. 2020):
#
# $$t \sim \mathrm{Uniform}\{1, \dots, T\}$$
#
# Every row gets its own time; both 1 and T can be drawn.


# %%
def sample_timesteps(batch_size: int, schedule: NoiseSchedule, generator: torch.Generator | None = None) -> Tensor:
    """Draw times for a batch.

    Args:
        batch_size: B.
        schedule: has num_timesteps, T, and betas, whose device is where to draw.
        generator: source of the draw; torch's own when None.
    Returns:
        (B,) long, independent (not sorted, paired or stratified), uniform on 1..T.
    """
    # BEGIN SOLUTION: draw
    last = schedule.num_timesteps
    return torch.randint(1, last + 1, (batch_size,), generator=generator, device=schedule.betas.device)
    # END SOLUTION


# %%
check("sample_timesteps", sample_timesteps)

# %% [markdown]
# ## One step of Algorithm 1
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: one step of Algorithm 1 with a whole batch, which makes the network name the noise in $x_t$ a little better.
# From: each row has a time of its own and each value noise of its own, and the squared error of the named noise is to
# fall. What must be true of the gradients before the step? Given, and allowed:
#
# * `ddpm_edu.sample_timesteps(batch_size, schedule)`
# * `compute_loss(model, x_0, t, schedule, noise)`, Eq. 14


# %%
def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, x_0: Tensor, schedule: NoiseSchedule) -> float:
    """Take one optimisation step.

    Args:
        model: model(x_t, t) -> predicted noise, of the shape of x_t.
        optimizer: over the model's parameters.
        x_0: (B, ...) clean data.
        schedule: tables betas, alphas, alphas_bar, posterior_variance, each (T+1,).
    Returns:
        The loss before the step, a float. The times of the rows are independent, or those of
        ddpm_edu.stratified_timesteps.
    """
    # BEGIN SOLUTION: one step
    t = ddpm_edu.sample_timesteps(len(x_0), schedule)
    loss = compute_loss(model, x_0, t, schedule, torch.randn_like(x_0))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    # END SOLUTION


# %%
check("train_step", train_step)

# %% [markdown]
# ## The average of the weights
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: an average of the weights over the last steps, in which the weights of $n$ steps ago count $d$ times as much
# as those of $n - 1$ steps ago. From: it is kept up to date after every step, from the old average and the new weights
# alone, and the shares of all steps sum to 1.
#
# The parameters of `ema_model` are changed in place, and no gradient is recorded.


# %%
def update_ema(ema_model: nn.Module, model: nn.Module, decay: float) -> None:
    """Move the averaged weights towards the model's, in place.

    Args:
        ema_model: a copy of the model.
        model: the model in training, which stays as it is.
        decay: share of the old average that is kept, 0..1.
    """
    # BEGIN SOLUTION: every parameter, in place
    with torch.no_grad():
        for ema, parameter in zip(ema_model.parameters(), model.parameters(), strict=True):
            ema.mul_(decay).add_(parameter, alpha=1 - decay)
    # END SOLUTION


# %%
check("update_ema", update_ema)

# %% [markdown]
# ## See it work
#
# A small network learns from the 8x8 digits. The average follows it; with a decay of 0.95 it spans about 20 steps.

# %%
torch.manual_seed(0)
digits, _ = ddpm_edu.load_images("digits")
schedule = NoiseSchedule(ddpm_edu.linear_schedule(1000))
model = ddpm_edu.UNet((1, 8, 8), channels=(16, 32), fold=1)
ema_model, optimizer = copy.deepcopy(model), torch.optim.Adam(model.parameters(), lr=2e-3)

# %%
losses = []
for step in range(1, 101):
    losses.append(train_step(model, optimizer, digits[torch.randint(len(digits), (32,))], schedule))
    update_ema(ema_model, model, decay=0.95)
    if step % 20 == 0:
        print(f"steps {step - 19:2} to {step:3}: mean loss {sum(losses[-20:]) / 20:.3f}")
