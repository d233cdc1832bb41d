# %% [markdown]
# # Exercises 6: Algorithm 2
#
# Replace the lines `# TODO` and `raise NotImplementedError` by your code, run the cell (Shift+Enter), then the
# `check` below it. `hint("name")` gives the next of three hints, `solution("name")` opens after a pass or three
# attempts, `progress()` shows the whole course. [Lesson 6](../notebooks/06_sampling.ipynb) derives what you need. A
# later exercise never depends on an earlier answer.
#
# <!-- table of the exercises -->

# %%
import torch
from IPython.display import display
from torch import Tensor
from tqdm.auto import tqdm

import ddpm_edu
from ddpm_edu import NoiseSchedule, figures, mean_from_noise, posterior_mean, predict_x0, sample_by_t
from ddpm_edu import check, hint, progress, ready, solution

# %% [markdown]
# Tables of the schedule have T+1 entries; entry 0 is the clean image. `sample_by_t(schedule.betas, t, x_t.shape)` looks
# up $\beta_t$ for each row, ready to multiply `x_t`. Rows of a batch may have different `t`. Given, and allowed:
#
# * `mean_from_noise(x_t, t, eps, schedule)`, Eq. 11 of the paper
# * `predict_x0(x_t, t, eps, schedule)`, Eq. 15
# * `posterior_mean(x_0, x_t, t, schedule)`, the mean of Eq. 7
#
# ## One step of Algorithm 2
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: a draw of $x_{t-1}$ from $p_\theta(x_{t-1} \mid x_t)$, a Gaussian whose mean is that of the step back at the
# noise that the network predicts, and whose variance is that of the posterior, $\tilde\beta_t$. From: how a draw of any
# Gaussian is made of one of $\mathcal N(0, I)$, new for every value. What does the last step, from $t = 1$, add?


# %%
@torch.no_grad()
def sample_p_unclipped(model, x_t: Tensor, t: Tensor, schedule: NoiseSchedule) -> Tensor:
    """Take one step of Algorithm 2 (line 4 in the paper).

    Args:
        model: model(x_t, t) -> predicted noise, of the shape of x_t.
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, one per row.
        schedule: tables betas, alphas, alphas_bar, posterior_variance, each (T+1,).
    Returns:
        (B, ...) data at time t-1, in the dtype of x_t; rows at t = 1 get no noise.
    """
    # BEGIN SOLUTION: your formula
    mean = mean_from_noise(x_t, t, model(x_t, t), schedule)
    variance = sample_by_t(schedule.posterior_variance, t, x_t.shape)
    return mean + variance.sqrt() * torch.randn_like(x_t)
    # END SOLUTION


# %%
check("sample_p_unclipped", sample_p_unclipped)

# %% [markdown]
# ## The same, clipped
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: the same step, but with an image in mind that could exist: all of its pixels lie in [-1, 1]. From: the noise
# that the network predicts tells an $x_0$; that is clipped; and for a known $x_0$ you know the mean of a step back. The
# noise added is the same. With `clipping=False` it is the step above, which is given as `ddpm_edu.sample_p_unclipped`.
# Call the model once.


# %%
@torch.no_grad()
def sample_p(model, x_t: Tensor, t: Tensor, schedule: NoiseSchedule, clipping: bool = True) -> Tensor:
    """Sample x_{t-1} from p(x_{t-1} | x_t), with x_0 clipped to [-1, 1] or not.

    Args:
        model: model(x_t, t) -> predicted noise, of the shape of x_t.
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, one per row.
        schedule: tables betas, alphas, alphas_bar, posterior_variance, each (T+1,).
        clipping: whether to clip.
    Returns:
        (B, ...) data at time t-1, in the dtype of x_t; rows at t = 1 get no noise.
    """
    # BEGIN SOLUTION: both ways
    if not clipping:
        return ddpm_edu.sample_p_unclipped(model, x_t, t, schedule)
    x_0 = predict_x0(x_t, t, model(x_t, t), schedule).clamp(-1, 1)
    variance = sample_by_t(schedule.posterior_variance, t, x_t.shape)
    return posterior_mean(x_0, x_t, t, schedule) + variance.sqrt() * torch.randn_like(x_t)
    # END SOLUTION


# %%
check("sample_p", sample_p)

# %% [markdown]
# ## Algorithm 2, whole
#
# Begin with pure noise, step from $t = T$ down to $t = 1$ with `ddpm_edu.sample_p`, clipping as it does by default, and
# keep the last states.


# %%
@torch.no_grad()
def sampling(model, shape: tuple, schedule: NoiseSchedule, image_noise_steps_to_keep: int = 1) -> list[Tensor]:
    """Sample by Algorithm 2.

    Args:
        model: model(x_t, t) -> predicted noise.
        shape: (B, ...) of the data.
        schedule: has num_timesteps, T, and betas, whose device is where to sample.
        image_noise_steps_to_keep: k in 1..T, how many of the last states to return.
    Returns:
        The last k states in the order made, float32 as the schedule is, on the CPU; the last one is x_0.
    """
    # BEGIN SOLUTION: Algorithm 2, with a bar of tqdm
    device = schedule.betas.device
    images, images_list = torch.randn(shape, device=device), []
    for timestep in tqdm(range(schedule.num_timesteps, 0, -1), desc="sampling timestep"):
        t = torch.full(shape[:1], timestep, device=device)
        images = ddpm_edu.sample_p(model, images, t, schedule)
        if timestep <= image_noise_steps_to_keep:
            images_list.append(images.cpu())
    return images_list
    # END SOLUTION


# %%
check("sampling", sampling)

# %% [markdown]
# ## Bug hunt: mend the post's sampler
#
# This is the post's `sample_p` as it was scraped. Find what is wrong with it (the lesson's bug hunt has the answer),
# then write it again as `repair_sampler`: right where rows have different `t`, with one call of the model, and without
# calling `ddpm_edu.sample_p`.


# %%
def sample_p_as_scraped(model, x_t, t, schedule, clipping=True):
    if clipping:
        x0_reconstruct = predict_x0(x_t, t, model(x_t, t), schedule)
        x0_reconstruct = torch.clip(x0_reconstruct, -1.0, 1.0)
        predicted_mean = posterior_mean(x0_reconstruct, x_t, t, schedule)
    predicted_mean = mean_from_noise(x_t, t, model(x_t, t), schedule)
    if t[0].item() == 1:
        return predicted_mean
    variance = sample_by_t(schedule.posterior_variance, t, x_t.shape)
    return predicted_mean + torch.sqrt(variance) * torch.randn_like(x_t)


# %%
@torch.no_grad()
def repair_sampler(model, x_t: Tensor, t: Tensor, schedule: NoiseSchedule, clipping: bool = True) -> Tensor:
    """Do what `sample_p_as_scraped` was meant to do.

    Arguments and result are those of `sample_p`: data at time t-1, in the dtype of x_t.
    """
    # BEGIN SOLUTION: copy the body from above and mend it
    eps = model(x_t, t)
    if clipping:
        x0_reconstruct = torch.clip(predict_x0(x_t, t, eps, schedule), -1.0, 1.0)
        predicted_mean = posterior_mean(x0_reconstruct, x_t, t, schedule)
    else:
        predicted_mean = mean_from_noise(x_t, t, eps, schedule)
    variance = sample_by_t(schedule.posterior_variance, t, x_t.shape)  # 0 for rows at t = 1: no `if` is needed
    return predicted_mean + torch.sqrt(variance) * torch.randn_like(x_t)
    # END SOLUTION


# %%
check("repair_sampler", repair_sampler)

# %% [markdown]
# ## See it work
#
# Your `sampling` with the course's network for 28x28 digits, told which digit each image should become. All 1000 steps
# would take a minute or two. Here are 100: a step of this schedule adds the noise of ten steps of the old one, so that
# its $\bar\alpha$ are the old ones at every tenth time. (Why that is right, is
# [lesson 8](../notebooks/08_faster_and_steered.ipynb).)

# %%
model = ddpm_edu.load_pretrained("mnist5k")
old_times = torch.arange(0, 1001, 10)  # entry i is the old time of the new time i
alphas_bar = model.schedule.alphas_bar[old_times].double()
betas = 1 - alphas_bar / torch.cat([alphas_bar[:1], alphas_bar[:-1]])  # entry 0 is 0


def ten_digits(x_t, t):
    return model(x_t, old_times[t], torch.arange(10))


# %%
if ready(sampling=sampling):
    states = sampling(ten_digits, (10, 1, 28, 28), NoiseSchedule(betas), image_noise_steps_to_keep=100)
    rows = {f"t = {t}": states[-1 - t] for t in (99, 40, 20, 10, 0)}
    display(figures.image_rows(rows, alt=figures.described("exercises 6.1")))
