r"""Are samples like data: how far two Gaussians are from each other, for features of both."""

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from ddpm_edu.inputs import check_moment, checked


def check_features(given):
    """Check that means are (d,) and covariances (d, d) of one d, symmetric, and all of one kind."""
    for name, value in given.items():
        check_moment(name, value)
    first = next(iter(given.values()))
    d = len(first) if first.ndim else 0
    for name, value in given.items():
        wanted = (d,) if name.startswith("mean") else (d, d)
        if value.shape != wanted or not d:
            raise ValueError(f"{name}: wanted shape {wanted} for {d} features, saw {tuple(value.shape)}")
        if value.dtype != first.dtype or value.device != first.device:
            wanted, seen = f"{first.dtype} on {first.device}", f"{value.dtype} on {value.device}"
            raise ValueError(f"{name}: wanted {wanted} as the others are, saw {seen}")
        if value.ndim == 2 and (value - value.T).abs().max() > 1e-4 * value.abs().max():
            raise ValueError(f"{name}: wanted a symmetric matrix, saw one that is not")


@partial(checked, check=check_features)
def frechet_distance(
    mean_1: Float[Tensor, " d"], cov_1: Float[Tensor, "d d"], mean_2: Float[Tensor, " d"], cov_2: Float[Tensor, "d d"]
) -> Float[Tensor, ""]:
    r"""Give the (squared) Frechet distance of two Gaussians, the D of FID.

    $|\mu_1 - \mu_2|^2 + \mathrm{tr}\left(C_1 + C_2 - 2 (C_1 C_2)^{1/2}\right)$
    (Dowson & Landau 1982; Heusel et al. 2017)

    Args:
        mean_1: (d,) of the features of one set of images.
        cov_1: (d, d) their covariance; it may be singular, as that of fewer images than features is.
        mean_2: (d,) of the other set.
        cov_2: (d, d) its covariance.
    Returns:
        Scalar >= 0 in the square of the features' unit, 0 for equal Gaussians up to rounding in float64.
    Raises:
        ValueError: shapes, dtypes or devices that do not fit, NaN, or a matrix that is no covariance.

    >>> frechet_distance(torch.zeros(2), torch.eye(2), torch.ones(2), 4 * torch.eye(2))
    tensor(4.)
    """
    # on the CPU, since not every accelerator knows float64
    mean_a, cov_a, mean_b, cov_b = (value.to("cpu", torch.float64) for value in (mean_1, cov_1, mean_2, cov_2))
    # with R R = C, the singular values of R_1 R_2 are the roots of the eigenvalues of C_1 C_2; taking those roots
    # would lose half of the digits wherever a covariance is singular
    trace = torch.linalg.svdvals(matrix_sqrt("cov_1", cov_a) @ matrix_sqrt("cov_2", cov_b)).sum()
    distance = (mean_a - mean_b).square().sum() + cov_a.trace() + cov_b.trace() - 2 * trace
    return distance.clamp(min=0).to(mean_1)


def matrix_sqrt(name, cov):
    """Give the symmetric root of a covariance; eigenvalues below zero by rounding count as zero."""
    values, vectors = torch.linalg.eigh(cov)
    if values[0] < -1e-4 * values[-1].abs():
        raise ValueError(f"{name}: wanted a covariance, saw the negative eigenvalue {values[0].item():g}")
    return vectors * values.clamp(min=0).sqrt() @ vectors.T
