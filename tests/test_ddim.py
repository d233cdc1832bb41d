"""One step of DDIM, between any two times."""

import math

import pytest
import torch
from bounds import assert_gaussian_moments
from torch.testing import assert_close

from ddpm_edu import NoiseSchedule, ddim_step, linear_schedule, predict_x0, sample_p_unclipped


TIMES, EARLIER = torch.tensor([1, 2, 10, 500, 1000, 1000]), torch.tensor([0, 1, 3, 250, 999, 0])


@pytest.fixture
def three(generator):
    """Return x_t, predicted and added noise: a small image for every pair of TIMES and EARLIER."""
    return torch.randn(3, len(TIMES), 1, 2, 2, dtype=torch.float64, generator=generator)


def test_adjacent_steps_at_eta_1_are_sample_p_unclipped(schedule, generator):
    t = torch.arange(1, 1001)
    x_t, eps, noise = torch.randn(3, 1000, 4, dtype=torch.float64, generator=generator)
    ours = ddim_step(x_t, t, t - 1, eps, schedule, eta=1.0, noise=noise)
    assert_close(
        ours,
        sample_p_unclipped(lambda x_t, t: eps, x_t, t, schedule, noise),
        rtol=1e-11,
        atol=1e-11,
    )


def test_a_step_to_the_clean_image_is_the_estimate_of_it(schedule, three):
    x_t, eps, noise = three
    for eta in (0.0, 0.5, 1.0):
        step = ddim_step(x_t, TIMES, torch.zeros_like(TIMES), eps, schedule, eta, noise)
        assert torch.equal(step, predict_x0(x_t, TIMES, eps, schedule))


def test_true_noise_leads_along_one_line(schedule, three):
    # at eta = 0, from x_t made of x_0 and eps to x_prev made of the same two
    x_0, eps, _ = three
    lines = [
        torch.stack(
            [math.sqrt(a) * x + math.sqrt(1 - a) * e for a, x, e in zip(ab, x_0, eps, strict=True)]
        )
        for ab in (schedule.alphas_bar[TIMES].tolist(), schedule.alphas_bar[EARLIER].tolist())
    ]
    assert_close(
        ddim_step(lines[0], TIMES, EARLIER, eps, schedule), lines[1], rtol=1e-11, atol=1e-12
    )


def test_without_eta_nothing_is_drawn_and_given_noise_is_not_used(schedule, three):
    x_t, eps, noise = three
    state = torch.get_rng_state()
    step = ddim_step(x_t, TIMES, EARLIER, eps, schedule)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(ddim_step(x_t, TIMES, EARLIER, eps, schedule, 0.0, noise), step)


def test_noise_left_out_is_standard_gaussian(schedule):
    # false-alarm rate 1e-6, were the seed not fixed
    x, t = torch.zeros(4, 20_000, dtype=torch.float64), torch.tensor([2, 10, 500, 1000])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        drawn = ddim_step(x, t, t // 2, x, schedule, eta=0.7)
    sigma = ddim_step(x, t, t // 2, x, schedule, eta=0.7, noise=torch.ones_like(x))
    assert_gaussian_moments(drawn / sigma, mean=0, std=1)


def test_float32_is_exact_for_every_pair_of_times(schedule):
    # 1 - alpha_bar_t / alpha_bar_prev in float32 would be off by 1e-3 at small t
    t, t_prev = torch.tril_indices(1001, 1001, -1)
    sigma, direction = torch.zeros(2, 2, len(t), dtype=torch.float64)
    for row, precision in enumerate((torch.float64, torch.float32)):
        tables = schedule.to(dtype=precision)
        one, zero = torch.tensor([[1.0], [0.0]]).expand(2, len(t)).to(precision)
        sigma[row] = ddim_step(zero, t, t_prev, zero, tables, 1.0, one)
        direction[row] = ddim_step(zero, t, t_prev, one, tables, 1.0, zero)
    assert_close(sigma[1], sigma[0], rtol=2e-5, atol=0)
    # not NaN either where it should be 0
    assert_close(direction[1], direction[0], rtol=1e-5, atol=1e-6)


def test_mixed_times_equal_rows_one_by_one_and_nothing_is_changed(schedule, three, device):
    x_t, eps, noise = three.float().to(device)
    kept, single = three.float(), schedule.to(dtype=torch.float32, device=device)
    t, t_prev = TIMES.to(device), EARLIER.to(device)
    step = ddim_step(x_t, t, t_prev, eps, single, 1.0, noise)
    rows = [(x_t[i, None], t[i, None], t_prev[i, None], eps[i, None]) for i in range(len(t))]
    one_by_one = [ddim_step(*row, single, 1.0, noise[i, None]) for i, row in enumerate(rows)]
    assert_close(step, torch.cat(one_by_one))
    assert step.device.type == device.type
    assert torch.equal(torch.stack([x_t, eps, noise]).cpu(), kept)


@pytest.mark.filterwarnings(
    "ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"
)
@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
def test_a_step_is_that_of_diffusers(schedule, generator, eta):
    from diffusers import DDIMScheduler  # its time is 0-based, t here is t there + 1

    scheduler = DDIMScheduler(1000, 1e-4, 0.02, "linear", clip_sample=False, set_alpha_to_one=True)
    scheduler.alphas_cumprod, scheduler.final_alpha_cumprod = (
        schedule.alphas_bar[1:],
        schedule.alphas_bar[0],
    )
    scheduler.set_timesteps(50)
    assert scheduler.timesteps[[0, -1]].tolist() == [980, 0]
    for t in scheduler.timesteps:
        x_t, eps, noise = torch.randn(3, 2, 1, 2, 2, dtype=torch.float64, generator=generator)
        theirs = scheduler.step(eps, int(t), x_t, eta=eta, variance_noise=noise).prev_sample
        pair = (t + 1).expand(2), (t - 19).clamp(min=0).expand(2)
        assert_close(
            ddim_step(x_t, *pair, eps, schedule, eta, noise), theirs, rtol=1e-10, atol=1e-10
        )


GOOD = {
    "x_t": torch.zeros(2, 3),
    "t": torch.tensor([9, 5]),
    "t_prev": torch.tensor([8, 0]),
    "eps": torch.zeros(2, 3),
}


BAD_STEPS = [
    (
        {"t_prev": torch.tensor([8, 5])},
        r"t_prev: expected times before t, got t_prev = 5 at t = 5 in row 1",
    ),
    ({"t_prev": torch.tensor([8, -1])}, r"t_prev: expected times in 0\.\.10 .* got -1"),
    ({"t_prev": 0}, r"t_prev: expected a torch.long tensor .* got int 0"),
    ({"t_prev": torch.tensor([0])}, r"t_prev: expected .* shape \(2,\), .* got shape \(1,\)"),
    ({"eps": torch.zeros(2, 1)}, r"eps: expected the shape of x_t, \(2, 3\), got \(2, 1\)"),
    ({"noise": torch.zeros(1, 3)}, r"noise: expected the shape of x_t, \(2, 3\), got \(1, 3\)"),
    ({"x_t": torch.full((2, 3), math.nan)}, "x_t: expected finite values"),
    *(
        ({"eta": eta}, rf"eta: expected a number in \[0, 1\], got {eta}")
        for eta in (-0.1, 1.5, math.nan, None)
    ),
]


@pytest.mark.parametrize(("bad", "message"), BAD_STEPS)
def test_bad_steps_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        ddim_step(**GOOD | bad, schedule=NoiseSchedule(linear_schedule(10)))
