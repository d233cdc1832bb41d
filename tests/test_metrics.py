import math

import pytest
import torch
from scipy.linalg import sqrtm
from torch.testing import assert_close

from ddpm_edu import feature_moments, frechet_distance


def covariance(d, rank, generator):
    factors = torch.randn(d, rank, dtype=torch.float64, generator=generator)
    return factors @ factors.T / rank


@pytest.fixture
def gaussians(generator):
    """Return two means and two covariances that do not commute, of seven features."""
    mean_1, mean_2 = torch.randn(2, 7, dtype=torch.float64, generator=generator)
    return mean_1, covariance(7, 30, generator), mean_2, covariance(7, 9, generator)


def test_it_is_the_formula_with_scipys_root(gaussians):
    mean_1, cov_1, mean_2, cov_2 = gaussians
    root = sqrtm((cov_1 @ cov_2).numpy()).real
    expected = (
        (mean_1 - mean_2).square().sum().item() + (cov_1 + cov_2).trace().item() - 2 * root.trace()
    )
    assert frechet_distance(*gaussians).item() == pytest.approx(expected, rel=1e-10)


def test_it_is_a_sum_over_the_features_when_covariances_share_their_axes(generator):
    axes = torch.linalg.qr(torch.randn(5, 5, dtype=torch.float64, generator=generator)).Q
    mean_1, mean_2, std_1, std_2 = torch.rand(4, 5, dtype=torch.float64, generator=generator)
    cov_1, cov_2 = (axes * std**2 @ axes.T for std in (std_1, std_2))
    expected = (mean_1 - mean_2).square().sum() + (std_1 - std_2).square().sum()
    assert_close(frechet_distance(mean_1, cov_1, mean_2, cov_2), expected, rtol=1e-10, atol=0)
    diagonal = frechet_distance(mean_1, std_1.square().diag(), mean_2, std_2.square().diag())
    assert_close(diagonal, expected, rtol=1e-12, atol=0)


def test_it_is_the_least_mean_square_between_coupled_samples(gaussians):
    # x ~ N(m_1, C_1) and A x + b ~ N(m_2, C_2) are coupled best by a symmetric A (Dowson & Landau
    # 1982)
    mean_1, cov_1, mean_2, cov_2 = gaussians
    root = torch.linalg.cholesky(cov_1)
    middle = torch.from_numpy(sqrtm((root.T @ cov_2 @ root).numpy()).real)
    a = torch.linalg.inv(root.T) @ middle @ torch.linalg.inv(root)
    assert_close(a @ cov_1 @ a.T, cov_2, rtol=1e-9, atol=1e-10)  # the coupling is one
    rest = torch.eye(7, dtype=torch.float64) - a
    expected = (mean_1 - mean_2).square().sum() + (rest @ cov_1 @ rest.T).trace()
    assert_close(frechet_distance(*gaussians), expected, rtol=1e-9, atol=0)


def test_it_is_symmetric_and_squares_the_unit(gaussians):
    mean_1, cov_1, mean_2, cov_2 = gaussians
    distance = frechet_distance(*gaussians)
    assert_close(frechet_distance(mean_2, cov_2, mean_1, cov_1), distance, rtol=1e-12, atol=0)
    scaled = frechet_distance(3 * mean_1, 9 * cov_1, 3 * mean_2, 9 * cov_2)
    assert_close(scaled, 9 * distance, rtol=1e-12, atol=0)


@pytest.mark.parametrize("rank", [1, 20, 64, 200])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_equal_gaussians_are_at_distance_0_and_never_below(rank, scale, generator):
    mean, cov = torch.ones(64, dtype=torch.float64), scale * covariance(64, rank, generator)
    distance = frechet_distance(mean, cov, mean, cov)
    assert 0 <= distance.item() < 1e-13 * cov.trace().item()


@pytest.mark.parametrize("ranks", [(1, 1), (3, 5), (3, 40), (40, 3)])
def test_singular_covariances(ranks, generator):
    # with C = F F^T the trace of the root is the sum of the singular values of F_1^T F_2; the root
    # of an eigenvalue that should be 0 is off by the square root of the precision, about 1e-8
    first, second = (
        torch.randn(40, rank, dtype=torch.float64, generator=generator) for rank in ranks
    )
    trace = torch.linalg.svdvals(first.T @ second).sum()
    expected = first.square().sum() + second.square().sum() - 2 * trace
    mean = torch.zeros(40, dtype=torch.float64)
    assert_close(
        frechet_distance(mean, first @ first.T, mean, second @ second.T),
        expected,
        rtol=3e-8,
        atol=0,
    )


def test_points_are_at_the_square_of_their_distance():
    nothing = torch.zeros(2, 2)
    assert frechet_distance(torch.zeros(2), nothing, torch.tensor([3.0, 4.0]), nothing).item() == 25


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_precision_is_that_of_the_input_and_nothing_is_changed(gaussians, dtype, device):
    given = [value.to(dtype).to(device) for value in gaussians]
    kept = [value.clone() for value in given]
    distance = frechet_distance(*given)
    assert distance.shape == ()
    assert distance.dtype == dtype
    assert distance.device.type == device.type
    assert_close(distance.double().cpu(), frechet_distance(*gaussians), rtol=1e-6, atol=0)
    assert all(map(torch.equal, given, kept))


def test_float32_covariances_of_few_images_are_accepted(generator):
    # rounding leaves them eigenvalues below zero
    features = torch.randn(10, 64, generator=generator)
    mean, cov = features.mean(0), features.T.cov()
    assert torch.linalg.eigvalsh(cov)[0] < 0
    assert 0 <= frechet_distance(mean, cov, mean, cov).item() < 1e-5 * cov.trace().item()


M, C = torch.zeros(3), torch.eye(3)
BAD = [
    ({"mean_1": torch.zeros(1, 3)}, r"mean_1: expected shape \(1,\) for 1 features, got \(1, 3\)"),
    ({"mean_2": torch.zeros(1)}, r"mean_2: expected shape \(3,\) for 3 features, got \(1,\)"),
    ({"cov_1": torch.ones(3)}, r"cov_1: expected shape \(3, 3\) for 3 features, got \(3,\)"),
    ({"cov_2": torch.eye(4)}, r"cov_2: expected shape \(3, 3\) for 3 features, got \(4, 4\)"),
    (
        {"cov_2": C.double()},
        "cov_2: expected torch.float32 on cpu as the others are, got torch.float64 on cpu",
    ),
    ({"cov_1": C / 0}, "cov_1: expected finite values, got 9 NaN"),
    ({"cov_1": C.long()}, "cov_1: expected a floating-point tensor, got torch.int64"),
    ({"cov_1": C + torch.ones(3, 3).triu()}, "cov_1: expected a symmetric matrix"),
    (
        {"cov_2": torch.diag(torch.tensor([1.0, 2.0, -0.5]))},
        r"cov_2: .* got the negative eigenvalue -0\.5",
    ),
    (
        {"mean_2": torch.tensor([0.0, math.inf, 0.0])},
        "mean_2: expected finite values, got 1 NaN or infinite of 3",
    ),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_input_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(**{"mean_1": M, "cov_1": C, "mean_2": M, "cov_2": C} | bad)


def test_feature_moments_are_numpys(generator):
    import numpy as np

    features = (
        torch.randn(50, 6, generator=generator) @ torch.randn(6, 6, generator=generator) + 100
    )
    mean, cov = feature_moments(features)
    exact = features.double().numpy()
    assert_close(mean, torch.from_numpy(exact.mean(0)), rtol=1e-13, atol=0)
    assert_close(cov, torch.from_numpy(np.cov(exact, rowvar=False)), rtol=1e-10, atol=1e-12)


def test_feature_moments_are_float64_and_fit_the_distance(device):
    for d in (1, 3):
        features = torch.arange(4.0 * d).reshape(4, d).to(device)
        mean, cov = feature_moments(features)
        assert (mean.dtype, cov.dtype) == (torch.float64, torch.float64)
        assert (mean.shape, cov.shape) == ((d,), (d, d))
        assert frechet_distance(mean, cov, *feature_moments(features + 2)).item() == pytest.approx(
            4 * d
        )


@pytest.mark.parametrize(
    "features", [torch.zeros(1, 2), torch.zeros(2), torch.zeros(5, 2).long(), 1.0]
)
def test_bad_features_are_refused(features):
    with pytest.raises(ValueError, match="features: expected"):
        feature_moments(features)
