"""Bad input to the schedule and to sampling: a ValueError, as in test_inputs.py."""

import re

import pytest
import torch

from ddpm_edu import (
    NoiseSchedule,
    UNet,
    cosine_schedule,
    linear_schedule,
    reverse_process,
    sample_by_t,
    sample_q,
    sampling,
)


SCHEDULE = NoiseSchedule(linear_schedule(10))


def model(x_t, t):
    return x_t


@pytest.mark.parametrize("make", [linear_schedule, cosine_schedule])
@pytest.mark.parametrize("num_timesteps", [0, -1, 2.5, 10.0, "10", None])
def test_numbers_of_steps_that_are_none(make, num_timesteps):
    with pytest.raises(
        ValueError, match=rf"num_timesteps: expected a whole number T >= 1, got {num_timesteps!r}"
    ):
        make(num_timesteps)


BAD_BETAS = {
    "no clean image": ([0.1, 0.2], r"betas: expected betas\[0\] == 0, the clean image, .* got 0.1"),
    "zero": ([0.0, 0.1, 0.0], r"betas: expected betas 1\.\.T inside \(0, 1\), got 0 at t = 2"),
    "one": ([0.0, 1.0, 0.1], r"inside \(0, 1\), got 1 at t = 1"),
    "negative": ([0.0, 0.1, -0.5], r"inside \(0, 1\), got -0.5 at t = 2"),
    "above one": ([0.0, 0.1, 1.5], r"inside \(0, 1\), got 1.5 at t = 2"),
    "NaN": ([0.0, float("nan")], r"inside \(0, 1\), got nan at t = 1"),
    "two-dimensional": (
        [[0.0, 0.1], [0.0, 0.1]],
        r"betas: expected .* \(T\+1,\) .* got torch.float32 of shape \(2, 2\)",
    ),
    "no step": ([0.0], r"with T >= 1, got torch.float32 of shape \(1,\)"),
    "integer": ([0, 1], r"betas: expected a floating-point tensor .* got torch.int64"),
}


@pytest.mark.parametrize(("betas", "words"), BAD_BETAS.values(), ids=BAD_BETAS.keys())
def test_betas_that_are_no_schedule(betas, words):
    with pytest.raises(ValueError, match=words):
        NoiseSchedule(torch.tensor(betas))


def test_betas_that_are_no_tensor():
    with pytest.raises(ValueError, match=r"betas: expected a floating-point tensor .* got list"):
        NoiseSchedule([0.0, 0.1])


@pytest.mark.parametrize("keep", [0, -1, 11, 1.0, "1", None])
def test_numbers_of_states_to_keep_that_are_none(keep):
    words = rf"image_noise_steps_to_keep: expected a whole number in 1\.\.10, got {keep!r}"
    with pytest.raises(ValueError, match=words):
        sampling(model, (2, 3), SCHEDULE, keep, progress=False)


@pytest.mark.parametrize("shape", [(), (0, 3), (2, -1), (2.0, 3), ("2",), 5])
def test_shapes_that_are_none(shape):
    with pytest.raises(
        ValueError,
        match=re.escape(f"shape: expected (B, ...) of positive whole numbers, got {shape}"),
    ):
        next(reverse_process(model, shape, SCHEDULE))


def test_sampling_refuses_an_empty_batch():
    with pytest.raises(ValueError, match=r"shape: expected .* got \(0, 3\)"):
        sampling(model, (0, 3), SCHEDULE, progress=False)


def test_sampling_with_a_model_on_another_device():
    unet = UNet((1, 8, 8), channels=(8, 16)).to("meta")
    with pytest.raises(
        ValueError, match="schedule: expected on meta, where the model is, got it on cpu"
    ):
        sampling(unet, (2, 1, 8, 8), SCHEDULE, progress=False)


@pytest.mark.parametrize("clipping", [True, False])
@pytest.mark.parametrize("bad_t", [10, 5, 1])
def test_a_model_that_gives_nan_at_any_one_step(clipping, bad_t):
    def broken(x_t, t):
        return torch.where((t == bad_t)[:, None], torch.nan, x_t)

    with pytest.raises(ValueError, match=r"model: expected finite predicted noise .* NaN"):
        sampling(broken, (2, 3), SCHEDULE, clipping=clipping, progress=False)


def test_a_schedule_that_is_none():
    with pytest.raises(ValueError, match="schedule: expected a NoiseSchedule, got a Tensor"):
        sampling(model, (2, 3), linear_schedule(10), progress=False)


def test_noise_in_another_precision():
    x_0 = torch.zeros(2, 3)
    with pytest.raises(
        ValueError, match=r"noise: expected the dtype of x_0, torch\.float32, got torch\.float64"
    ):
        sample_q(x_0, torch.tensor([1, 2]), SCHEDULE, noise=x_0.double())


def test_a_model_that_answers_in_half_precision_is_understood():
    x_t = sampling(lambda x_t, t: x_t.half(), (2, 3), SCHEDULE, progress=False)[-1]
    assert x_t.dtype == torch.float32


@pytest.mark.parametrize(
    ("t", "words"), [([-1], "in 0..10 .* got -1"), ([11], "got 11"), ([1, 2], r"got shape \(2,\)")]
)
def test_times_outside_a_table(t, words):
    with pytest.raises(ValueError, match=f"t: expected .*{words}"):
        sample_by_t(SCHEDULE.betas, torch.tensor(t), (1, 8, 8))
