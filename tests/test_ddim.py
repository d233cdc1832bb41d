import math
from itertools import pairwise

import pytest
import torch
from bounds import assert_gaussian_moments
from torch.testing import assert_close

from ddpm_edu import (
    GaussianOracle,
    NoiseSchedule,
    ddim_step,
    ddim_timesteps,
    guided_noise,
    linear_schedule,
    predict_x0,
    sample_p_unclipped,
)


TIMES, EARLIER = torch.tensor([1, 2, 10, 500, 1000, 1000]), torch.tensor([0, 1, 3, 250, 999, 0])


@pytest.fixture
def three(generator):
    """x_t, predicted noise and added noise: a small image for every pair of TIMES and EARLIER."""
    return torch.randn(3, len(TIMES), 1, 2, 2, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("num_timesteps", [1, 2, 7, 50, 1000])
def test_times_fall_evenly_from_t_to_0(num_timesteps):
    for num_steps in range(1, num_timesteps + 1):
        times = ddim_timesteps(num_timesteps, num_steps)
        assert times.dtype == torch.long
        assert times.shape == (num_steps + 1,)
        assert (times[0], times[-1]) == (num_timesteps, 0)
        assert times.diff().max() < 0
        off_by = num_steps * times - num_timesteps * torch.arange(num_steps, -1, -1)  # as whole numbers
        assert 2 * off_by.abs().max() <= num_steps


def test_adjacent_steps_at_eta_1_are_sample_p_unclipped(schedule, generator):
    t = torch.arange(1, 1001)
    x_t, eps, noise = torch.randn(3, 1000, 4, dtype=torch.float64, generator=generator)
    ours = ddim_step(x_t, t, t - 1, eps, schedule, eta=1.0, noise=noise)
    assert_close(ours, sample_p_unclipped(lambda x_t, t: eps, x_t, t, schedule, noise), rtol=1e-11, atol=1e-11)


def test_a_step_to_the_clean_image_is_the_estimate_of_it(schedule, three):
    x_t, eps, noise = three
    for eta in (0.0, 0.5, 1.0):
        step = ddim_step(x_t, TIMES, torch.zeros_like(TIMES), eps, schedule, eta, noise)
        assert torch.equal(step, predict_x0(x_t, TIMES, eps, schedule))


def test_true_noise_leads_along_one_line(schedule, three):
    # at eta = 0, from x_t made of x_0 and eps to x_prev made of the same two
    x_0, eps, _ = three
    lines = [
        torch.stack([math.sqrt(a) * x + math.sqrt(1 - a) * e for a, x, e in zip(ab, x_0, eps, strict=True)])
        for ab in (schedule.alphas_bar[TIMES].tolist(), schedule.alphas_bar[EARLIER].tolist())
    ]
    assert_close(ddim_step(lines[0], TIMES, EARLIER, eps, schedule), lines[1], rtol=1e-11, atol=1e-12)


def law(schedule, times, mean, std, eta):
    """Propagate N(0, 1) through DDIM in plain numbers, predicting E[x_0 | x_t] by the rule of two Gaussians."""
    alphas_bar = [1.0]
    for beta in schedule.betas[1:].tolist():
        alphas_bar.append(alphas_bar[-1] * (1 - beta))
    m, v = 0.0, 1.0
    for t, t_prev in pairwise(times):
        a, b = alphas_bar[t], alphas_bar[t_prev]
        gain = math.sqrt(a) * std**2 / (a * std**2 + 1 - a)  # E[x_0 | x_t] = mean + gain (x_t - sqrt(a) mean)
        variance = eta**2 * (1 - b) / (1 - a) * (1 - a / b)
        to_eps = math.sqrt((1 - b - variance) / (1 - a))  # times (x_t - sqrt(a) x_0) is the direction
        slope = math.sqrt(b) * gain + to_eps * (1 - math.sqrt(a) * gain)
        at_center = math.sqrt(b) * mean  # where x_t = sqrt(a) mean goes
        m, v = at_center + slope * (m - math.sqrt(a) * mean), slope**2 * v + variance
    return m, math.sqrt(v)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("num_steps", [1, 4, 10])
def test_a_whole_chain_with_the_exact_predictor_has_the_law_of_its_affine_steps(schedule, eta, num_steps):
    # a chain is affine in x_T and in each z, so chains that differ in one of these tell its coefficient
    oracle, times = GaussianOracle(0.5, 0.3, schedule), ddim_timesteps(1000, num_steps)
    inputs = torch.cat([torch.zeros(1, num_steps + 1), torch.eye(num_steps + 1)]).double()  # x_T, z of every step
    x = inputs[:, 0]
    for step, (t, t_prev) in enumerate(pairwise(times), 1):
        t, t_prev = t.expand(len(x)), t_prev.expand(len(x))
        x = ddim_step(x, t, t_prev, oracle(x, t), schedule, eta, noise=inputs[:, step])
    mean, std = x[0].item(), (x[1:] - x[0]).norm().item()
    assert (mean, std) == pytest.approx(law(schedule, times.tolist(), 0.5, 0.3, eta), rel=1e-9)


def test_chains_of_many_steps_make_the_data(schedule):
    # so `law` is right: small steps follow the flow from noise to data, and at eta = 1 they are Algorithm 2
    assert law(schedule, range(1000, -1, -1), 0.5, 0.3, 0.0) == pytest.approx((0.5, 0.3), rel=0.02)
    assert law(schedule, range(1000, -1, -1), 0.5, 0.3, 1.0) == pytest.approx((0.499998, 0.296253), rel=2e-6)


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
    sigma, direction = torch.zeros(2, len(t), dtype=torch.float64), torch.zeros(2, len(t), dtype=torch.float64)
    for row, precision in enumerate((torch.float64, torch.float32)):
        tables, one, zero = schedule.to(dtype=precision), *torch.tensor([[1.0], [0.0]]).expand(2, len(t)).to(precision)
        sigma[row] = ddim_step(zero, t, t_prev, zero, tables, 1.0, one)
        direction[row] = ddim_step(zero, t, t_prev, one, tables, 1.0, zero)
    assert_close(sigma[1], sigma[0], rtol=2e-5, atol=0)
    assert_close(direction[1], direction[0], rtol=1e-5, atol=1e-6)  # and not NaN where it should be 0


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


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
def test_a_step_is_that_of_diffusers(schedule, generator, eta):
    from diffusers import DDIMScheduler  # its time is 0-based, t here is t there + 1

    scheduler = DDIMScheduler(1000, 1e-4, 0.02, "linear", clip_sample=False, set_alpha_to_one=True)
    scheduler.alphas_cumprod, scheduler.final_alpha_cumprod = schedule.alphas_bar[1:], schedule.alphas_bar[0]
    scheduler.set_timesteps(50)
    assert scheduler.timesteps[[0, -1]].tolist() == [980, 0]
    for t in scheduler.timesteps:
        x_t, eps, noise = torch.randn(3, 2, 1, 2, 2, dtype=torch.float64, generator=generator)
        theirs = scheduler.step(eps, int(t), x_t, eta=eta, variance_noise=noise).prev_sample
        pair = (t + 1).expand(2), (t - 19).clamp(min=0).expand(2)
        assert_close(ddim_step(x_t, *pair, eps, schedule, eta, noise), theirs, rtol=1e-10, atol=1e-10)


def test_guidance_goes_on_along_the_line_from_unconditional_to_conditional(three):
    eps_cond, eps_uncond, _ = three
    assert torch.equal(guided_noise(eps_cond, eps_uncond, 0), eps_cond)
    assert torch.equal(guided_noise(eps_cond, eps_uncond, -1), eps_uncond)
    beyond = guided_noise(eps_cond, eps_uncond, 2.5) - eps_cond
    assert_close(beyond, 2.5 * (eps_cond - eps_uncond), rtol=1e-12, atol=1e-14)


GOOD = {"x_t": torch.zeros(2, 3), "t": torch.tensor([9, 5]), "t_prev": torch.tensor([8, 0]), "eps": torch.zeros(2, 3)}
BAD_STEPS = [
    ({"t_prev": torch.tensor([8, 5])}, r"t_prev: wanted times before t, saw t_prev = 5 at t = 5 in row 1"),
    ({"t_prev": torch.tensor([8, -1])}, r"t_prev: wanted times in 0\.\.10 .* saw -1"),
    ({"t_prev": 0}, r"t_prev: wanted a torch.long tensor .* saw int 0"),
    ({"t_prev": torch.tensor([0])}, r"t_prev: wanted .* shape \(2,\), .* saw shape \(1,\)"),
    ({"eps": torch.zeros(2, 1)}, r"eps: wanted the shape of x_t, \(2, 3\), saw \(2, 1\)"),
    ({"noise": torch.zeros(1, 3)}, r"noise: wanted the shape of x_t, \(2, 3\), saw \(1, 3\)"),
    ({"x_t": torch.full((2, 3), math.nan)}, "x_t: wanted finite values"),
    *(({"eta": eta}, rf"eta: wanted a number in \[0, 1\], saw {eta}") for eta in (-0.1, 1.5, math.nan, None)),
]


@pytest.mark.parametrize(("bad", "message"), BAD_STEPS)
def test_bad_steps_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        ddim_step(**GOOD | bad, schedule=NoiseSchedule(linear_schedule(10)))


@pytest.mark.parametrize("num_steps", [0, -1, 11, 2.0, None])
def test_more_steps_than_there_are_or_none_are_refused(num_steps):
    with pytest.raises(ValueError, match=rf"num_steps: wanted a whole number in 1\.\.10, saw {num_steps}"):
        ddim_timesteps(10, num_steps)


def test_bad_guidance_is_refused():
    eps = torch.zeros(2, 3)
    with pytest.raises(ValueError, match=r"eps_uncond: wanted the shape of eps_cond, \(2, 3\), saw \(2, 1\)"):
        guided_noise(eps, eps[:, :1], 1.0)
    with pytest.raises(ValueError, match="guidance: wanted a finite number, saw nan"):
        guided_noise(eps, eps, math.nan)
