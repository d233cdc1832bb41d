"""The variational bound, term by term: against exact formulas for Gaussian data and the entropy."""

import pytest
import torch
from bounds import normal_bound
from torch.testing import assert_close

from ddpm_edu import (
    GaussianOracle,
    MixtureOracle,
    NoiseSchedule,
    bound_term,
    discretized_nll,
    kl_gaussians,
    linear_schedule,
    mean_from_noise,
    prior_term,
    sample_q,
    variational_bound,
)


X = torch.zeros(2, 3)


def levels(num_levels):
    return 2 * torch.arange(num_levels, dtype=torch.float64) / (num_levels - 1) - 1


@pytest.mark.parametrize("t", [2, 10, 100, 500, 1000])
@pytest.mark.parametrize("table", ["posterior_variance", "betas"])
def test_terms_of_gaussian_data_under_the_best_model_are_the_exact_formula(
    t, table, schedule, generator
):
    # of the noise the oracle leaves the variance ab s^2 / (ab s^2 + 1 - ab), and Eq. 12 weighs it;
    # false alarm 1e-6
    n, m, s = 20_000, 0.1, 0.2
    x_0, noise = torch.randn(2, n, 3, dtype=torch.float64, generator=generator)
    oracle, variances = GaussianOracle(m, s, schedule), getattr(schedule, table)
    nats = bound_term(oracle, m + s * x_0, torch.full((n,), t), schedule, 17, noise, variances)
    beta, alpha, signal = schedule.betas[t], schedule.alphas[t], schedule.alphas_bar[t]
    left = signal * s**2 / (signal * s**2 + 1 - signal)
    ratio = schedule.posterior_variance[t] / variances[t]
    squared = beta**2 / (alpha * (1 - signal) * variances[t]) * left
    expected = 3 * (squared + ratio - 1 - ratio.log()) / 2
    assert abs(nats.mean() - expected) < normal_bound(1e-6 / 10) * nats.std() / n**0.5


def test_the_posterior_variance_is_what_is_taken_when_none_is_given(schedule, generator):
    x_0, noise = torch.randn(2, 4, 3, dtype=torch.float64, generator=generator).clamp(-1, 1)
    t, oracle = torch.tensor([2, 3, 10, 1000]), GaussianOracle(0.1, 0.2, schedule)
    given = [
        bound_term(oracle, x_0, t, schedule, 17, noise, v)
        for v in (None, schedule.posterior_variance)
    ]
    assert torch.equal(*given)
    assert (
        bound_term(oracle, x_0, t, schedule, 17, noise, schedule.betas)[:3] - given[0][:3]
    ).abs().min() > 1e-6


@pytest.mark.parametrize("table", ["posterior_variance", "betas"])
def test_the_last_step_costs_what_the_decoder_of_eq_13_says(table, schedule, generator):
    x_0 = levels(17)[torch.randint(17, (5, 1, 4, 4), generator=generator)]
    noise, t = (
        torch.randn(x_0.shape, dtype=torch.float64, generator=generator),
        torch.ones(5, dtype=torch.long),
    )
    mean = mean_from_noise(sample_q(x_0, t, schedule, noise), t, 10 * noise, schedule)
    expected = discretized_nll(x_0, mean, schedule.betas[1], 17).flatten(1).sum(1)
    assert expected.min() > 1e-3  # a model that is wrong, so that it costs something
    nats = bound_term(
        lambda x_t, t: 10 * noise, x_0, t, schedule, 17, noise, getattr(schedule, table)
    )
    assert_close(nats, expected, rtol=1e-12, atol=0)


def test_rows_of_mixed_times_are_those_of_each_time(schedule, generator):
    x_0 = levels(17)[torch.randint(17, (4, 2, 3), generator=generator)]
    noise, t = (
        torch.randn(x_0.shape, dtype=torch.float64, generator=generator),
        torch.tensor([1, 700, 2, 1]),
    )
    model = GaussianOracle(0.0, 0.5, schedule)
    rows = [
        bound_term(model, x_0[i, None], t[i, None], schedule, 17, noise[i, None]) for i in range(4)
    ]
    assert_close(
        bound_term(model, x_0, t, schedule, 17, noise), torch.cat(rows), rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("num_timesteps", [10, 1000])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_left_at_the_end_is_the_divergence_from_a_standard_gaussian(
    num_timesteps, dtype, generator
):
    exact = NoiseSchedule(linear_schedule(num_timesteps), dtype=torch.float64)
    x_0 = torch.rand(3, 1, 4, 4, dtype=torch.float64, generator=generator) * 2 - 1
    distribution = exact.alphas_bar[-1].sqrt() * x_0, exact.one_minus_alphas_bar[-1].expand_as(x_0)
    expected = (
        kl_gaussians(*distribution, torch.zeros_like(x_0), torch.ones_like(x_0)).flatten(1).sum(1)
    )
    seen = prior_term(x_0.to(dtype), exact.to(dtype=dtype))
    assert seen.dtype == dtype
    assert_close(seen.double(), expected, rtol=1e-5 if dtype == torch.float32 else 1e-10, atol=0)


def test_column_j_is_term_j(generator):
    schedule = NoiseSchedule(linear_schedule(20), dtype=torch.float64)
    x_0 = levels(17)[torch.randint(17, (6, 1, 2, 2), generator=generator)]
    calls, oracle = [], GaussianOracle(0.0, 0.6, schedule)
    kept, before = x_0.clone(), generator.get_state()

    def model(x_t, t):
        calls.append(t.tolist())
        return oracle(x_t, t)

    table = variational_bound(model, x_0, schedule, 17, generator=generator)
    assert table.shape == (6, 21)
    assert sorted(calls) == [[t] * 6 for t in range(1, 21)]  # one call a time
    assert_close(table[:, 20], prior_term(x_0, schedule))
    assert torch.equal(x_0, kept)
    generator.set_state(before)
    noises = [torch.randn(x_0.shape, dtype=torch.float64, generator=generator) for _ in calls]
    for t, noise in zip(calls, noises, strict=True):
        expected = bound_term(oracle, x_0, torch.tensor(t), schedule, 17, noise)
        assert_close(table[:, t[0] - 1], expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("table", ["posterior_variance", "betas"])
def test_no_bound_is_below_the_entropy_and_the_best_model_comes_near(table, generator):
    # five levels, not equally probable, all seen in their shares; what is left is the noise of the
    # estimate, 1e-6
    schedule = NoiseSchedule(linear_schedule(100, 1e-3, 0.2), dtype=torch.float64)
    shares, repeats = torch.tensor([0.1, 0.2, 0.4, 0.2, 0.1], dtype=torch.float64), 40
    entropy = -(shares * shares.log()).sum().item()
    x_0 = levels(5).repeat_interleave((10 * shares).round().long()).repeat(repeats)[:, None]
    models = {
        "best": MixtureOracle(levels(5)[:, None], 0.0, shares, schedule),
        # their mean and standard deviation, and not their distribution
        "gaussian": GaussianOracle(0.0, 0.55, schedule),
        "none": lambda x_t, t: torch.zeros_like(x_t),
    }
    found = {}
    for name, model in models.items():
        nats = variational_bound(model, x_0, schedule, 5, getattr(schedule, table), generator).sum(
            1
        )
        error = nats.reshape(repeats, 10).mean(1).std().item() / repeats**0.5
        found[name] = nats.mean().item()
        assert found[name] > entropy - normal_bound(1e-6 / 3) * error
    ratio = schedule.posterior_variance[2:] / getattr(schedule, table)[2:]
    # for points the posterior variance is the true one
    too_wide = ((ratio - 1 - ratio.log()) / 2).sum().item()
    assert found["best"] < 1.02 * entropy + too_wide + 5 * error
    assert found["best"] < found["gaussian"] < found["none"]


def test_one_step_is_the_decoder_alone():
    schedule = NoiseSchedule(torch.tensor([0.0, 0.5], dtype=torch.float64))
    table = variational_bound(
        lambda x_t, t: x_t,
        torch.zeros(2, 3, dtype=torch.float64),
        schedule.to(dtype=torch.float64),
        3,
    )
    assert table.shape == (2, 2)
    assert (table > 0).all()


def test_a_term_can_be_trained_and_the_bound_cannot(schedule, generator):
    x_0 = levels(17)[torch.randint(17, (2, 3), generator=generator)]
    scale = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    bound_term(lambda x_t, t: scale * x_t, x_0, torch.tensor([1, 9]), schedule, 17).sum().backward()
    assert scale.grad.isfinite()
    short = NoiseSchedule(linear_schedule(3), dtype=torch.float64)
    assert not variational_bound(lambda x_t, t: scale * x_t, x_0, short, 17).requires_grad


BAD_BOUND = [
    ({"x_0": X.long()}, "x_0: expected a floating-point tensor"),
    ({"t": torch.tensor([0, 1])}, r"t: expected times in 1\.\.10"),
    ({"num_levels": 1}, "num_levels: expected a whole number >= 2"),
    (
        {"model": lambda x_t, t: x_t[:1]},
        r"model: expected predicted noise of the shape of x_t, \(2, 3\), got \(1, 3\)",
    ),
    ({"noise": X[:, :1]}, r"noise: expected the shape of x_0, \(2, 3\), got \(2, 1\)"),
    ({"schedule": 10}, "schedule: expected a NoiseSchedule, got a int"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_BOUND)
def test_bad_terms_are_refused(bad, message):
    good = {"model": lambda x_t, t: x_t, "x_0": X, "t": torch.tensor([1, 9]), "num_levels": 17}
    with pytest.raises(ValueError, match=message):
        bound_term(**good | {"schedule": NoiseSchedule(linear_schedule(10))} | bad)
