"""How sampling treats its surroundings: shapes, devices, randomness and the screen."""

import pytest
import torch

from ddpm_edu import NoiseSchedule, UNet, linear_schedule, reverse_process, sampling


@pytest.fixture
def short():
    return NoiseSchedule(linear_schedule(5))


def model(x_t, t):
    return x_t / 2


@pytest.mark.parametrize("shape", [(7,), (4, 2), (2, 1, 8, 8), (1, 3, 4, 4, 4)])
def test_any_shape_can_be_sampled(short, generator, shape):
    double = short.to(dtype=torch.float64)
    [x_0] = sampling(model, shape, double, clipping=False, generator=generator, progress=False)
    assert x_0.shape == shape
    assert x_0.unique().numel() == x_0.numel()  # no two values share their noise


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_samples_have_the_precision_of_the_schedule(short, dtype):
    images_list = sampling(model, (2, 3), short.to(dtype=dtype), 5, progress=False)
    assert {images.dtype for images in images_list} == {dtype}


def test_samples_come_back_to_the_cpu_from_every_device(short, device):
    unet = UNet((1, 8, 8), channels=(8, 16)).to(device)
    generator = torch.Generator(device).manual_seed(0)
    images_list = sampling(unet, (2, 1, 8, 8), short.to(device), 3, generator=generator, progress=False)
    assert {images.device.type for images in images_list} == {"cpu"}


def test_states_stay_on_their_device(short, device):
    assert {x_t.device.type for x_t in reverse_process(model, (2, 3), short.to(device))} == {device.type}


def test_no_state_passes_through_the_cpu(short):
    # tensors on "meta" have no values, so that a machine without a GPU sees a wrong device too
    assert {x_t.device.type for x_t in reverse_process(model, (2, 3), short.to("meta"))} == {"meta"}


def test_a_generator_leaves_torch_s_own_randomness_alone(short, generator):
    before = torch.get_rng_state()
    sampling(model, (2, 3), short, generator=generator, progress=False)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_same_generator_gives_the_same_samples(short):
    first, second = (
        sampling(model, (2, 3), short, generator=torch.Generator().manual_seed(3), progress=False)[0] for _ in range(2)
    )
    assert torch.equal(first, second)


def test_without_a_generator_torch_s_own_seed_decides(short):
    samples = []
    with torch.random.fork_rng():
        for seed in (1, 1, 2):
            torch.manual_seed(seed)
            samples.append(sampling(model, (2, 3), short, progress=False)[0])
    assert torch.equal(samples[0], samples[1])
    assert not torch.equal(samples[0], samples[2])


def test_every_step_draws_noise_anew(short, generator):
    # with predictions of zero and no clipping, x_{t-1} less its mean is the noise of that step alone
    states = list(reverse_process(lambda x_t, t: x_t * 0, (1,), short, clipping=False, generator=generator))
    t = range(5, 1, -1)
    noise = [(states[i + 1] - states[i] / short.alphas[s].sqrt()).item() for i, s in enumerate(t)]
    sigma = short.posterior_variance[2:].flip(0).sqrt()
    drawn = torch.tensor(noise) / sigma
    assert (drawn[:, None] - drawn).abs().add(torch.eye(4)).min() > 1e-3


def test_the_bar_says_what_is_going_on(short, capsys):
    sampling(model, (2, 3), short)
    seen = capsys.readouterr()
    assert "sampling timestep" in seen.err
    assert "5/5" in seen.err
    assert seen.out == ""


def test_no_bar_when_none_is_wanted(short, capsys):
    sampling(model, (2, 3), short, progress=False)
    assert capsys.readouterr() == ("", "")


def test_training_mode_of_the_model_is_left_alone(short):
    unet = UNet((1, 8, 8), channels=(8, 16)).train()
    sampling(unet, (1, 1, 8, 8), short, progress=False)
    assert unet.training
