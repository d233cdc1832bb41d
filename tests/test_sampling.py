"""What `sampling` returns, and how it treats randomness, devices, the model and the screen."""

import pytest
import torch
from small import Recorder, model, seeded

from ddpm_edu import UNet, reverse_process, sampling


def test_sampling_starts_from_the_noise_of_its_generator(short):
    model = Recorder()
    sampling(model, (2, 3), short, generator=seeded(), progress=False)
    assert torch.equal(
        model.calls[0][0], torch.randn(2, 3, dtype=torch.float64, generator=seeded())
    )


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


@pytest.mark.parametrize("shape", [(7,), (4, 2), (2, 1, 8, 8), (1, 3, 4, 4, 4)])
def test_any_shape_can_be_sampled(five, generator, shape):
    double = five.to(dtype=torch.float64)
    [x_0] = sampling(model, shape, double, clipping=False, generator=generator, progress=False)
    assert x_0.shape == shape
    assert x_0.unique().numel() == x_0.numel()  # no two values share their noise


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_samples_have_the_precision_of_the_schedule(five, dtype):
    images_list = sampling(model, (2, 3), five.to(dtype=dtype), 5, progress=False)
    assert {images.dtype for images in images_list} == {dtype}


def test_samples_come_back_to_the_cpu_from_every_device(five, device):
    unet = UNet((1, 8, 8), channels=(8, 16)).to(device)
    generator = torch.Generator(device).manual_seed(0)
    images_list = sampling(
        unet, (2, 1, 8, 8), five.to(device), 3, generator=generator, progress=False
    )
    assert {images.device.type for images in images_list} == {"cpu"}


def test_a_generator_leaves_torch_s_own_randomness_alone(five, generator):
    before = torch.get_rng_state()
    sampling(model, (2, 3), five, generator=generator, progress=False)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_same_generator_gives_the_same_samples(five):
    first, second = (
        sampling(model, (2, 3), five, generator=torch.Generator().manual_seed(3), progress=False)[0]
        for _ in range(2)
    )
    assert torch.equal(first, second)


def test_without_a_generator_torch_s_own_seed_decides(five):
    samples = []
    with torch.random.fork_rng():
        for seed in (1, 1, 2):
            torch.manual_seed(seed)
            samples.append(sampling(model, (2, 3), five, progress=False)[0])
    assert torch.equal(samples[0], samples[1])
    assert not torch.equal(samples[0], samples[2])


def test_the_bar_says_what_is_going_on(five, capsys):
    sampling(model, (2, 3), five)
    seen = capsys.readouterr()
    assert "sampling timestep" in seen.err
    assert "5/5" in seen.err
    assert seen.out == ""


def test_no_bar_when_none_is_wanted(five, capsys):
    sampling(model, (2, 3), five, progress=False)
    assert capsys.readouterr() == ("", "")


def test_training_mode_of_the_model_is_left_alone(five):
    unet = UNet((1, 8, 8), channels=(8, 16)).train()
    sampling(unet, (1, 1, 8, 8), five, progress=False)
    assert unet.training
