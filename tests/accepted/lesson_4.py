"""Right answers to lesson 4 as different learners write them."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from ddpm_edu import timestep_embedding


def cosines_then_sines(t, dim, max_period=10_000):
    half = dim // 2
    frequencies = torch.exp(-math.log(max_period) * torch.arange(half, device=t.device) / half)
    angles = t[:, None].float() * frequencies[None]
    columns = torch.cat([torch.cos(angles), torch.sin(angles)], dim=-1)
    if dim % 2:
        columns = torch.cat([columns, torch.zeros_like(columns[:, :1])], dim=-1)
    return columns


def sines_first_with_h_minus_1(t, dim, max_period=10_000):
    """Follow the code of the paper."""
    half = dim // 2
    factor = math.log(max_period) / (half - 1)
    k = torch.arange(half, dtype=torch.float32, device=t.device)
    angles = t.float()[:, None] * torch.exp(k * -factor)
    return F.pad(torch.cat([angles.sin(), angles.cos()], dim=1), (0, dim % 2, 0, 0))


def interleaved(t, dim, max_period=10_000):
    """Put sine and cosine of one frequency side by side, as in the Transformer."""
    columns, even = torch.zeros(len(t), dim, device=t.device), dim - dim % 2
    angles = t.unsqueeze(1) / max_period ** (torch.arange(0, even, 2, device=t.device) / even)
    columns[:, 0:even:2] = angles.sin()
    columns[:, 1:even:2] = angles.cos()
    return columns


def in_float64_slowest_first(t, dim, max_period=10_000):
    half = dim // 2
    k = torch.arange(half - 1, -1, -1, dtype=torch.float64, device=t.device)
    angles = torch.outer(t.double(), float(max_period) ** (-k / half))
    return F.pad(torch.stack([angles.cos(), angles.sin()], dim=-1).flatten(1), (dim % 2, 0))


def by_complex_numbers(t, dim, max_period=10_000):
    frequencies = torch.logspace(0, -1, dim // 2 + 1, base=max_period, dtype=torch.float64)[:-1]
    frequencies = frequencies.to(t.device)
    turned = torch.polar(torch.ones_like(frequencies).expand(len(t), -1), t[:, None] * frequencies)
    columns = torch.view_as_real(turned).flatten(1).float()
    return F.pad(columns, (0, dim - columns.shape[1]))


def block_by_formula(block, x, time_embedding):
    h = block.conv_1(F.silu(block.norm_1(x)))
    scale, shift = block.scale_shift(F.silu(time_embedding)).chunk(2, dim=1)
    h = block.norm_2(h) * (1 + scale[:, :, None, None]) + shift[:, :, None, None]
    return block.skip(x) + block.conv_2(F.silu(h))


def block_with_split(block, x, time_embedding):
    """Write every silu out, take the halves by split, and multiply the scale out."""
    h = block.norm_1(x)
    h = block.conv_1(h * torch.sigmoid(h))
    both = block.scale_shift(time_embedding * torch.sigmoid(time_embedding))
    scale, shift = torch.split(both.view(*both.shape, 1, 1), h.shape[1], dim=1)
    h = block.norm_2(h)
    h = h + h * scale + shift
    return block.conv_2(h * h.sigmoid()) + block.skip(x)


def block_in_place(block, x, time_embedding):
    """Work in place, but only on results of its own."""
    h = block.conv_1(F.silu(block.norm_1(x), inplace=True))
    channels = h.size(1)
    time = block.scale_shift(F.silu(time_embedding))[..., None, None]
    h = block.norm_2(h) * time[:, :channels].add(1.0)
    h += time[:, channels:]
    h = block.conv_2(F.silu(h))
    h += block.skip(x)
    return h


def block_row_by_row(block, x, time_embedding):
    rows = [block_by_formula(block, x[i : i + 1], time_embedding[i : i + 1]) for i in range(len(x))]
    return torch.cat(rows)


def attention_built_in(q, k, v):
    return F.scaled_dot_product_attention(q, k, v)


def attention_by_formula(q, k, v):
    d = q.shape[-1]
    weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(d), dim=-1)
    return weights @ v


def attention_by_einsum(q, k, v):
    scale = q.size(-1) ** -0.25
    scores = torch.einsum("bhqd,bhkd->bhqk", q * scale, k * scale)
    return torch.einsum("bhqk,bhkd->bhqd", F.softmax(scores, dim=3), v)


def attention_by_exponentials(q, k, v):
    scores = torch.matmul(q, k.permute(0, 1, 3, 2)) * q.shape[-1] ** -0.5
    weights = (scores - scores.amax(-1, keepdim=True)).exp()
    return weights @ v / weights.sum(-1, keepdim=True)


def attention_transposed(q, k, v):
    """Put the keys first in the scores; then the softmax runs over dim -2."""
    weights = (k @ q.mT).div_(q.shape[-1] ** 0.5).softmax(-2)
    return (v.mT @ weights).mT.contiguous()


attention_in_float64 = lambda q, k, v: (  # noqa: E731
    attention_by_formula(q.double(), k.double(), v.double()).to(v.dtype)
)


def unet_by_the_table(unet, x_t, t):
    times = timestep_embedding(t, unet.time_dim).to(x_t.dtype)
    embedding = unet.time_mlp(times) + unet.embed_labels(t, None)
    x = unet.stem(F.pixel_unshuffle(x_t, unet.fold))
    skip_1 = unet.down_1(x, embedding)
    skip_2 = unet.down_2(unet.downsample(skip_1), embedding)
    x = unet.middle(unet.attention(skip_2), embedding)
    x = unet.up_2(torch.cat([x, skip_2], dim=1), embedding)
    x = unet.up_1(torch.cat([unet.upsample(x), skip_1], dim=1), embedding)
    return F.pixel_shuffle(unet.head(x), unet.fold)


def unet_with_a_stack(unet, x_t, t):
    """Push skips on the way down and pop them on the way up."""
    e = unet.time_mlp(timestep_embedding(t, unet.time_dim).type_as(x_t))
    e = e + unet.embed_labels(t, None)
    skips = []
    x = unet.down_1(unet.stem(nn.PixelUnshuffle(unet.fold)(x_t)), e)
    skips.append(x)
    x = unet.down_2(unet.downsample(x), e)
    skips.append(x)
    x = unet.middle(unet.attention(x), e)
    for up, before in ((unet.up_2, nn.Identity()), (unet.up_1, unet.upsample)):
        x = up(torch.cat((before(x), skips.pop()), 1), e)
    return nn.PixelShuffle(unet.fold)(unet.head(x))


def unet_with_own_folding(unet, x_t, t):
    """Fold by reshape and permute, and look up the label that stands for any class."""
    b, c, height, width = x_t.shape
    f = unet.fold
    folded = x_t.reshape(b, c, height // f, f, width // f, f).permute(0, 1, 3, 5, 2, 4)
    e = unet.time_mlp(timestep_embedding(t, unet.time_dim).to(x_t))
    e = e + unet.label_embedding(torch.full_like(t, unet.num_classes))
    one = unet.down_1(unet.stem(folded.reshape(b, c * f * f, height // f, width // f)), e)
    two = unet.down_2(unet.downsample(one), e)
    x = unet.up_2(torch.cat([unet.middle(unet.attention(two), e), two], 1), e)
    x = unet.head(unet.up_1(torch.cat([unet.upsample(x), one], 1), e))
    x = x.reshape(b, c, f, f, height // f, width // f).permute(0, 1, 4, 2, 5, 3)
    return x.reshape(x_t.shape)


def unet_with_own_embedding(unet, x_t, t, labels=None):
    """Embed by one's own answer, in the order the network was trained with: cosines first."""
    half = unet.time_dim // 2
    omega = torch.exp(-math.log(10_000) / half * torch.arange(half, device=t.device))
    angles = t[:, None] * omega
    times = torch.cat([angles.cos(), angles.sin()], dim=1).to(x_t.dtype)
    e = unet.embed_labels(t, labels).add(unet.time_mlp(times))
    with_time = lambda block, *inputs: block(torch.cat(inputs, dim=1), e)  # noqa: E731
    skip_1 = with_time(unet.down_1, unet.stem(F.pixel_unshuffle(x_t, unet.fold)))
    skip_2 = with_time(unet.down_2, unet.downsample(skip_1))
    x = with_time(unet.middle, unet.attention(skip_2))
    x = with_time(unet.up_1, unet.upsample(with_time(unet.up_2, x, skip_2)), skip_1)
    return F.pixel_shuffle(unet.head(x), upscale_factor=unet.fold)


BLOCKS = [block_by_formula, block_with_split, block_in_place, block_row_by_row]
UNETS = [unet_by_the_table, unet_with_a_stack, unet_with_own_folding, unet_with_own_embedding]
ACCEPTED = {
    "timestep_embedding": [
        cosines_then_sines,
        sines_first_with_h_minus_1,
        interleaved,
        in_float64_slowest_first,
        by_complex_numbers,
    ],
    "residual_block_forward": BLOCKS,
    "self_attention": [
        attention_built_in,
        attention_by_formula,
        attention_by_einsum,
        attention_by_exponentials,
        attention_transposed,
        attention_in_float64,
    ],
    "unet_forward": UNETS,
}
