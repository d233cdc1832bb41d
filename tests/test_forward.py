import pytest
import torch
from bounds import assert_gaussian_moments
from torch.testing import assert_close

from ddpm_edu import (
    NoiseSchedule,
    cosine_schedule,
    linear_schedule,
    sample_q,
    snr,
    step_q,
    velocity,
)


def coefficients(function, schedule):
    """Return what a step makes of the data and of the noise, at every t: it is linear in both."""
    t = torch.arange(1, schedule.num_timesteps + 1)
    one, zero = torch.ones(len(t), dtype=torch.float64), torch.zeros(len(t), dtype=torch.float64)
    return function(one, t, schedule, noise=zero), function(zero, t, schedule, noise=one)


@pytest.mark.parametrize("make", [linear_schedule, cosine_schedule])
def test_single_steps_equal_one_jump_in_mean_and_variance(make):
    schedule = NoiseSchedule(make(1000), dtype=torch.float64)
    mean, variance, propagated = 1.0, 0.0, []
    for scale, sigma in zip(*(c.tolist() for c in coefficients(step_q, schedule)), strict=True):
        mean, variance = scale * mean, scale**2 * variance + sigma**2
        propagated.append((mean, variance))
    jump_mean, jump_sigma = coefficients(sample_q, schedule)
    jump = torch.stack([jump_mean, jump_sigma.square()], dim=1)
    assert_close(jump, torch.tensor(propagated, dtype=torch.float64), rtol=1e-12, atol=0)


def test_one_step_adds_noise_of_variance_beta(schedule):
    _, sigma = coefficients(step_q, schedule)
    assert_close(sigma.square(), schedule.betas[1:], rtol=1e-14, atol=0)


@pytest.mark.parametrize("function", [step_q, sample_q])
def test_variance_1_stays_variance_1(schedule, function):
    scale, sigma = coefficients(function, schedule)
    assert_close(
        scale.square() + sigma.square(), torch.ones(1000, dtype=torch.float64), rtol=1e-14, atol=0
    )


@pytest.mark.parametrize("function", [step_q, sample_q])
def test_data_and_noise_add(schedule, generator, function):
    x, noise = torch.randn(2, 6, 3, dtype=torch.float64, generator=generator)
    t = torch.tensor([1, 2, 10, 100, 500, 1000])
    scale, sigma = (c[t - 1, None] for c in coefficients(function, schedule))
    assert_close(function(x, t, schedule, noise), scale * x + sigma * noise, rtol=1e-14, atol=1e-15)


def test_float32_noise_at_t_1_keeps_its_scale():
    # sqrt(1 - alpha_bar_1) taken from alpha_bar in float32 would be off by 8e-5
    x_1 = sample_q(
        torch.zeros(1), torch.tensor([1]), NoiseSchedule(linear_schedule(1000)), noise=torch.ones(1)
    )
    assert abs(x_1.item() / 0.01 - 1) < 1e-6


@pytest.mark.parametrize("function", [step_q, sample_q])
def test_noise_left_out_is_standard_gaussian(schedule, function):
    # false-alarm rate 1e-6: all values are independent N(0, sigma^2), were the seed not fixed
    x, t = torch.zeros(10, 10_000, dtype=torch.float64), torch.arange(1, 1001, 100)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        noised = function(x, t, schedule)
    _, sigma = coefficients(function, schedule)
    assert_gaussian_moments(noised / sigma[t - 1, None], mean=0, std=1)


@pytest.mark.parametrize("function", [step_q, sample_q])
def test_no_two_values_share_their_noise(schedule, function):
    noised = function(torch.zeros(4, 3, 5, dtype=torch.float64), torch.full((4,), 500), schedule)
    assert noised.unique().numel() == 60


@pytest.mark.parametrize("make", [linear_schedule, cosine_schedule])
def test_the_signal_to_noise_ratio_always_falls(make):
    schedule = NoiseSchedule(make(1000))
    assert (snr(torch.arange(1, 1001), schedule).diff() < 0).all()


def test_the_signal_to_noise_ratio_is_that_of_noised_data(schedule):
    signal, noise = coefficients(sample_q, schedule)
    assert_close(
        snr(torch.arange(1, 1001), schedule), signal.square() / noise.square(), rtol=1e-13, atol=0
    )


@pytest.mark.parametrize("trailing", [(), (2,), (3, 4, 4)], ids=["numbers", "points", "images"])
def test_velocity_and_noised_data_give_back_both_data_and_noise(schedule, generator, trailing):
    # Salimans & Ho 2022, App. D: x_0 = alpha x_t - sigma v and eps = sigma x_t + alpha v
    t = torch.tensor([1, 2, 10, 500, 1000])
    x_0, eps = torch.randn(2, len(t), *trailing, dtype=torch.float64, generator=generator)
    x_t, v = sample_q(x_0, t, schedule, eps), velocity(x_0, eps, t, schedule)
    alpha, sigma = (
        c[t - 1].reshape(-1, *(1,) * len(trailing)) for c in coefficients(sample_q, schedule)
    )
    assert_close(alpha * x_t - sigma * v, x_0, rtol=1e-12, atol=1e-14)
    assert_close(sigma * x_t + alpha * v, eps, rtol=1e-12, atol=1e-14)


def test_velocity_is_how_fast_noised_data_turn(schedule):
    # with alpha = cos(angle) and sigma = sin(angle) it is the derivative of x_t by the angle
    t = torch.arange(1, 1001)
    alpha, sigma = coefficients(sample_q, schedule)
    angle = torch.atan2(sigma, alpha)
    turned = [(angle + h).cos() * 0.7 + (angle + h).sin() * -1.3 for h in (1e-5, -1e-5)]
    x_0, eps = torch.full_like(angle, 0.7), torch.full_like(angle, -1.3)
    assert_close(
        velocity(x_0, eps, t, schedule), (turned[0] - turned[1]) / 2e-5, rtol=1e-8, atol=1e-9
    )


def test_velocity_keeps_precision_device_and_inputs(schedule, generator, device):
    t = torch.tensor([1, 500, 1000])
    pair = torch.randn(2, 3, 4, generator=generator)
    x_0, eps = pair.clone().to(device)
    v = velocity(x_0, eps, t.to(device), schedule.to(device, torch.float32))
    assert v.dtype == torch.float32
    assert v.device.type == device.type
    assert_close(v.cpu().double(), velocity(*pair.double(), t, schedule), rtol=1e-5, atol=1e-6)
    assert torch.equal(torch.stack([x_0, eps]).cpu(), pair)


def test_velocity_refuses_what_does_not_fit(schedule):
    x = torch.zeros(2, 3)
    with pytest.raises(ValueError, match=r"eps: expected the shape of x_0, \(2, 3\), got \(2, 1\)"):
        velocity(x, x[:, :1], torch.tensor([1, 2]), schedule)
    with pytest.raises(ValueError, match=r"t: expected times in 1..1000 .* got 0"):
        velocity(x, x, torch.tensor([1, 0]), schedule)
