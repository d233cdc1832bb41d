import pytest
import torch
from bounds import assert_gaussian_moments
from torch import nn
from torch.testing import assert_close

from ddpm_edu import (
    NoiseSchedule,
    linear_schedule,
    mean_from_noise,
    posterior_mean,
    reverse_process,
    sample_p,
    sample_p_unclipped,
    sampling,
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def short():
    """Twenty steps that reach noise, in float64."""
    return NoiseSchedule(linear_schedule(20, 0.005, 0.6), dtype=torch.float64)


class Recorder(nn.Module):
    """A model with a parameter, whose answer depends on the data and on each row's time; it notes its calls."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.8, dtype=torch.float64))
        self.calls = []

    def forward(self, x_t, t):
        self.calls.append((x_t.clone(), t, torch.is_grad_enabled()))
        return self.scale.to(x_t.dtype) * (x_t + t.reshape(-1, *(1,) * (x_t.ndim - 1)) / 50).sin()


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
    # false-alarm rate 1e-6: all values are independent N(0, 1) once the deviation is divided out
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
    assert_close(step, mean_from_noise(x_t, TIMES, Recorder()(x_t, TIMES), short), rtol=1e-13, atol=0)


@pytest.mark.parametrize(("eps", "edge"), [(-1e4, 1.0), (1e4, -1.0)])
def test_clipping_holds_the_estimate_of_x_0_at_the_edge(short, x_t, eps, edge):
    step = sample_p(constant(eps), x_t, TIMES, short, noise=torch.zeros_like(x_t))
    assert_close(step, posterior_mean(torch.full_like(x_t, edge), x_t, TIMES, short), rtol=1e-13, atol=0)


def test_clipping_changes_nothing_when_the_estimate_is_an_image(short, x_t):
    x_t = x_t / 1000  # so small that x_0 is estimated inside [-1, 1] even at t = T
    clipped, unclipped = (sample_p(lambda x, t: x / 2, x_t, TIMES, short, c, noise=x_t) for c in (True, False))
    assert_close(clipped, unclipped, rtol=1e-12, atol=0)


def test_a_step_calls_the_model_once_without_gradients(short, x_t):
    model = Recorder()
    step = sample_p(model, x_t, TIMES, short)
    [(seen, t, gradients)] = model.calls
    assert torch.equal(seen, x_t)
    assert torch.equal(t, TIMES)
    assert not gradients
    assert not step.requires_grad


def loop_of_steps(model, shape, schedule, clipping, generator):
    """Algorithm 2 as the paper writes it, one sample_p per line."""
    like = {"generator": generator, "dtype": schedule.betas.dtype}
    states = [torch.randn(shape, **like)]
    for t in range(schedule.num_timesteps, 0, -1):
        noise = torch.randn(shape, **like) if t > 1 else torch.zeros(shape, dtype=schedule.betas.dtype)
        states.append(sample_p(model, states[-1], torch.full(shape[:1], t), schedule, clipping, noise))
    return torch.stack(states)


@pytest.mark.parametrize("clipping", [True, False])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-4)])
def test_the_reverse_process_is_a_loop_of_steps(short, clipping, dtype, tolerance):
    schedule, shape = short.to(dtype=dtype), (3, 2, 4)
    wanted = loop_of_steps(Recorder(), shape, schedule, clipping, seeded())
    states = torch.stack(list(reverse_process(Recorder(), shape, schedule, clipping, seeded())))
    assert states.dtype == dtype
    assert (states - wanted).abs().max() < tolerance * wanted.abs().max()


def test_the_paper_s_thousand_steps_are_a_loop_of_steps_too(schedule):
    wanted = loop_of_steps(Recorder(), (2, 3), schedule, True, seeded())
    states = torch.stack(list(reverse_process(Recorder(), (2, 3), schedule, True, seeded())))
    assert (states - wanted).abs().max() < 1e-11 * wanted.abs().max()


def test_the_reverse_process_runs_no_further_than_it_is_asked(short):
    model = Recorder()
    states = reverse_process(model, (2, 3), short)
    next(states), next(states), next(states)
    assert len(model.calls) == 2


def test_states_once_given_do_not_change(short):
    kept, copies = zip(*((x, x.clone()) for x in reverse_process(Recorder(), (2, 3), short)), strict=True)
    assert all(map(torch.equal, kept, copies))


def test_sampling_starts_from_the_noise_of_its_generator(short):
    model = Recorder()
    sampling(model, (2, 3), short, generator=seeded(), progress=False)
    assert torch.equal(model.calls[0][0], torch.randn(2, 3, dtype=torch.float64, generator=seeded()))


@pytest.mark.parametrize("keep", [1, 3, 20])
def test_sampling_keeps_the_last_states_in_order(short, keep):
    states = list(reverse_process(Recorder(), (2, 3), short, generator=seeded()))
    images_list = sampling(Recorder(), (2, 3), short, keep, generator=seeded(), progress=False)
    assert len(images_list) == keep
    assert all(map(torch.equal, images_list, states[-keep:]))


def test_sampling_calls_the_model_for_every_time_from_t_to_1(short):
    model = Recorder()
    sampling(model, (5, 3), short, progress=False)
    assert [t.tolist() for _, t, _ in model.calls] == [[t] * 5 for t in range(20, 0, -1)]
    assert {t.dtype for _, t, _ in model.calls} == {torch.long}


def test_sampling_needs_no_gradients(short):
    model = Recorder()
    images_list = sampling(model, (2, 3), short, 20, progress=False)
    assert not any(gradients for _, _, gradients in model.calls)
    assert not any(images.requires_grad for images in images_list)
