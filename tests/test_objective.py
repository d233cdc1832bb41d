import pytest
import torch
from bounds import chi_square_bounds
from torch.distributions import Normal, kl_divergence
from torch.testing import assert_close

from ddpm_edu import (
    compute_loss,
    kl_gaussians,
    mean_from_noise,
    posterior_mean,
    predict_x0,
    sample_q,
    vlb_weight,
)


TIMES = torch.tensor([1, 2, 10, 100, 500, 999, 1000])


@pytest.fixture
def three(generator):
    """Return clean data, noise and another noise, a row for every one of TIMES."""
    return torch.randn(3, len(TIMES), 4, dtype=torch.float64, generator=generator)


def test_mean_from_noise_is_the_posterior_mean_at_predicted_x_0(schedule, generator):
    # Eq. 11 is Eq. 7 after Eq. 15, whatever the prediction, at every t
    t = torch.arange(1, 1001)
    x_t, eps = torch.randn(2, 1000, dtype=torch.float64, generator=generator)
    expected = posterior_mean(predict_x0(x_t, t, eps, schedule), x_t, t, schedule)
    error = (mean_from_noise(x_t, t, eps, schedule) - expected).abs() / (x_t.abs() + eps.abs())
    assert error.max() < 1e-12


def test_predict_x0_inverts_sample_q(schedule, three):
    x_0, noise, _ = three
    x_t = sample_q(x_0, TIMES, schedule, noise)
    assert_close(predict_x0(x_t, TIMES, noise, schedule), x_0, rtol=1e-12, atol=1e-13)


def test_predict_x0_does_not_clip(schedule):
    x_0 = torch.full((1, 2), 5.0, dtype=torch.float64)
    noise = torch.zeros_like(x_0)
    t = torch.tensor([300])
    assert_close(predict_x0(sample_q(x_0, t, schedule, noise), t, noise, schedule), x_0)


def test_loss_of_a_perfect_model_is_zero(schedule, three):
    x_0, noise, _ = three
    assert compute_loss(lambda x_t, t: noise, x_0, TIMES, schedule, noise).item() == 0


def test_loss_is_the_mean_square_of_the_error_over_all_values(schedule, three):
    x_0, noise, eps = three
    loss = compute_loss(lambda x_t, t: eps, x_0, TIMES, schedule, noise)
    squares = [
        (e - n) ** 2 for e, n in zip(eps.flatten().tolist(), noise.flatten().tolist(), strict=True)
    ]
    assert loss.item() == pytest.approx(sum(squares) / 28, rel=1e-14)


def test_loss_shows_the_model_the_noised_data_and_their_times(schedule, three):
    x_0, noise, _ = three
    seen = []
    compute_loss(lambda x_t, t: seen.append((x_t, t)) or x_t, x_0, TIMES, schedule, noise)
    [(x_t, t)] = seen
    assert torch.equal(x_t, sample_q(x_0, TIMES, schedule, noise))
    assert torch.equal(t, TIMES)


def test_loss_carries_gradients_to_the_model(schedule, three):
    x_0, noise, _ = three
    scale = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    compute_loss(lambda x_t, t: scale * noise, x_0, TIMES, schedule, noise).backward()
    # d/ds (s - 1)^2 at 1/2
    assert scale.grad.item() == pytest.approx(-noise.square().mean().item(), rel=1e-14)


def test_noise_left_out_of_the_loss_is_standard_gaussian(schedule):
    # false-alarm rate 1e-6: with predictions of zero the loss is a mean of n squares of N(0, 1)
    n = 70_000
    with torch.random.fork_rng():
        torch.manual_seed(0)
        loss = compute_loss(
            lambda x_t, t: torch.zeros_like(x_t), torch.zeros(7, n // 7), TIMES, schedule
        )
    low, high = chi_square_bounds(n)
    assert low < n * loss.item() < high


def test_vlb_weight_turns_squared_noise_error_into_nats(schedule, three):
    # Eq. 8: the KL divergence of two Gaussians of variance beta_t is their squared distance over 2
    # beta_t
    x_0, noise, eps = three
    x_t = sample_q(x_0, TIMES, schedule, noise)
    distance = posterior_mean(x_0, x_t, TIMES, schedule) - mean_from_noise(
        x_t, TIMES, eps, schedule
    )
    nats = distance.square() / (2 * schedule.betas[TIMES, None])
    weighted = vlb_weight(TIMES, schedule)[:, None] * (noise - eps).square()
    assert_close(nats, weighted, rtol=1e-9, atol=0)


def test_kl_gaussians_is_that_of_torch(generator):
    mean_1, mean_2 = torch.randn(2, 1000, dtype=torch.float64, generator=generator)
    variance_1, variance_2 = (
        4 * torch.randn(2, 1000, dtype=torch.float64, generator=generator)
    ).exp()
    expected = kl_divergence(Normal(mean_1, variance_1.sqrt()), Normal(mean_2, variance_2.sqrt()))
    assert_close(
        kl_gaussians(mean_1, variance_1, mean_2, variance_2), expected, rtol=1e-10, atol=1e-12
    )


def test_kl_gaussians_is_the_integral_of_its_definition():
    # for Gaussians an even sum is exact to rounding
    x = torch.linspace(-12, 12, 4001, dtype=torch.float64)
    first, second = Normal(0.3, 0.5), Normal(-0.7, 1.5)
    nats = (first.log_prob(x).exp() * (first.log_prob(x) - second.log_prob(x))).sum() * (
        x[1] - x[0]
    )
    assert_close(
        kl_gaussians(*torch.tensor([0.3, 0.25, -0.7, 2.25]).double()), nats, rtol=1e-7, atol=0
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_kl_gaussians_is_0_for_equals_and_never_below(dtype):
    near = 1 + torch.arange(-2000, 2001) * torch.finfo(dtype).eps
    mean, variance = torch.tensor(0.7, dtype=dtype), torch.tensor(0.3, dtype=dtype)
    nats = torch.stack(
        [kl_gaussians(mean, variance, mean, variance * near.to(dtype)) for near in (near, 1 / near)]
    )
    assert nats.dtype == dtype
    assert nats[:, 2000].tolist() == [0, 0]
    assert nats.min() >= 0


def test_kl_gaussians_broadcasts_and_changes_nothing(generator):
    a, b = torch.rand(3, 1, generator=generator), torch.rand(4, generator=generator)
    kept = a.clone(), b.clone()
    nats = kl_gaussians(a, 1 + b, b, torch.ones(()))
    assert nats.shape == (3, 4)
    assert_close(nats[2, 1], kl_gaussians(a[2, 0], 1 + b[1], b[1], torch.ones(())))
    assert torch.equal(a, kept[0])
    assert torch.equal(b, kept[1])


@pytest.mark.parametrize("name", ["mean_1", "variance_1", "mean_2", "variance_2"])
def test_moments_of_no_gaussian_are_refused(name):
    good = {moment: torch.ones(2, 3) for moment in ("mean_1", "variance_1", "mean_2", "variance_2")}
    bad = {
        f"{name}: expected a floating-point tensor, got a float": 1.0,
        f"{name}: expected a floating-point tensor, got torch.int64": torch.ones(2, 3).long(),
        f"{name}: expected finite values, got 6 NaN": torch.full((2, 3), torch.nan),
        r"_\d: expected a shape that broadcasts with \(2, .\), got \(2, .\)": torch.ones(2, 4),
    }
    if name.startswith("variance"):
        bad[f"{name}: expected positive variances, got 0"] = torch.tensor([1.0, 0.0, 2.0])
    for message, value in bad.items():
        with pytest.raises(ValueError, match=message):
            kl_gaussians(**good | {name: value})
