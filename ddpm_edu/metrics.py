r"""Are samples like data? Features of both, compared as Gaussians or as clouds of points."""

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from ddpm_edu.inputs import check_moment, checked, is_whole


def check_sets(given):
    """Check sets of features: each (n, d) with the same d, and n > k."""
    # neighbours need more points than k, 3 unless given; a covariance needs more than one
    k = given.get("k", 3 if "real" in given else 1)
    if not is_whole(k):
        raise ValueError(f"k: expected a whole number >= 1, got {k!r}")
    sets = {name: given[name] for name in ("features", "real", "fake") if name in given}
    for name, value in sets.items():
        check_moment(name, value)
        d = next(iter(sets.values())).shape[-1:]
        if value.ndim != 2 or value.shape[1:] != d or len(value) <= k:
            expected = f"({k + 1} or more, {d[0] if d else 'd'})"
            raise ValueError(
                f"{name}: expected features of shape {expected}, got {tuple(value.shape)}"
            )


@partial(checked, check=check_sets)
def feature_moments(
    features: Float[Tensor, "n d"],
) -> tuple[Float[Tensor, " d"], Float[Tensor, "d d"]]:
    r"""Compute mean and covariance of features: what `frechet_distance` compares.

    $m = \frac{1}{n}\sum_i f_i$ and $C = \frac{1}{n-1}\sum_i (f_i - m)(f_i - m)^\top$
    (Heusel et al. 2017, Sec. 3)

    Args:
        features: (n, d), a row for each image, n >= 2; for n <= d the covariance is singular.
    Returns:
        (mean (d,), cov (d, d)) in float64 on the CPU, since not every accelerator has float64.
    Raises:
        ValueError: fewer than two rows, not a matrix, or NaN.

    >>> mean, cov = feature_moments(torch.tensor([[0.0, 1.0], [2.0, 1.0]]))
    >>> mean.tolist(), cov.tolist()
    ([1.0, 1.0], [[2.0, 0.0], [0.0, 0.0]])
    """
    exact = features.to("cpu", torch.float64)
    return exact.mean(0), (exact.T.cov()).reshape(2 * exact.shape[1:])


@partial(checked, check=check_sets)
def precision_recall(
    real: Float[Tensor, "n d"], fake: Float[Tensor, "m d"], k: int = 3
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    r"""Compute the share of samples that lie among data, and of data that lie among samples.

    $\text{precision} = \frac{1}{m} \sum_j f(\phi_j, \Phi_\text{real})$,
    $\text{recall} = \frac{1}{n} \sum_i f(\phi_i, \Phi_\text{fake})$, where $f(\phi, \Phi)$ is 1 if
    $\phi$ lies in a ball around a point of $\Phi$ that reaches to its k-th nearest neighbour in
    $\Phi$, else 0 (Kynkäänniemi et al. 2019, Eq. 1 and 2)

    Args:
        real: (n, d) features of data, n > k.
        fake: (m, d) of samples, m > k; take n = m, since more points have smaller balls.
        k: which neighbour a ball reaches, 3 in the paper.
    Returns:
        (precision, recall), scalars in [0, 1] in float64 on the CPU.
    Raises:
        ValueError: k is not a whole number >= 1, or a set has too few rows, another d or NaN.

    >>> points = torch.arange(8.0)[:, None]
    >>> precision_recall(points, points[:4])
    (tensor(1., dtype=torch.float64), tensor(0.8750, dtype=torch.float64))
    """
    real, fake = (points.to("cpu", torch.float64) for points in (real, fake))
    return covered(fake, real, k), covered(real, fake, k)


def covered(points, others, k):
    """Compute the share of points that lie in a ball around one of the others."""
    # without matrix products, so that the distance of equal points is exactly 0
    distance = partial(torch.cdist, compute_mode="donot_use_mm_for_euclid_dist")
    # k + 1, since the nearest of all is the point itself
    radius = distance(others, others).kthvalue(k + 1).values
    return (distance(points, others) <= radius).any(1).double().mean()


def check_features(given):
    """Check that means are (d,), covariances (d, d) and symmetric, with one d, dtype and device."""
    for name, value in given.items():
        check_moment(name, value)
    first = next(iter(given.values()))
    d = len(first) if first.ndim else 0
    for name, value in given.items():
        expected = (d,) if name.startswith("mean") else (d, d)
        if value.shape != expected or not d:
            raise ValueError(
                f"{name}: expected shape {expected} for {d} features, got {tuple(value.shape)}"
            )
        if value.dtype != first.dtype or value.device != first.device:
            expected, got = f"{first.dtype} on {first.device}", f"{value.dtype} on {value.device}"
            raise ValueError(f"{name}: expected {expected} as the others are, got {got}")
        if value.ndim == 2 and (value - value.T).abs().max() > 1e-4 * value.abs().max():
            raise ValueError(f"{name}: expected a symmetric matrix, got one that is not")


@partial(checked, check=check_features)
def frechet_distance(
    mean_1: Float[Tensor, " d"],
    cov_1: Float[Tensor, "d d"],
    mean_2: Float[Tensor, " d"],
    cov_2: Float[Tensor, "d d"],
) -> Float[Tensor, ""]:
    r"""Compute the (squared) Frechet distance of two Gaussians, the D of FID.

    $|\mu_1 - \mu_2|^2 + \mathrm{tr}\left(C_1 + C_2 - 2 (C_1 C_2)^{1/2}\right)$
    (Dowson & Landau 1982; Heusel et al. 2017)

    Args:
        mean_1: (d,) of the features of one set of images.
        cov_1: (d, d) their covariance; it may be singular, as for fewer images than features.
        mean_2: (d,) of the other set.
        cov_2: (d, d) its covariance.
    Returns:
        Scalar >= 0 in the square of the features' unit, 0 for equal Gaussians up to rounding in
        float64.
    Raises:
        ValueError: shapes, dtypes or devices that do not fit, NaN, or a matrix that is not a
            covariance.

    >>> frechet_distance(torch.zeros(2), torch.eye(2), torch.ones(2), 4 * torch.eye(2))
    tensor(4.)
    """
    # on the CPU, since not every accelerator has float64
    mean_a, cov_a, mean_b, cov_b = (
        value.to("cpu", torch.float64) for value in (mean_1, cov_1, mean_2, cov_2)
    )
    # with R R = C, the singular values of R_1 R_2 are the roots of the eigenvalues of C_1 C_2;
    # taking those roots would lose half of the digits wherever a covariance is singular
    trace = torch.linalg.svdvals(matrix_sqrt("cov_1", cov_a) @ matrix_sqrt("cov_2", cov_b)).sum()
    distance = (mean_a - mean_b).square().sum() + cov_a.trace() + cov_b.trace() - 2 * trace
    return distance.clamp(min=0).to(mean_1)


def matrix_sqrt(name, cov):
    """Compute the symmetric root of a covariance; rounding errors below zero count as zero."""
    values, vectors = torch.linalg.eigh(cov)
    if values[0] < -1e-4 * values[-1].abs():
        raise ValueError(
            f"{name}: expected a covariance, got the negative eigenvalue {values[0].item():g}"
        )
    return vectors * values.clamp(min=0).sqrt() @ vectors.T
