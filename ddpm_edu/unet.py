r"""Who predicts the noise: a small U-Net that folds 2x2 pixels into channels.

Folding (pixel_unshuffle) keeps every value but quarters the number of positions, and positions are
what convolutions cost: at 28x28 nothing runs above 14x14. Time enters each block as a scale and a
shift.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from ddpm_edu.inputs import check_times
from ddpm_edu.schedule import NoiseSchedule


def timestep_embedding(
    t: Int[Tensor, " b"], dim: int, max_period: float = 10_000
) -> Float[Tensor, " b d"]:
    r"""Embed times as cosines and sines of several frequencies (Vaswani et al. 2017, Sec. 3.5).

    The frequencies fall geometrically from 1 to nearly 1 / max_period radians for each step.

    Args:
        t: (B,) times in steps, 0..T (not scaled to [0, 1]).
        dim: number of columns; the last is zero when dim is odd.
        max_period: of the slowest column, in steps.
    Returns:
        (B, dim): cosines, then sines.

    >>> timestep_embedding(torch.tensor([1, 500]), 64).shape
    torch.Size([2, 64])
    """
    if dim < 2:
        raise ValueError(f"dim: expected at least 2 columns, a cosine and a sine, got {dim}")
    half = dim // 2
    frequencies = torch.exp(-math.log(max_period) / half * torch.arange(half, device=t.device))
    angles = t[:, None] * frequencies[None]
    return F.pad(torch.cat([angles.cos(), angles.sin()], dim=1), (0, dim % 2))


def self_attention(
    q: Float[Tensor, " b heads n d"],
    k: Float[Tensor, " b heads n d"],
    v: Float[Tensor, " b heads n d"],
) -> Float[Tensor, " b heads n d"]:
    r"""Average the values of all positions, weighted by how similar their keys are to the query.

    $\mathrm{softmax}(q k^\top / \sqrt{d})\, v$   (Vaswani et al. 2017, Eq. 1)

    Args:
        q, k, v: (B, heads, N, d) queries, keys and values for N positions.
    Returns:
        (B, heads, N, d).

    >>> q = torch.zeros(2, 4, 49, 16)
    >>> self_attention(q, q, q).shape
    torch.Size([2, 4, 49, 16])
    """
    return F.scaled_dot_product_attention(q, k, v)


class SelfAttention(nn.Module):
    """Add to every position of (B, C, H, W) an average over all positions."""

    def __init__(self, channels: int, num_heads: int = 4):
        super().__init__()
        self.num_heads = num_heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = zero_init(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Float[Tensor, " b c h w"]) -> Float[Tensor, " b c h w"]:
        b, c, h, w = x.shape
        qkv = self.qkv(self.norm(x)).view(b, 3, self.num_heads, c // self.num_heads, h * w)
        q, k, v = qkv.transpose(-1, -2).unbind(1)  # each (B, heads, N, d)
        return x + self.out(self_attention(q, k, v).transpose(-1, -2).reshape(b, c, h, w))


class ResidualBlock(nn.Module):
    """Two convolutions with a shortcut; between them the time embedding scales and shifts."""

    def __init__(self, in_channels: int, out_channels: int, embedding_dim: int):
        super().__init__()
        self.norm_1 = nn.GroupNorm(8, in_channels)
        self.conv_1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.scale_shift = nn.Linear(embedding_dim, 2 * out_channels)
        self.norm_2 = nn.GroupNorm(8, out_channels)
        self.conv_2 = zero_init(nn.Conv2d(out_channels, out_channels, 3, padding=1))
        same = in_channels == out_channels
        self.skip = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Float[Tensor, " b c_in h w"], embedding: Float[Tensor, " b e"]) -> Tensor:
        h = self.conv_1(F.silu(self.norm_1(x)))
        scale, shift = self.scale_shift(F.silu(embedding))[:, :, None, None].chunk(2, dim=1)
        h = self.norm_2(h) * (1 + scale) + shift
        return self.skip(x) + self.conv_2(F.silu(h))  # (B, C_out, H, W)


class UNet(nn.Module):
    r"""Predict the noise in x_t, for any class or for given ones.

    $\epsilon_\theta(x_t, t)$, or $\epsilon_\theta(x_t, t, y)$ with labels y

    Args:
        image_shape: (C, H, W) of the data; H and W divisible by 2 * fold.
        channels: at full (folded) and at half resolution, multiples of 8.
        fold: side of the pixel blocks that become channels; 1 folds nothing.
        num_classes: number of labels; one more, the null label, stands for "any".

    >>> UNet((1, 28, 28))(torch.zeros(2, 1, 28, 28), torch.tensor([1, 1000])).shape
    torch.Size([2, 1, 28, 28])
    """

    schedule: NoiseSchedule  # these two are set by `load_model`
    card: dict  # how the weights were made

    def __init__(self, image_shape=(1, 28, 28), channels=(32, 64), fold=2, num_classes=10):
        super().__init__()
        check_architecture(image_shape, channels, fold)
        self.config = {
            "image_shape": image_shape,
            "channels": channels,
            "fold": fold,
            "num_classes": num_classes,
        }
        self.image_shape, self.fold, self.num_classes = tuple(image_shape), fold, num_classes
        wide, narrow = channels  # wide images have few channels, narrow ones many
        pixels, dim = image_shape[0] * fold**2, 2 * narrow
        self.time_dim = wide
        self.time_mlp = nn.Sequential(nn.Linear(wide, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.label_embedding = nn.Embedding(num_classes + 1, dim)
        self.stem = nn.Conv2d(pixels, wide, 3, padding=1)
        self.down_1 = ResidualBlock(wide, wide, dim)
        self.downsample = nn.Conv2d(wide, narrow, 3, stride=2, padding=1)
        self.down_2 = ResidualBlock(narrow, narrow, dim)
        self.attention = SelfAttention(narrow)
        self.middle = ResidualBlock(narrow, narrow, dim)
        self.up_2 = ResidualBlock(2 * narrow, narrow, dim)
        self.upsample = nn.Sequential(
            nn.Upsample(scale_factor=2), nn.Conv2d(narrow, wide, 3, padding=1)
        )
        self.up_1 = ResidualBlock(2 * wide, wide, dim)
        self.head = nn.Sequential(
            nn.GroupNorm(8, wide), nn.SiLU(), zero_init(nn.Conv2d(wide, pixels, 3, padding=1))
        )

    def forward(
        self,
        x_t: Float[Tensor, " b c h w"],
        t: Int[Tensor, " b"],
        labels: Int[Tensor, " b"] | None = None,
    ) -> Float[Tensor, " b c h w"]:
        self.check_input(x_t, t)
        times = timestep_embedding(t, self.time_dim).to(x_t.dtype)
        embedding = self.time_mlp(times) + self.embed_labels(t, labels)
        x = self.stem(F.pixel_unshuffle(x_t, self.fold))
        skip_1 = self.down_1(x, embedding)
        skip_2 = self.down_2(self.downsample(skip_1), embedding)
        x = self.middle(self.attention(skip_2), embedding)
        x = self.up_2(torch.cat([x, skip_2], dim=1), embedding)
        x = self.up_1(torch.cat([self.upsample(x), skip_1], dim=1), embedding)
        return F.pixel_shuffle(self.head(x), self.fold)

    def embed_labels(self, t, labels):
        """Embed labels 0..num_classes-1; no labels, and label num_classes, stand for any class."""
        if labels is None:  # there is nothing to check, and a GPU need not wait for a look
            return self.label_embedding(torch.full_like(t, self.num_classes))
        if labels.shape != t.shape or labels.dtype != torch.long:
            seen = f"{labels.dtype} of shape {tuple(labels.shape)}"
            raise ValueError(f"labels: expected torch.long of shape {tuple(t.shape)}, got {seen}")
        if labels.numel() and (labels.min() < 0 or labels.max() > self.num_classes):
            expected = f"0..{self.num_classes}, the last for any class"
            raise ValueError(f"labels: expected {expected}, got {labels.tolist()}")
        return self.label_embedding(labels)

    def check_input(self, x_t, t):
        check_times("t", t, x_t.shape[0], x_t.device)
        if x_t.shape[1:] != self.image_shape:
            expected = f"images (B, {', '.join(map(str, self.image_shape))})"
            raise ValueError(f"x_t: expected {expected}, got {tuple(x_t.shape)}")


def check_architecture(image_shape, channels, fold):
    if any(side % (2 * fold) for side in image_shape[1:]):
        expected = f"height and width divisible by {2 * fold}"
        raise ValueError(f"image_shape: expected {expected}, got {tuple(image_shape)}")
    if any(number % 8 for number in channels):
        raise ValueError(
            f"channels: expected multiples of 8, the groups of GroupNorm, got {tuple(channels)}"
        )


def zero_init(layer):
    """Set a layer to zero, so that its block changes nothing at first and training is calm."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
