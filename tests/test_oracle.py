import pytest
import torch
from bounds import assert_gaussian_moments
from torch.testing import assert_close

from ddpm_edu import (
    GaussianOracle,
    MixtureOracle,
    NoiseSchedule,
    cosine_schedule,
    linear_schedule,
    sample_p,
    sampling,
)


TIMES = torch.tensor([1, 2, 10, 100, 500, 1000])


def expected_noise(x_t, t, schedule, log_density, grid):
    """Return E[eps | x_t] by quadrature over x_0 (Bayes' rule with Eq. 4), without the oracle."""
    signal, noise = schedule.alphas_bar[t].sqrt(), (1 - schedule.alphas_bar[t]).sqrt()
    eps = (x_t[:, None] - signal * grid) / noise  # (B, grid)
    return ((log_density(grid) - eps**2 / 2).softmax(1) * eps).sum(1)


# 100 points in the narrowest Gaussian met, sqrt(beta_1)
GRID = torch.linspace(-2, 2, 40_001, dtype=torch.float64)


@pytest.mark.parametrize("t", TIMES.tolist())
def test_gaussian_oracle_is_the_mean_of_the_noise_given_x_t(schedule, t):
    x_t = torch.linspace(-0.5, 1, 7, dtype=torch.float64)
    expected = expected_noise(
        x_t, t, schedule, lambda x_0: -((x_0 - 0.5) ** 2) / (2 * 0.1**2), GRID
    )
    assert_close(
        GaussianOracle(0.5, 0.1, schedule)(x_t, torch.full((7,), t)),
        expected,
        rtol=1e-9,
        atol=1e-11,
    )


@pytest.mark.parametrize("t", TIMES.tolist())
def test_mixture_oracle_is_the_mean_of_the_noise_given_x_t(schedule, t):
    x_t = torch.linspace(-1, 1, 7, dtype=torch.float64)
    means, std, weights = torch.tensor([[-0.5], [0.7]]), 0.1, torch.tensor([0.3, 0.7])

    def log_density(x_0):
        return (
            weights.double().log() - (x_0[:, None] - means.double().T) ** 2 / (2 * std**2)
        ).logsumexp(1)

    eps = MixtureOracle(means.double(), std, weights.double(), schedule)(
        x_t[:, None], torch.full((7,), t)
    )
    assert_close(
        eps[:, 0], expected_noise(x_t, t, schedule, log_density, GRID), rtol=1e-9, atol=1e-11
    )


def test_a_mixture_of_one_is_a_gaussian(schedule, generator):
    x_t = torch.randn(len(TIMES), 2, dtype=torch.float64, generator=generator)
    mixture = MixtureOracle(
        torch.full((1, 2), 0.5, dtype=torch.float64), 0.3, torch.ones(1), schedule
    )
    assert_close(
        mixture(x_t, TIMES), GaussianOracle(0.5, 0.3, schedule)(x_t, TIMES), rtol=1e-13, atol=1e-15
    )


def test_a_mixture_far_from_all_but_one_is_that_one(schedule, generator):
    x_t = torch.randn(1, 2, dtype=torch.float64, generator=generator) / 100
    means = torch.tensor([[0.0, 0.0], [9.0, 0.0], [0.0, -9.0]], dtype=torch.float64)
    mixture = MixtureOracle(means, 0.3, torch.full((3,), 1 / 3), schedule)
    t = torch.tensor([10])
    assert_close(mixture(x_t, t), GaussianOracle(0.0, 0.3, schedule)(x_t, t), rtol=1e-12, atol=0)


def test_a_component_of_weight_zero_is_not_there(schedule, generator):
    x_t = torch.randn(len(TIMES), 2, dtype=torch.float64, generator=generator)
    means = torch.tensor([[0.1, 0.2], [0.0, 0.0]], dtype=torch.float64)
    two = MixtureOracle(means, 0.3, torch.tensor([1.0, 0.0]), schedule)
    assert_close(
        two(x_t, TIMES), MixtureOracle(means[:1], 0.3, torch.ones(1), schedule)(x_t, TIMES)
    )


@pytest.mark.parametrize(
    ("variance", "printed"), [("posterior_variance", 0.296253), ("betas", 0.300922)]
)
def test_moments_of_the_paper_s_chain(schedule, variance, printed):
    mean, std = GaussianOracle(0.5, 0.3, schedule).chain_moments(getattr(schedule, variance))
    assert mean == pytest.approx(0.499998, abs=1e-6)
    assert std == pytest.approx(printed, abs=1e-6)


def test_a_point_is_sampled_exactly(schedule):
    mean, std = GaussianOracle(0.5, 0.0, schedule).chain_moments(schedule.posterior_variance)
    assert mean == pytest.approx(0.5, rel=1e-13)
    assert std < 1e-13


def test_chain_moments_do_not_depend_on_the_precision_of_the_schedule(schedule):
    single = GaussianOracle(0.5, 0.3, schedule.to(dtype=torch.float32)).chain_moments(
        schedule.posterior_variance
    )
    assert single == GaussianOracle(0.5, 0.3, schedule).chain_moments(schedule.posterior_variance)


@pytest.mark.parametrize(
    "betas", [linear_schedule(60, 1e-3, 0.25), cosine_schedule(60)], ids=["linear", "cosine"]
)
def test_samples_have_the_moments_of_the_chain(betas, generator):
    # false-alarm rate 1e-6: all samples are independent Gaussians with exactly these moments
    schedule = NoiseSchedule(betas, dtype=torch.float64)
    oracle = GaussianOracle(0.5, 0.3, schedule)
    [x_0] = sampling(
        oracle, (100_000,), schedule, clipping=False, generator=generator, progress=False
    )
    assert_gaussian_moments(x_0, *oracle.chain_moments(schedule.posterior_variance))


def test_samples_of_the_paper_s_thousand_steps_have_the_moments_of_the_chain(schedule, generator):
    # false-alarm rate 1e-6; enough to see a variance off by a sixth
    oracle = GaussianOracle(0.5, 0.3, schedule)
    [x_0] = sampling(oracle, (5000,), schedule, clipping=False, generator=generator, progress=False)
    assert_gaussian_moments(x_0, *oracle.chain_moments(schedule.posterior_variance))


def test_a_point_is_sampled_exactly_by_the_real_chain(schedule, generator):
    [x_0] = sampling(
        GaussianOracle(0.5, 0.0, schedule), (9,), schedule, generator=generator, progress=False
    )
    assert_close(x_0, torch.full((9,), 0.5, dtype=torch.float64), rtol=1e-12, atol=0)


def test_the_moments_are_those_of_single_steps(schedule):
    # the mean of the chain is the chain of the means: no noise, started from the mean of pure noise
    oracle, x_t = GaussianOracle(0.5, 0.3, schedule), torch.zeros(1, dtype=torch.float64)
    for t in range(1000, 0, -1):
        x_t = sample_p(
            oracle, x_t, torch.tensor([t]), schedule, clipping=False, noise=torch.zeros_like(x_t)
        )
    assert x_t.item() == pytest.approx(oracle.chain_moments(schedule.betas)[0], rel=1e-12)


def test_oracles_answer_in_the_precision_of_the_images(schedule):
    points, t = torch.zeros(2, 2), torch.tensor([1, 1000])
    mixture = MixtureOracle(torch.eye(2), 0.1, torch.tensor([0.5, 0.5]), schedule)
    assert (
        mixture(points, t).dtype
        == GaussianOracle(0.5, 0.3, schedule)(points, t).dtype
        == torch.float32
    )
