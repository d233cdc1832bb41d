# %% [markdown]
# # Exercises 7: evaluation
#
# Replace the lines `# TODO` and `raise NotImplementedError` by your code, run the cell (Shift+Enter), then the `check`
# below it. `hint("name")` gives the next of three hints, `solution("name")` opens after a pass or three attempts,
# `progress()` shows the whole course. [Lesson 7](../notebooks/07_evaluation.ipynb) derives what you need. A later
# exercise never depends on an earlier answer.
#
# <!-- table of the exercises -->

# %%
import math

import torch
from torch import Tensor

import ddpm_edu
from ddpm_edu import check, hint, progress, solution

# %% [markdown]
# ## The distance of two Gaussians
#
# Images are turned into feature vectors, and their mean $m$ and covariance $C$ taken. Two sets of images then differ by
#
# $$D = \|m_1 - m_2\|^2 + \mathrm{tr}\big(C_1 + C_2 - 2\,(C_1 C_2)^{1/2}\big)$$
#
# This is the square of the Frechet distance, the number reported as FID. The root is that of a matrix, not of its
# elements. Only its trace is needed: the sum of the roots of the eigenvalues of $C_1 C_2$, or, with symmetric roots
# $R_i R_i = C_i$, the sum of the singular values of $R_1 R_2$. The latter keeps more digits where a covariance is
# singular; work in float64.


# %%
def frechet_distance(mean_1: Tensor, cov_1: Tensor, mean_2: Tensor, cov_2: Tensor) -> Tensor:
    """Return the (squared) Frechet distance of two Gaussians.

    Args:
        mean_1, cov_1: (d,) and (d, d) of the features of one set; singular where it has fewer images than features.
        mean_2, cov_2: (d,) and (d, d) of the other.
    Returns:
        Scalar >= 0: a tensor in the dtype of mean_1 or in float64, or a Python float.
    """
    # BEGIN SOLUTION: the distance; rounding must not make it negative
    mean_a, cov_a, mean_b, cov_b = (value.double() for value in (mean_1, cov_1, mean_2, cov_2))

    def root(cov):
        values, vectors = torch.linalg.eigh(cov)
        return vectors * values.clamp(min=0).sqrt() @ vectors.T

    trace = torch.linalg.svdvals(root(cov_a) @ root(cov_b)).sum()
    distance = (mean_a - mean_b).square().sum() + cov_a.trace() + cov_b.trace() - 2 * trace
    return distance.clamp(min=0).to(mean_1.dtype)
    # END SOLUTION


# %%
check("frechet_distance", frechet_distance)

# %% [markdown]
# ## What a grey level costs
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: minus the logarithm of the probability of each grey level under a Gaussian (Eq. 13 of Ho et al. 2020). From: a
# Gaussian has a density, so a level gets the probability of its bin. $L$ levels are evenly spaced on [-1, 1] and the
# bins fill the whole line: the borders lie halfway between neighbours, and the two outermost bins are open.
#
# A standard Gaussian is below z with probability `torch.erfc(-z / math.sqrt(2)) / 2`. A small difference of two
# probabilities near 1 has lost its digits, of two near 0 it has them: mirror a bin above the mean to below it.
# (`torch.special.ndtr` and `Normal.cdf` lose them near 0 too.) Clamp probabilities at 1e-12 before the logarithm.


# %%
def discretized_nll(x_0: Tensor, mean: Tensor, variance: Tensor, num_levels: int) -> Tensor:
    """Return minus the log probability of each grey level.

    Args:
        x_0: (B, ...) images; grey levels evenly spaced on [-1, 1], up to rounding.
        mean: (B, ...) of the Gaussian.
        variance: positive, of a shape that broadcasts against x_0.
        num_levels: L, at least 2.
    Returns:
        (B, ...) nats, elementwise, in the dtype of x_0.
    """
    # BEGIN SOLUTION: your formula

    def below(z):
        return torch.erfc(-z / math.sqrt(2)) / 2

    half, std = 1 / (num_levels - 1), variance.sqrt()
    lower = (torch.where(x_0 < half - 1, -math.inf, x_0 - half) - mean) / std
    upper = (torch.where(x_0 > 1 - half, math.inf, x_0 + half) - mean) / std
    above = lower + upper > 0
    lower, upper = torch.where(above, -upper, lower), torch.where(above, -lower, upper)
    probability = below(upper) - below(lower)
    return -probability.clamp(min=1e-12).log()
    # END SOLUTION


# %%
check("discretized_nll", discretized_nll)

# %% [markdown]
# ## Bits per dimension
#
# *Derived: find the formula yourself, on paper. Hint 2 has it.*
#
# Wanted: what one value of an image (one pixel of one channel) costs in bits, on average. From: the nats that each
# whole image costs. A nat is the unit of natural logarithms, a bit that of logarithms to the base 2.


# %%
def bits_per_dim(nats: Tensor, x_shape: tuple) -> Tensor:
    """Convert nats per image.

    Args:
        nats: (B,) of each whole image.
        x_shape: shape of the batch, (B, ...).
    Returns:
        (B,) bits per dimension, in the dtype of nats.
    """
    # BEGIN SOLUTION: your formula
    return nats / (math.prod(x_shape[1:]) * math.log(2))
    # END SOLUTION


# %%
check("bits_per_dim", bits_per_dim)

# %% [markdown]
# ## See it work
#
# The distance of two sets of digits, with their pixels as features, and that of digits and slightly noisy ones. Then
# what the digits cost under two Gaussians, in bits per dimension; without any model a pixel of 17 grey levels costs
# $\log_2 17$ = 4.09 bits.

# %%
train, test = (ddpm_edu.load_images("digits", split)[0].double() for split in ("train", "test"))
noisy = test + 0.2 * torch.randn(test.shape, generator=torch.Generator().manual_seed(0))
moments = [(rows.mean(0), rows.T.cov()) for rows in (train.flatten(1), test.flatten(1), noisy.flatten(1))]
print(f"train and test: {frechet_distance(*moments[0], *moments[1]):.2f}")
print(f"train and noisy test: {frechet_distance(*moments[0], *moments[2]):.2f}")
one = torch.ones((), dtype=torch.float64)
for name, mean, variance in (("every pixel alike", train.mean(), train.var()), ("near the image", noisy, 0.04 * one)):
    nats = discretized_nll(test, mean.expand_as(test), variance, num_levels=17).flatten(1).sum(1)
    print(f"{name}: {bits_per_dim(nats, test.shape).mean():.2f} bits/dim")
