import pytest
import torch
from bounds import chi_square_bounds
from torch.testing import assert_close

from ddpm_edu import compute_loss, mean_from_noise, posterior_mean, predict_x0, sample_q, vlb_weight


TIMES = torch.tensor([1, 2, 10, 100, 500, 999, 1000])


@pytest.fixture
def three(generator):
    """Clean data, noise and another noise, a row for every one of TIMES."""
    return torch.randn(3, len(TIMES), 4, dtype=torch.float64, generator=generator)


def test_mean_from_noise_is_the_posterior_mean_at_predicted_x_0(schedule, generator):
    # Eq. 11 is Eq. 7 after Eq. 15, whatever the prediction, at every t
    t = torch.arange(1, 1001)
    x_t, eps = torch.randn(2, 1000, dtype=torch.float64, generator=generator)
    wanted = posterior_mean(predict_x0(x_t, t, eps, schedule), x_t, t, schedule)
    error = (mean_from_noise(x_t, t, eps, schedule) - wanted).abs() / (x_t.abs() + eps.abs())
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
    squares = [(e - n) ** 2 for e, n in zip(eps.flatten().tolist(), noise.flatten().tolist(), strict=True)]
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
    assert scale.grad.item() == pytest.approx(-noise.square().mean().item(), rel=1e-14)  # d/ds (s - 1)^2 at 1/2


def test_noise_left_out_of_the_loss_is_standard_gaussian(schedule):
    # false-alarm rate 1e-6: with predictions of zero the loss is a mean of n squares of N(0, 1)
    n = 70_000
    with torch.random.fork_rng():
        torch.manual_seed(0)
        loss = compute_loss(lambda x_t, t: torch.zeros_like(x_t), torch.zeros(7, n // 7), TIMES, schedule)
    low, high = chi_square_bounds(n)
    assert low < n * loss.item() < high


def test_vlb_weight_turns_squared_noise_error_into_nats(schedule, three):
    # Eq. 8: the KL divergence of two Gaussians of variance beta_t is their squared distance over 2 beta_t
    x_0, noise, eps = three
    x_t = sample_q(x_0, TIMES, schedule, noise)
    distance = posterior_mean(x_0, x_t, TIMES, schedule) - mean_from_noise(x_t, TIMES, eps, schedule)
    nats = distance.square() / (2 * schedule.betas[TIMES, None])
    weighted = vlb_weight(TIMES, schedule)[:, None] * (noise - eps).square()
    assert_close(nats, weighted, rtol=1e-9, atol=0)
