"""Nats of an image as bits of one of its values."""

import math

import pytest
import torch
from torch.testing import assert_close

from ddpm_edu import bits_per_dim, discretized_nll


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_bits_per_dim_by_hand(dtype):
    nats = torch.tensor([0.0, 12 * math.log(2), 36 * math.log(2)], dtype=dtype)
    bits = bits_per_dim(nats, (3, 1, 3, 4))  # 12 values: 0, 1 and 3 bits each
    assert bits.dtype == dtype
    assert_close(
        bits,
        torch.tensor([0.0, 1.0, 3.0], dtype=dtype),
        rtol=1e-15 if dtype == torch.float64 else 1e-7,
        atol=0,
    )
    assert bits_per_dim(nats, torch.Size([3]))[1].item() == pytest.approx(12)  # numbers, not images


def test_levels_drawn_evenly_cost_their_bits():
    # a Gaussian so wide that the two open ends share everything: one bit
    x_0 = torch.tensor([[-1.0, 1.0]], dtype=torch.float64)
    nats = discretized_nll(x_0, 0 * x_0, torch.tensor(1e20, dtype=torch.float64), 256)
    assert bits_per_dim(nats.sum(1), x_0.shape).item() == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize(
    ("nats", "message"),
    [
        (
            torch.zeros(2),
            r"nats: expected one number for each image of shape \(3, 4\), got shape \(2,\)",
        ),
        (
            torch.zeros(3, 4),
            r"nats: expected one number for each image of shape \(3, 4\), got shape \(3, 4\)",
        ),
        (torch.tensor([1.0, math.nan, 0.0]), "nats: expected finite values, got 1 NaN"),
        (1.0, "nats: expected a floating-point tensor, got a float"),
    ],
)
def test_bad_nats_are_refused(nats, message):
    with pytest.raises(ValueError, match=message):
        bits_per_dim(nats, (3, 4))
