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
from IPython.display import display
from torch import Tensor, nn
from tqdm.auto import tqdm

import ddpm_edu
from ddpm_edu import NoiseSchedule, compute_loss, figures
from ddpm_edu import check, hint, progress, ready, solution

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
# Your functions teach a network to draw one digit, from nothing: which one, you choose. It is a U-Net of 28x28 pixels
# with half the channels of the course's own. It answers 0 at first; the average of its weights draws, by Algorithm 2,
# always from the same noise.

# %%
digit = 3  # yours
torch.manual_seed(0)
images, labels = ddpm_edu.load_images("mnist5k")
images, rows = images[labels == digit], {}
schedule = NoiseSchedule(ddpm_edu.linear_schedule(100, 0.001, 0.09))  # few steps, so that drawing takes a second

# %%
model = ddpm_edu.UNet((1, 28, 28), channels=(16, 32)).to(memory_format=torch.channels_last)
ema_model, optimizer = copy.deepcopy(model), torch.optim.Adam(model.parameters(), lr=3e-3)
losses = []

# %% [markdown]
# The next cell trains for 250 steps, some seconds, and draws. **Run it again, and the same network learns on**: strokes
# come first, and after four or five times you can read the digit.

# %%
if ready(train_step=train_step, update_ema=update_ema):
    for _ in tqdm(range(250), desc="training"):
        losses.append(train_step(model, optimizer, images[torch.randint(len(images), (16,))], schedule))
        update_ema(ema_model, model, decay=0.98)
    noise = torch.Generator().manual_seed(0)
    samples = ddpm_edu.sampling(ema_model, (10, 1, 28, 28), schedule, generator=noise, progress=False)
    rows[f"{len(losses)} steps"] = samples[-1]
    print(f"mean loss of the last 100 steps: {sum(losses[-100:]) / 100:.3f}")
    display(figures.image_rows(rows, alt=figures.described("exercises 5.1")))
