"""One step back: its mean, its noise, and clipping."""

import pytest
import torch
from bounds import assert_gaussian_moments
from small import Recorder
from torch.testing import assert_close

from ddpm_edu import mean_from_noise, posterior_mean, sample_p, sample_p_unclipped


def constant(value):
    return lambda x_t, t: torch.full_like(x_t, value)


TIMES = torch.tensor([1, 2, 7, 1, 20])


@pytest.fixture
def x_t(generator):
    return torch.randn(len(TIMES), 2, 3, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("clipping", [True, False])
def test_noise_enters_with_the_posterior_deviation(short, x_t, clipping):
    # all zeros give the mean; all ones give the mean and one sigma
    without = sample_p(Recorder(), x_t, TIMES, short, clipping, noise=torch.zeros_like(x_t))
    one_sigma = sample_p(Recorder(), x_t, TIMES, short, clipping, noise=torch.ones_like(x_t))
    sigma = short.posterior_variance[TIMES].sqrt()[:, None, None].expand_as(x_t)
    assert_close(one_sigma - without, sigma, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("clipping", [True, False])
def test_rows_at_t_1_get_no_noise_whatever_the_others_get(short, x_t, clipping):
    without = sample_p(Recorder(), x_t, TIMES, short, clipping, noise=torch.zeros_like(x_t))
    with_noise = sample_p(Recorder(), x_t, TIMES, short, clipping, noise=torch.full_like(x_t, 1e6))
    same = (without == with_noise).flatten(1)
    assert same.all(1).tolist() == (TIMES == 1).tolist()
    assert not same[TIMES != 1].any()


def test_noise_left_out_of_a_step_is_standard_gaussian(short):
    # false-alarm rate 1e-6: all values are independent N(0, 1) once the standard deviation is
    # divided out
    zeros, t = torch.zeros(10, 5000, dtype=torch.float64), torch.arange(2, 12)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        noised = sample_p(constant(0.0), zeros, t, short)
    assert_gaussian_moments(noised / short.posterior_variance[t].sqrt()[:, None], mean=0, std=1)


def test_without_clipping_a_step_is_that_of_the_paper(short, x_t):
    step = sample_p(Recorder(), x_t, TIMES, short, clipping=False, noise=x_t)
    assert torch.equal(step, sample_p_unclipped(Recorder(), x_t, TIMES, short, noise=x_t))


def test_the_unclipped_mean_is_eq_11(short, x_t):
    step = sample_p_unclipped(Recorder(), x_t, TIMES, short, noise=torch.zeros_like(x_t))
    assert_close(
        step, mean_from_noise(x_t, TIMES, Recorder()(x_t, TIMES), short), rtol=1e-13, atol=0
    )


@pytest.mark.parametrize(("eps", "edge"), [(-1e4, 1.0), (1e4, -1.0)])
def test_clipping_holds_the_estimate_of_x_0_at_the_edge(short, x_t, eps, edge):
    step = sample_p(constant(eps), x_t, TIMES, short, noise=torch.zeros_like(x_t))
    assert_close(
        step, posterior_mean(torch.full_like(x_t, edge), x_t, TIMES, short), rtol=1e-13, atol=0
    )


def test_clipping_changes_nothing_when_the_estimate_is_an_image(short, x_t):
    x_t = x_t / 1000  # so small that x_0 is estimated inside [-1, 1] even at t = T
    clipped, unclipped = (
        sample_p(lambda x, t: x / 2, x_t, TIMES, short, c, noise=x_t) for c in (True, False)
    )
    assert_close(clipped, unclipped, rtol=1e-12, atol=0)


def test_a_step_calls_the_model_once_without_gradients(short, x_t):
    model = Recorder()
    step = sample_p(model, x_t, TIMES, short)
    [(seen, t, gradients)] = model.calls
    assert torch.equal(seen, x_t)
    assert torch.equal(t, TIMES)
    assert not gradients
    assert not step.requires_grad
