"""Straight paths, their velocity, and steps along it."""

import itertools
import math

import pytest
import torch
from small import Recorder
from torch.testing import assert_close

from ddpm_edu import (
    FlowFromNoise,
    GaussianOracle,
    ddim_step,
    ddim_timesteps,
    euler_step,
    flow_loss,
    flow_path,
    flow_time,
    heun_step,
    sample_q,
    velocity,
    velocity_from_noise,
)


S = torch.tensor([0.0, 0.25, 0.5, 1.0], dtype=torch.float64)
MEAN, STD = 0.5, 0.3


@pytest.fixture
def pair(generator):
    """Return data and noise, an image for every time of S."""
    return torch.randn(2, len(S), 1, 2, 3, dtype=torch.float64, generator=generator)


def of_gaussian(x_s, s):
    """Return the best velocity for data N(MEAN, STD^2), from means and covariances."""
    signal = 1 - s
    slope = (s - signal * STD**2) / (signal**2 * STD**2 + s**2)
    return slope * (x_s - signal * MEAN) - MEAN


def test_a_path_begins_at_the_data_ends_at_the_noise_and_is_straight(pair):
    x_0, noise = pair
    x_s = flow_path(x_0, S, noise)
    assert torch.equal(x_s[0], x_0[0])
    assert torch.equal(x_s[-1], noise[-1])
    assert_close(x_s[1:3] - x_0[1:3], S[1:3, None, None, None] * (noise - x_0)[1:3])


def test_noise_left_out_is_drawn_anew(generator):
    # in float64, where 2000 numbers are equal by chance once in 4e9 runs; in float32 often
    one, other = (flow_path(torch.zeros(2, 500).double(), torch.ones(2).double()) for _ in "12")
    assert len(torch.cat([one, other]).unique()) == 2000


def test_the_loss_is_that_of_the_velocity_noise_minus_data(pair):
    x_0, noise = pair
    seen = []

    def model(x_s, s):
        seen.append((x_s, s))
        return 0 * x_s

    assert_close(flow_loss(model, x_0, S, noise), (noise - x_0).square().mean())
    [(x_s, s)] = seen
    assert torch.equal(x_s, flow_path(x_0, S, noise))
    assert torch.equal(s, S)
    assert flow_loss(lambda x_s, s: noise - x_0, x_0, S, noise) == 0


def test_data_of_a_schedule_are_on_a_straight_path_once_they_are_rescaled(schedule, generator):
    t = torch.arange(1, 1001)
    x_0, noise = torch.randn(2, 1000, 3, dtype=torch.float64, generator=generator)
    scale = schedule.alphas_bar[t].sqrt() + schedule.one_minus_alphas_bar[t].sqrt()
    ours = flow_path(x_0, flow_time(t, schedule), noise)
    assert_close(sample_q(x_0, t, schedule, noise) / scale[:, None], ours, rtol=1e-12, atol=1e-12)


def test_the_velocity_of_true_noise_is_noise_minus_data(schedule, generator):
    t = torch.tensor([1, 2, 500, 1000])
    x_0, noise = torch.randn(2, 4, 3, dtype=torch.float64, generator=generator)
    x_t = sample_q(x_0, t, schedule, noise)
    got = velocity_from_noise(x_t, t, noise, schedule)
    assert_close(got, noise - x_0, rtol=1e-11, atol=1e-11)
    # and the v of lesson 8 is this velocity in other coordinates
    a, b = schedule.alphas_bar[t].sqrt()[:, None], schedule.one_minus_alphas_bar[t].sqrt()[:, None]
    v = velocity(x_0, noise, t, schedule)
    assert_close((a + b) * v - (a - b) * x_t, noise - x_0, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("num_steps", [1, 7, 100])
def test_eulers_steps_are_those_of_ddim(schedule, num_steps):
    oracle = GaussianOracle(MEAN, STD, schedule)
    model, times = FlowFromNoise(oracle, schedule), ddim_timesteps(1000, num_steps)
    x_t = torch.linspace(-2, 2, 5, dtype=torch.float64)
    scale = schedule.alphas_bar.sqrt() + schedule.one_minus_alphas_bar.sqrt()
    x_s = x_t / scale[1000]
    for t, t_prev in itertools.pairwise(times[:, None].expand(-1, 5)):
        x_t = ddim_step(x_t, t, t_prev, oracle(x_t, t), schedule)
        x_s = euler_step(model, x_s, flow_time(t, schedule), flow_time(t_prev, schedule))
        assert_close(x_s * scale[t_prev], x_t, rtol=1e-10, atol=1e-10)


def test_a_noise_predictor_has_the_velocity_of_its_data(schedule):
    t = torch.tensor([1, 10, 300, 999, 1000])
    s, x_s = flow_time(t, schedule), torch.linspace(-1, 2, 5, dtype=torch.float64)
    got = FlowFromNoise(GaussianOracle(MEAN, STD, schedule), schedule)(x_s, s)
    assert_close(got, of_gaussian(x_s, s), rtol=1e-10, atol=1e-10)


def integrated(step, num_steps):
    """Return what a method makes of one number, from s = 0.9 to 0.1."""
    times = torch.linspace(0.9, 0.1, num_steps + 1, dtype=torch.float64)
    x_s = torch.tensor([0.7], dtype=torch.float64)
    for s, s_prev in itertools.pairwise(times[:, None]):
        x_s = step(of_gaussian, x_s, s, s_prev)
    return x_s.item()


@pytest.mark.parametrize(("step", "order"), [(euler_step, 1), (heun_step, 2)])
def test_the_error_falls_with_the_order_of_the_method(step, order):
    # the exact path keeps the number of standard deviations from the mean
    widths = [math.hypot((1 - s) * STD, s) for s in (0.9, 0.1)]
    right = 0.9 * MEAN + (0.7 - 0.1 * MEAN) * widths[1] / widths[0]
    errors = [abs(integrated(step, n) - right) for n in (100, 200)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.05)
    assert errors[1] < 0.01


def test_heun_is_exact_where_the_velocity_changes_evenly_in_time():
    x_s, s, s_prev = torch.tensor([[1.0], [2.0]]), torch.tensor([1.0, 0.5]), torch.tensor([0.5, 0])
    got = heun_step(lambda x, s: s[:, None], x_s, s, s_prev)
    assert_close(got, x_s + (s_prev**2 - s**2)[:, None] / 2)


@pytest.mark.parametrize("step", [euler_step, heun_step])
def test_mixed_times_equal_rows_one_by_one_and_nothing_is_changed(step, pair, device):
    model, (x_s, _) = Recorder().to(device), pair.float().to(device)
    s, s_prev, kept = S.float().to(device), S.flip(0).float().to(device), x_s.clone()
    got = step(model, x_s, s, s_prev)
    rows = [step(model, x_s[i, None], s[i, None], s_prev[i, None]) for i in range(len(s))]
    assert_close(got, torch.cat(rows))
    assert got.dtype == torch.float32
    assert torch.equal(x_s, kept)


GOOD = {"x_0": torch.zeros(2, 3), "s": torch.tensor([0.5, 1.0]), "noise": torch.zeros(2, 3)}
BAD = [
    ({"s": torch.tensor([0.5, 1.5])}, r"s: expected times in \[0, 1\] .* got 1\.5"),
    ({"s": torch.tensor([math.nan, 1.0])}, r"s: expected times in \[0, 1\] .* got nan"),
    ({"s": torch.tensor([1, 0])}, r"s: expected a floating-point tensor .* got torch.int64"),
    ({"s": 0.5}, r"s: expected a floating-point tensor of shape \(2,\), .* got float 0\.5"),
    ({"s": torch.zeros(2, 1)}, r"s: expected .* shape \(2,\), .* got shape \(2, 1\)"),
    ({"noise": torch.zeros(2, 1)}, r"noise: expected the shape of x_0, \(2, 3\), got \(2, 1\)"),
    ({"x_0": torch.zeros(2, 3).long()}, "x_0: expected a floating-point tensor"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_input_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        flow_path(**GOOD | bad)


def test_a_model_whose_answer_has_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"model: expected predicted velocity .* got \(2,\)"):
        euler_step(lambda x_s, s: s, torch.zeros(2, 3), torch.ones(2), torch.zeros(2))
