"""Guidance without a classifier: how two predictions become one."""

import math

import pytest
import torch
from torch.testing import assert_close

from ddpm_edu import guided_noise


@pytest.fixture
def three(generator):
    """Return predictions of noise for a batch of small images: two to combine, and one more."""
    return torch.randn(3, 6, 1, 2, 2, dtype=torch.float64, generator=generator)


def test_guidance_goes_on_along_the_line_from_unconditional_to_conditional(three):
    eps_cond, eps_uncond, _ = three
    assert torch.equal(guided_noise(eps_cond, eps_uncond, 0), eps_cond)
    assert torch.equal(guided_noise(eps_cond, eps_uncond, -1), eps_uncond)
    beyond = guided_noise(eps_cond, eps_uncond, 2.5) - eps_cond
    assert_close(beyond, 2.5 * (eps_cond - eps_uncond), rtol=1e-12, atol=1e-14)


def test_bad_guidance_is_refused():
    eps = torch.zeros(2, 3)
    with pytest.raises(
        ValueError, match=r"eps_uncond: expected the shape of eps_cond, \(2, 3\), got \(2, 1\)"
    ):
        guided_noise(eps, eps[:, :1], 1.0)
    with pytest.raises(ValueError, match="guidance: expected a finite number, got nan"):
        guided_noise(eps, eps, math.nan)
