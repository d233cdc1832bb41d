# %% [markdown]
# # Exercises 4: the network
#
# Replace the lines `# TODO` and `raise NotImplementedError` by your code, run the cell (Shift+Enter), then the `check`
# below it. `hint("name")` gives the next of three hints, `solution("name")` opens after a pass or three attempts,
# `progress()` shows the whole course. [Lesson 4](../notebooks/04_network.ipynb) explains what you need. A later
# exercise never depends on an earlier answer.
#
# <!-- table of the exercises -->

# %%
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import ddpm_edu
from ddpm_edu import check, figures, hint, progress, solution

# %% [markdown]
# ## Time as a vector
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: the place of $h = \lfloor \mathrm{dim} / 2 \rfloor$ clock hands at time $t$, each as a cosine and a sine:
# first all cosines, then all sines (Vaswani et al. 2017). From: the first hand turns by 1 radian per step, each further
# one is slower by one and the same factor, and a hand number $h + 1$ would turn by 1 / `max_period`.
#
# Times are steps, not scaled to [0, 1]. The order of the columns is free, and so is $h - 1$ in the place of $h$ in the
# exponent. An odd `dim` gets a last column of zeros.


# %%
def timestep_embedding(t: Tensor, dim: int, max_period: float = 10_000) -> Tensor:
    """Embed times as sines and cosines.

    Args:
        t: (B,) times, long.
        dim: number of columns.
        max_period: sets the slowest frequency.
    Returns:
        (B, dim) in float32 or float64, as you like: t is long and sets none, and the network casts the result.
    """
    # BEGIN SOLUTION: the columns for each t
    half = dim // 2
    frequencies = max_period ** (-torch.arange(half, device=t.device) / half)
    angles = t[:, None] * frequencies
    embedding = torch.cat([angles.cos(), angles.sin()], dim=1)
    return F.pad(embedding, (0, dim % 2))
    # END SOLUTION


# %%
check("timestep_embedding", timestep_embedding)

# %% [markdown]
# ## A block that knows the time
#
# The course's residual block has six modules. E is the size of a time embedding, which a network has prepared already:
#
# | module | takes | gives |
# |---|---|---|
# | `norm_1` | (B, C_in, H, W) | the same shape |
# | `conv_1` | (B, C_in, H, W) | (B, C_out, H, W) |
# | `scale_shift` | (B, E) | (B, 2 C_out): the scale in the first half, the shift in the second |
# | `norm_2` | (B, C_out, H, W) | the same shape |
# | `conv_2` | (B, C_out, H, W) | the same shape |
# | `skip` | (B, C_in, H, W) | (B, C_out, H, W) |
#
# With $\phi$ = `F.silu`, and with one scale $s$ and one shift $b$ for every image and channel,
#
# $$(s, b) = \text{scale\_shift}(\phi(e)), \qquad h = \text{conv}_1(\phi(\text{norm}_1(x)))$$
# $$\text{out} = \text{skip}(x) + \text{conv}_2\big(\phi\big(\text{norm}_2(h)\,(1 + s) + b\big)\big)$$


# %%
def residual_block_forward(block: nn.Module, x: Tensor, time_embedding: Tensor) -> Tensor:
    """Compute a residual block with the modules of the one given.

    Args:
        block: has norm_1, conv_1, scale_shift, norm_2, conv_2, skip.
        x: (B, C_in, H, W).
        time_embedding: (B, E).
    Returns:
        (B, C_out, H, W) in the dtype of x.
    """
    # BEGIN SOLUTION: the three formulas
    h = block.conv_1(F.silu(block.norm_1(x)))
    scale, shift = block.scale_shift(F.silu(time_embedding))[:, :, None, None].chunk(2, dim=1)
    h = block.norm_2(h) * (1 + scale) + shift
    return block.skip(x) + block.conv_2(F.silu(h))
    # END SOLUTION


# %%
check("residual_block_forward", residual_block_forward)

# %% [markdown]
# ## Attention
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: every position asks (q) all positions (k) and takes a weighted mean of what they hold (v). From: how well a
# query fits a key is their inner product, divided so that it has variance 1 where all $d$ entries of both are
# independent with mean 0 and variance 1. A softmax makes weights of them that sum to 1 for each query.


# %%
def self_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Mix positions by similarity.

    Args:
        q, k, v: (B, heads, N, d) queries, keys and values for N positions.
    Returns:
        (B, heads, N, d) in the dtype of q.
    """
    # BEGIN SOLUTION: your formula
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    return scores.softmax(dim=-1) @ v
    # END SOLUTION


# %%
check("self_attention", self_attention)

# %% [markdown]
# ## The whole network
#
# The time embedding, with `unet.time_dim` columns and in the dtype of `x_t`, is prepared once for all blocks:
#
# $$e = \text{time\_mlp}(\text{embedding}(t)) + \text{embed\_labels}(t, \text{None}), \qquad
# \epsilon_\theta(x_t, t) = \text{unfold}(\text{head}(\cdots \text{stem}(\text{fold}(x_t))))$$
#
# Between stem and head, blocks with $e$ are called as `unet.down_1(x, e)`, the others as `unet.stem(x)`:
#
# | module | takes | gives |
# |---|---|---|
# | `F.pixel_unshuffle(x_t, unet.fold)` | (B, C, H, W) | (B, C f², h, w), with f = `unet.fold`, h = H/f, w = W/f |
# | `stem` | (B, C f², h, w) | (B, c_1, h, w) |
# | `down_1`, with e | (B, c_1, h, w) | the same shape: **skip 1** |
# | `downsample` | skip 1 | (B, c_2, h/2, w/2) |
# | `down_2`, with e | (B, c_2, h/2, w/2) | the same shape: **skip 2** |
# | `attention` | skip 2 | the same shape |
# | `middle`, with e | (B, c_2, h/2, w/2) | the same shape |
# | `up_2`, with e | (B, 2 c_2, h/2, w/2): channels of `middle`, then of skip 2 | (B, c_2, h/2, w/2) |
# | `upsample` | (B, c_2, h/2, w/2) | (B, c_1, h, w) |
# | `up_1`, with e | (B, 2 c_1, h, w): channels of `upsample`, then of skip 1 | (B, c_1, h, w) |
# | `head` | (B, c_1, h, w) | (B, C f², h, w) |
# | `F.pixel_shuffle(x, unet.fold)` | (B, C f², h, w) | (B, C, H, W) |
#
# Given: `ddpm_edu.timestep_embedding(t, dim)`.


# %%
def unet_forward(unet: ddpm_edu.UNet, x_t: Tensor, t: Tensor) -> Tensor:
    """Predict the noise with the modules of the network given.

    Args:
        unet: has time_dim, fold, embed_labels and the modules of the table.
        x_t: (B, C, H, W) images at time t.
        t: (B,) times 1..T, one per row.
    Returns:
        (B, C, H, W) the predicted noise, in the dtype of x_t.
    """
    # BEGIN SOLUTION: the network
    embedding = ddpm_edu.timestep_embedding(t, unet.time_dim).to(x_t.dtype)
    e = unet.time_mlp(embedding) + unet.embed_labels(t, None)
    x = unet.stem(F.pixel_unshuffle(x_t, unet.fold))
    skip_1 = unet.down_1(x, e)
    skip_2 = unet.down_2(unet.downsample(skip_1), e)
    x = unet.middle(unet.attention(skip_2), e)
    x = unet.up_2(torch.cat([x, skip_2], dim=1), e)
    x = unet.up_1(torch.cat([unet.upsample(x), skip_1], dim=1), e)
    return F.pixel_shuffle(unet.head(x), unet.fold)
    # END SOLUTION


# %%
check("unet_forward", unet_forward)

# %% [markdown]
# ## See it work
#
# Your `unet_forward` with the trained modules of the shipped network: noised digits, and the clean ones it takes them
# for (Eq. 15 of Ho et al. 2020).

# %%
unet = ddpm_edu.load_pretrained("digits")
x_0, t = ddpm_edu.load_images("digits")[0][:10], torch.full((10,), 200)
noise = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(0))
x_t = ddpm_edu.sample_q(x_0, t, unet.schedule, noise)
with torch.no_grad():
    estimate = ddpm_edu.predict_x0(x_t, t, unet_forward(unet, x_t, t), unet.schedule)
rows = {"clean": x_0, "t = 200": x_t, "estimate": estimate}
figures.image_rows(rows, alt=figures.described("exercises 4.1"))
