"""Numbers of the linear and the cosine schedule, to the digits in which they are printed."""

from decimal import Decimal

import pytest
import torch

from ddpm_edu import (
    NoiseSchedule,
    cosine_schedule,
    linear_schedule,
    posterior_mean,
    snr,
    vlb_weight,
)


# The linear schedule of 1000 steps, to the digits printed. A number without a decimal point is
# exact. t, beta, posterior variance, alpha_bar, sqrt(1 - alpha_bar), beta / sqrt(1 - alpha_bar),
# SNR, weight of Eq. 12 with sigma^2 = beta, coefficients of x_0 and of x_t in Eq. 7
FACTS = [
    "1 1.0000e-4 0 0.9999 0.0100000 0.0100000 9999.0 0.500050 1 0",
    "2 1.19920e-4 5.45319e-5 0.99978009 0.0148293 8.08669e-3 4546.358 0.272692 0.5452915 0.4547085",
    "10 2.79279e-4 2.38182e-4 0.99810520 0.0435292 6.41590e-3 "
    "526.7615 0.0737170 0.1472737 0.8527262",
    "100 2.07207e-3 2.03460e-3 0.89701815 0.3209079 6.45691e-3 "
    "8.710448 0.0100813 0.0190763 0.9808960",
    "500 0.01004004 0.01003136 0.07858724 0.9599025 0.01045944 "
    "0.08528994 5.50343e-3 3.07007e-3 0.9941067",
    "1000 0.02 0.019999984 4.0358298e-5 0.9999798 0.02000040 "
    "4.03599e-5 0.01020449 1.28351e-4 0.9899487",
]


def assert_digits(value, printed):
    """Check a value to a unit of the last digit printed; whole numbers but for rounding."""
    exponent = Decimal(printed).as_tuple().exponent
    unit = 10.0**exponent if exponent else 1e-13
    assert abs(value - float(printed)) <= unit, f"got {value}, expected {printed}"


@pytest.mark.parametrize("row", FACTS, ids=lambda row: f"t={row.split()[0]}")
def test_the_paper_s_schedule_has_these_values(schedule, row):
    t, *printed = row.split()
    t = torch.tensor([int(t)])
    one, zero = torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    noise = schedule.one_minus_alphas_bar[t].sqrt()
    values = [
        schedule.betas[t],
        schedule.posterior_variance[t],
        schedule.alphas_bar[t],
        noise,
        schedule.betas[t] / noise,
        snr(t, schedule),
        vlb_weight(t, schedule),
        posterior_mean(one, zero, t, schedule),
        posterior_mean(zero, one, t, schedule),
    ]
    for value, digits in zip(values, printed, strict=True):
        assert_digits(value.item(), digits)


def test_the_first_cosine_beta():
    assert_digits(cosine_schedule(1000)[1].item(), "4.128422e-5")


def test_only_the_last_cosine_beta_is_capped():
    assert (cosine_schedule(1000) >= 0.999).nonzero().flatten().tolist() == [1000]
    assert cosine_schedule(1000)[1000].item() == 0.999


def test_cosine_alphas_bar_fall_like_a_squared_cosine():
    alphas_bar = NoiseSchedule(cosine_schedule(1000), dtype=torch.float64).alphas_bar
    for t, printed in [
        (250, "0.847012161"),
        (500, "0.493843590"),
        (750, "0.144272102"),
        (1000, "2.42877e-9"),
    ]:
        assert_digits(alphas_bar[t].item(), printed)


@pytest.mark.parametrize(("t", "printed"), [(2, "0.455"), (10, "0.853"), (100, "0.982")])
def test_the_two_variances_differ_only_at_small_t(schedule, t, printed):
    assert_digits((schedule.posterior_variance[t] / schedule.betas[t]).item(), printed)


@pytest.mark.parametrize(
    ("num_timesteps", "printed"), [(1000, "0.006"), (300, "0.219"), (100, "0.603")]
)
def test_fewer_steps_with_the_same_betas_do_not_reach_noise(num_timesteps, printed):
    schedule = NoiseSchedule(linear_schedule(num_timesteps), dtype=torch.float64)
    assert_digits(schedule.alphas_bar[-1].sqrt().item(), printed)


def test_scaled_betas_reach_noise_in_21_steps_and_cannot_in_20():
    assert NoiseSchedule(linear_schedule(21, 0.1 / 21, 20 / 21)).alphas_bar[-1].sqrt() < 0.01
    with pytest.raises(ValueError, match="got 1 at t = 20"):
        NoiseSchedule(linear_schedule(20, 0.1 / 20, 20 / 20))
