"""The same numbers as diffusers' DDPMScheduler, whose time is 0-based: t here is t there + 1."""

import pytest
import torch
from torch.testing import assert_close

from ddpm_edu import NoiseSchedule, linear_schedule, sample_p, sample_q


# diffusers announces its own coming changes while it is imported; they are no fault of this course
pytestmark = pytest.mark.filterwarnings(
    "ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"
)

TIMES = torch.arange(1, 1001)


def make_scheduler(clip_sample=True):
    """Return diffusers' scheduler as it comes."""
    from diffusers import DDPMScheduler

    return DDPMScheduler(
        num_train_timesteps=1000,
        beta_start=1e-4,
        beta_end=0.02,
        beta_schedule="linear",
        variance_type="fixed_small",
        clip_sample=clip_sample,
    )


def make_exact_scheduler(schedule, clip_sample=True):
    """Return diffusers' scheduler with float64 tables; its own, float32, cost 1e-4 at small t."""
    scheduler = make_scheduler(clip_sample)
    scheduler.alphas_cumprod = schedule.alphas_bar[1:].clone()
    scheduler.one = torch.ones((), dtype=torch.float64)
    return scheduler


@pytest.fixture
def images(generator):
    """Return x_t or x_0, and predicted or added noise: a small image for every t = 1..1000."""
    return torch.randn(2, 1000, 1, 2, 2, dtype=torch.float64, generator=generator)


def steps_of_diffusers(scheduler, x_t, eps):
    """Take one step at every time; return the noise that was drawn as well."""
    steps, noise = torch.empty_like(x_t), torch.empty_like(x_t)
    for row in range(1000):  # the time there
        drawing, repeating = (torch.Generator().manual_seed(row) for _ in range(2))
        steps[row] = scheduler.step(
            eps[row, None], row, x_t[row, None], generator=drawing
        ).prev_sample[0]
        noise[row] = torch.randn(1, *x_t[row].shape, generator=repeating, dtype=x_t.dtype)[0]
    return steps, noise


@pytest.mark.parametrize("clipping", [True, False])
def test_a_step_back_is_that_of_diffusers(schedule, images, clipping):
    x_t, eps = images
    steps, noise = steps_of_diffusers(make_exact_scheduler(schedule, clipping), x_t, eps)
    ours = sample_p(lambda x_t, t: eps, x_t, TIMES, schedule, clipping, noise)
    assert_close(ours, steps, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("clipping", [True, False])
def test_a_step_back_is_that_of_diffusers_as_it_comes_but_for_its_rounding(images, clipping):
    x_t, eps = images.float()
    steps, noise = steps_of_diffusers(make_scheduler(clipping), x_t, eps)
    ours = sample_p(
        lambda x_t, t: eps, x_t, TIMES, NoiseSchedule(linear_schedule(1000)), clipping, noise
    )
    difference = (ours - steps).abs().flatten(1).amax(1)
    assert difference.max() < 3e-4
    assert difference[100:].max() < 1e-5


def test_noising_is_that_of_diffusers(schedule, images):
    x_0, noise = images
    theirs = make_exact_scheduler(schedule).add_noise(x_0, noise, TIMES - 1)
    assert_close(sample_q(x_0, TIMES, schedule, noise), theirs, rtol=1e-10, atol=1e-11)


def test_the_schedule_is_that_of_diffusers(schedule):
    assert_close(
        schedule.alphas_bar[1:].float(), make_scheduler().alphas_cumprod, rtol=1e-5, atol=0
    )
