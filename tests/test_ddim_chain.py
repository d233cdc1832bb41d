"""A chain of DDIM steps: the times it visits, and the distribution it ends in."""

import math
from itertools import pairwise

import pytest
import torch

from ddpm_edu import GaussianOracle, ddim_step, ddim_timesteps


@pytest.mark.parametrize("num_timesteps", [1, 2, 7, 50, 1000])
def test_times_fall_evenly_from_t_to_0(num_timesteps):
    for num_steps in range(1, num_timesteps + 1):
        times = ddim_timesteps(num_timesteps, num_steps)
        assert times.dtype == torch.long
        assert times.shape == (num_steps + 1,)
        assert (times[0], times[-1]) == (num_timesteps, 0)
        assert times.diff().max() < 0
        # in whole numbers, which are exact
        off_by = num_steps * times - num_timesteps * torch.arange(num_steps, -1, -1)
        assert 2 * off_by.abs().max() <= num_steps


@pytest.mark.parametrize("num_steps", [0, -1, 11, 2.0, None])
def test_more_steps_than_there_are_or_none_are_refused(num_steps):
    with pytest.raises(
        ValueError, match=rf"num_steps: expected a whole number in 1\.\.10, got {num_steps}"
    ):
        ddim_timesteps(10, num_steps)


def distribution(schedule, times, mean, std, eta):
    """Propagate N(0, 1) in plain numbers, with E[x_0 | x_t] by the rule of two Gaussians."""
    alphas_bar = [1.0]
    for beta in schedule.betas[1:].tolist():
        alphas_bar.append(alphas_bar[-1] * (1 - beta))
    m, v = 0.0, 1.0
    for t, t_prev in pairwise(times):
        a, b = alphas_bar[t], alphas_bar[t_prev]
        # E[x_0 | x_t] = mean + gain (x_t - sqrt(a) mean)
        gain = math.sqrt(a) * std**2 / (a * std**2 + 1 - a)
        variance = eta**2 * (1 - b) / (1 - a) * (1 - a / b)
        # the direction is to_eps (x_t - sqrt(a) x_0)
        to_eps = math.sqrt((1 - b - variance) / (1 - a))
        slope = math.sqrt(b) * gain + to_eps * (1 - math.sqrt(a) * gain)
        at_center = math.sqrt(b) * mean  # where x_t = sqrt(a) mean goes
        m, v = at_center + slope * (m - math.sqrt(a) * mean), slope**2 * v + variance
    return m, math.sqrt(v)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("num_steps", [1, 4, 10])
def test_a_whole_chain_with_the_exact_predictor_has_the_law_of_its_affine_steps(
    schedule, eta, num_steps
):
    # a chain is affine in x_T and in each z, so chains that differ in one of these tell its
    # coefficient
    oracle, times = GaussianOracle(0.5, 0.3, schedule), ddim_timesteps(1000, num_steps)
    # x_T, z of every step
    inputs = torch.cat([torch.zeros(1, num_steps + 1), torch.eye(num_steps + 1)]).double()
    x = inputs[:, 0]
    for step, (t, t_prev) in enumerate(pairwise(times), 1):
        t, t_prev = t.expand(len(x)), t_prev.expand(len(x))
        x = ddim_step(x, t, t_prev, oracle(x, t), schedule, eta, noise=inputs[:, step])
    mean, std = x[0].item(), (x[1:] - x[0]).norm().item()
    assert (mean, std) == pytest.approx(
        distribution(schedule, times.tolist(), 0.5, 0.3, eta), rel=1e-9
    )


def test_chains_of_many_steps_make_the_data(schedule):
    # so `distribution` is right: small steps follow the flow from noise to data, and at eta = 1
    # they are Algorithm 2
    assert distribution(schedule, range(1000, -1, -1), 0.5, 0.3, 0.0) == pytest.approx(
        (0.5, 0.3), rel=0.02
    )
    assert distribution(schedule, range(1000, -1, -1), 0.5, 0.3, 1.0) == pytest.approx(
        (0.499998, 0.296253), rel=2e-6
    )
