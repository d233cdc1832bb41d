r"""How many bits an image costs: the last term of the bound, and the unit to compare models in."""

import math
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from ddpm_edu.inputs import check_moment, checked


@checked
def discretized_nll(
    x_0: Float[Tensor, " b *dims"],
    mean: Float[Tensor, " b *dims"],
    variance: Float[Tensor, " ..."],
    num_levels: int,
) -> Float[Tensor, " b *dims"]:
    r"""Give what each grey level costs when a Gaussian is asked for it: minus the log of its bin's probability.

    $-\log \int_{\delta_-(x_0)}^{\delta_+(x_0)} N(x; \mu, \sigma^2)\,dx$,
    where the bin $\delta_\pm = x_0 \pm \frac{1}{L-1}$ is open beyond -1 and +1   (Ho et al. 2020, Eq. 13)

    Args:
        x_0: (B, ...) images whose grey levels are evenly spaced on [-1, 1].
        mean: (B, ...) of the Gaussian, $\mu_\theta(x_1, 1)$ in the paper.
        variance: of any shape that broadcasts against x_0; positive.
        num_levels: L, 256 for MNIST, 17 for the digits of scikit-learn; at least 2.
    Returns:
        (B, ...) nats, at most 27.7, since probabilities are clamped at 1e-12.
    Raises:
        ValueError: x_0 outside [-1, 1], variances not positive, fewer than two levels, shapes that do not fit.

    >>> discretized_nll(torch.ones(1, 2), torch.tensor([[1.0, -1.0]]), torch.tensor(1e-4), 17).round()
    tensor([[-0., 28.]])
    """
    half = 1 / (num_levels - 1)
    check_levels(x_0, num_levels, half)
    std, distance = variance.sqrt(), (x_0 - mean).abs()
    # every probability from the lower tail, where small ones keep all their digits
    inside = below((half - distance) / std) - below((-half - distance) / std)
    up_to, from_on = below((x_0 + half - mean) / std), below((mean - x_0 + half) / std)
    probability = torch.where(x_0 > 1 - half, from_on, torch.where(x_0 < half - 1, up_to, inside))
    return -probability.clamp(min=1e-12).log()


def check_nats(given):
    """Check that there is one number for each image."""
    if "nats" in given:
        check_moment("nats", given["nats"])
    if {"nats", "x_shape"} <= given.keys():
        seen, x_shape = tuple(given["nats"].shape), tuple(given["x_shape"])
        if seen != x_shape[:1] or 0 in x_shape[1:]:
            raise ValueError(f"nats: wanted one number for each image of shape {x_shape}, saw shape {seen}")


@partial(checked, check=check_nats)
def bits_per_dim(nats: Float[Tensor, " b"], x_shape: tuple[int, ...]) -> Float[Tensor, " b"]:
    r"""Say nats per image as bits per dimension: over $\log 2$ and over the number of values of one image.

    It is the unit of Ho et al. 2020, Table 1: what one colour of one pixel costs in a lossless file.

    Args:
        nats: (B,) of each whole image.
        x_shape: shape of the batch, (B, ...).
    Returns:
        (B,) bits/dim; 8 for 256 grey levels drawn evenly.
    Raises:
        ValueError: not one number for each image, or NaN.

    >>> bits_per_dim(torch.tensor([784 * 8 * math.log(2)]), (1, 1, 28, 28))
    tensor([8.])
    """
    return nats / (math.log(2) * math.prod(x_shape[1:]))


def below(z):
    """Give the probability that a standard Gaussian is below z, exact where it is small."""
    return torch.erfc(-z / math.sqrt(2)) / 2


def check_levels(x_0, num_levels, half):
    """Allow for rounding: a grey level is known as long as it is off by less than half a bin."""
    if x_0.numel() and x_0.abs().max() > 1 + half:
        seen = x_0.flatten()[x_0.abs().argmax()].item()
        raise ValueError(f"x_0: wanted {num_levels} grey levels on [-1, 1], saw {seen:g}")
