import pytest
import torch
from torch.testing import assert_close

from ddpm_edu import posterior_mean, posterior_variance, product_of_gaussians


def log_density(x, mean, variance):
    """Return the logarithm of a Gaussian density, but for its constant."""
    return -((x - mean) ** 2) / (2 * variance)


def moments(x, logs):
    """Return mean and variance of a log-density on an even grid, where Gaussian sums are exact."""
    weights = logs.softmax(0)
    mean = (weights * x).sum()
    return mean, (weights * (x - mean) ** 2).sum()


def grid(center, std):
    return center + std * torch.linspace(-12, 12, 4001, dtype=torch.float64)


def test_product_of_gaussians_is_that_of_their_densities():
    mean, variance = product_of_gaussians(*torch.tensor([0.3, 0.5, -0.7, 2.0], dtype=torch.float64))
    x = grid(mean, variance.sqrt())
    assert_close(
        moments(x, log_density(x, 0.3, 0.5) + log_density(x, -0.7, 2.0)),
        (mean, variance),
        rtol=1e-12,
        atol=0,
    )


def test_product_of_gaussians_broadcasts():
    mean, variance = product_of_gaussians(
        torch.zeros(3, 1), torch.ones(1), torch.ones(4), torch.ones(3, 4)
    )
    assert_close(mean, torch.full((3, 4), 0.5))
    assert variance.shape == (3, 4)


def test_posterior_is_the_product_of_likelihood_and_prior(schedule, generator):
    t = torch.arange(2, 1001)  # at t = 1 the prior is a point
    x_0, x_t = torch.randn(2, len(t), dtype=torch.float64, generator=generator)
    alpha, alpha_bar_prev = schedule.alphas[t], schedule.alphas_bar[t - 1]
    likelihood = x_t / alpha.sqrt(), schedule.betas[t] / alpha  # Eq. 2, as a function of x_{t-1}
    prior = alpha_bar_prev.sqrt() * x_0, schedule.one_minus_alphas_bar[t - 1]  # Eq. 4
    mean, variance = product_of_gaussians(*likelihood, *prior)
    assert_close(posterior_mean(x_0, x_t, t, schedule), mean, rtol=1e-12, atol=1e-14)
    assert_close(posterior_variance(schedule)[t], variance, rtol=1e-12, atol=0)


@pytest.mark.parametrize("t", [2, 10, 500, 1000])
def test_posterior_is_bayes_rule_on_a_grid(schedule, t):
    x_0, x_t = torch.tensor([0.8], dtype=torch.float64), torch.tensor([-0.4], dtype=torch.float64)
    mean = posterior_mean(x_0, x_t, torch.tensor([t]), schedule)
    variance = posterior_variance(schedule)[t]
    x_prev = grid(mean, variance.sqrt())
    likelihood = log_density(x_t, schedule.alphas[t].sqrt() * x_prev, schedule.betas[t])
    prior = log_density(
        x_prev, schedule.alphas_bar[t - 1].sqrt() * x_0, 1 - schedule.alphas_bar[t - 1]
    )
    assert_close(moments(x_prev, likelihood + prior), (mean[0], variance), rtol=1e-9, atol=0)


def test_noising_and_stepping_back_leaves_the_law_of_the_step_before(schedule):
    # x_{t-1} drawn from the posterior, averaged over x_t ~ q(x_t | x_0), must follow q(x_{t-1} |
    # x_0)
    t = torch.arange(1, 1001)
    one, zero = torch.ones(1000, dtype=torch.float64), torch.zeros(1000, dtype=torch.float64)
    of_x_0, of_x_t = posterior_mean(one, zero, t, schedule), posterior_mean(zero, one, t, schedule)
    mean = of_x_0 + of_x_t * schedule.alphas_bar[t].sqrt()
    variance = of_x_t**2 * schedule.one_minus_alphas_bar[t] + posterior_variance(schedule)[t]
    assert_close(mean, schedule.alphas_bar[t - 1].sqrt(), rtol=1e-12, atol=0)
    assert_close(variance, schedule.one_minus_alphas_bar[t - 1], rtol=1e-12, atol=0)


def test_the_last_step_back_gives_x_0(schedule, generator):
    x_0, x_t = torch.randn(2, 5, 2, dtype=torch.float64, generator=generator)
    assert_close(
        posterior_mean(x_0, x_t, torch.ones(5, dtype=torch.long), schedule), x_0, rtol=1e-15, atol=0
    )


def test_posterior_variance_cannot_be_used_to_change_the_schedule(schedule):
    posterior_variance(schedule).fill_(7)
    assert schedule.posterior_variance[1] == 0


def test_posterior_variance_has_an_entry_for_every_time(schedule):
    assert torch.equal(posterior_variance(schedule), schedule.posterior_variance)
