"""What a grey level costs under a Gaussian: probabilities of bins."""

import math

import pytest
import torch
from torch.distributions import Normal
from torch.testing import assert_close

from ddpm_edu import discretized_nll


MEANS = torch.tensor([-3.0, -1.0, -0.97, -0.1, 0.0, 0.3, 0.999, 1.0, 2.5], dtype=torch.float64)


every_scale = pytest.mark.parametrize("std", [0.01, 0.1, 1.0, 10.0])


every_number_of_levels = pytest.mark.parametrize("num_levels", [2, 3, 17, 256])


def levels(num_levels, dtype=torch.float64):
    return (2 * torch.arange(num_levels, dtype=torch.float64) / (num_levels - 1) - 1).to(dtype)


def table(num_levels, std, dtype=torch.float64):
    """Return the cost of every level (a column) under every one of MEANS (a row)."""
    x_0 = levels(num_levels, dtype).expand(len(MEANS), -1)
    mean = MEANS.to(dtype)[:, None].expand_as(x_0)
    return discretized_nll(x_0, mean, torch.tensor(std**2, dtype=dtype), num_levels)


@every_number_of_levels
@every_scale
def test_the_levels_share_all_the_probability(num_levels, std):
    total = (-table(num_levels, std)).exp().sum(1)
    # the clamp adds to empty bins
    assert_close(total, torch.ones_like(total), rtol=0, atol=1e-12 * num_levels)


@every_number_of_levels
@every_scale
def test_a_level_costs_the_integral_of_the_density_over_its_bin(num_levels, std):
    # Gauss-Legendre in each half standard deviation: exact to rounding; open bins end 40 standard
    # deviations away
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges = [(2 * k - 1) / (num_levels - 1) - 1 for k in range(1, num_levels)]
    cost = table(num_levels, std)
    for row, mean in enumerate(MEANS.tolist()):
        far = abs(mean) + 1 + 40 * std
        for k, (a, b) in enumerate(zip([-far, *edges], [*edges, far], strict=True)):
            if 0 < k < num_levels - 1 and k % 16 > 1:
                continue  # 17 levels: three of them, 256: an eighth
            a, b = max(a, mean - 40 * std), min(b, mean + 40 * std)
            pieces = np.linspace(a, max(a, b), 2 + int(max(0, b - a) / (std / 2)))
            centers, halves = (pieces[1:] + pieces[:-1]) / 2, np.diff(pieces) / 2
            z = (centers[:, None] + halves[:, None] * nodes - mean) / std
            probability = (np.exp(-z * z / 2) * weights * halves[:, None]).sum() / (
                std * math.sqrt(2 * math.pi)
            )
            assert cost[row, k].item() == pytest.approx(
                -math.log(max(probability, 1e-12)), rel=1e-9, abs=1e-12
            )


@pytest.mark.parametrize(("num_levels", "half"), [(17, 1 / 16), (256, 1 / 255)])
def test_half_a_bin_is_that_of_the_digits_and_of_mnist(num_levels, half):
    level = levels(num_levels)[num_levels // 2].reshape(1)
    distribution = Normal(*torch.tensor([0.02, 0.05], dtype=torch.float64))
    probability = distribution.cdf(level + half) - distribution.cdf(level - half)
    cost = discretized_nll(
        level, torch.full_like(level, 0.02), torch.full_like(level, 0.0025), num_levels
    )
    assert_close(cost, -probability.log(), rtol=1e-12, atol=0)


def test_a_sharp_gaussian_at_the_level_costs_nothing_and_far_from_it_27_nats():
    x_0 = levels(256)
    assert discretized_nll(x_0, x_0, torch.full_like(x_0, 1e-8), 256).abs().max() < 1e-12
    cost = discretized_nll(x_0, -x_0.sign(), torch.full_like(x_0, 1e-8), 256)
    assert_close(cost, torch.full_like(cost, 12 * math.log(10)), rtol=1e-12, atol=0)


@every_number_of_levels
@every_scale
def test_float32_agrees_with_float64(num_levels, std):
    # the edges of a bin are rounded to 6e-8, of std = 0.01 that is 6e-6, times the slope of the
    # cost, up to 8
    assert_close(
        table(num_levels, std, torch.float32).double(), table(num_levels, std), rtol=1e-4, atol=1e-4
    )


def test_images_as_they_are_loaded_have_their_ends_at_minus_1_and_1():
    x_0 = (torch.tensor([[0, 255]], dtype=torch.uint8).float() / 127.5 - 1).double()
    # means beyond the ends
    cost = discretized_nll(x_0, 3 * x_0, torch.tensor(0.01, dtype=torch.float64), 256)
    assert cost.max() < 1e-12


def test_each_value_has_its_own_mean_and_each_row_may_have_its_variance(generator):
    x_0 = levels(17)[torch.randint(17, (3, 1, 4, 5), generator=generator)]
    mean = torch.randn(x_0.shape, dtype=torch.float64, generator=generator)
    variance = torch.tensor([0.01, 0.1, 1.0], dtype=torch.float64).reshape(3, 1, 1, 1)
    cost, kept = discretized_nll(x_0, mean, variance, 17), (x_0.clone(), mean.clone())
    for i in range(3):
        for x, m, c in zip(x_0[i].flatten(), mean[i].flatten(), cost[i].flatten(), strict=True):
            assert_close(
                discretized_nll(x[None], m[None], variance[i].flatten(), 17),
                c[None],
                rtol=1e-13,
                atol=1e-13,
            )
    assert torch.equal(x_0, kept[0])
    assert torch.equal(mean, kept[1])


def test_the_cost_has_finite_gradients_at_the_ends_too():
    x_0 = levels(17, torch.float32)
    mean, variance = torch.zeros(17, requires_grad=True), torch.full((17,), 0.1, requires_grad=True)
    discretized_nll(x_0, mean, variance, 17).sum().backward()
    assert mean.grad.isfinite().all()
    assert variance.grad.isfinite().all()
    # a mean nearer to the level makes it cheaper
    assert (mean.grad[[0, 16]] * x_0[[0, 16]] < 0).all()


def test_every_device_gives_the_same(device):
    x_0 = levels(17, torch.float32)
    there = discretized_nll(
        x_0.to(device), (x_0 / 2).to(device), torch.tensor(0.01, device=device), 17
    )
    assert there.device.type == device.type
    assert_close(
        there.cpu(), discretized_nll(x_0, x_0 / 2, torch.tensor(0.01), 17), rtol=1e-4, atol=1e-4
    )


X = torch.zeros(2, 3)


BAD = [
    ({"num_levels": 1}, "num_levels: expected a whole number >= 2, got 1"),
    ({"num_levels": 2.5}, "num_levels: expected a whole number >= 2, got 2.5"),
    ({"x_0": X + 200}, r"x_0: expected 17 grey levels on \[-1, 1\], got 200"),
    ({"x_0": X.long()}, "x_0: expected a floating-point tensor .* got torch.int64"),
    ({"mean": X[:, :1]}, r"mean: expected the shape of x_0, \(2, 3\), got \(2, 1\)"),
    ({"mean": X / 0}, "mean: expected finite values, got 6 NaN"),
    ({"variance": 0 * X}, "variance: expected positive variances, got 0"),
    ({"variance": X - 1}, "variance: expected positive variances, got -1"),
    ({"variance": 0.1}, "variance: expected a floating-point tensor, got a float"),
    (
        {"variance": torch.ones(2)},
        r"variance: expected a shape that broadcasts with \(2, 3\), got \(2,\)",
    ),
    (
        {"variance": torch.ones(4, 2, 3)},
        r"variance: expected a shape that broadcasts with \(2, 3\), got \(4, 2, 3\)",
    ),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_input_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        discretized_nll(**{"x_0": X, "mean": X, "variance": X + 1, "num_levels": 17} | bad)
