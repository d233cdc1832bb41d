"""The U-Net that works with the velocity: it predicts the noise, and is trained by its own loss."""

import json

import pytest
import torch
from small import seeded

from ddpm_edu import (
    NoiseSchedule,
    UNet,
    linear_schedule,
    load_model,
    sample_q,
    save_model,
    velocity,
)
from ddpm_edu.cli.runs import Plan, Run
from ddpm_edu.pretrained import read_safetensors, write_safetensors
from ddpm_edu.velocity_unet import VelocityUNet, log_normal_timesteps, velocity_loss


SHAPE = (1, 8, 8)


def networks(schedule):
    """Return a network that predicts the noise from a velocity, and one that names the velocity."""
    torch.manual_seed(0)
    model = VelocityUNet(schedule, image_shape=SHAPE, channels=(8, 16))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    inside = UNet(SHAPE, (8, 16))
    inside.load_state_dict(model.state_dict())
    return model, inside


@pytest.fixture
def batch(schedule):
    generator = seeded()
    x_0 = torch.rand(6, *SHAPE, generator=generator) * 2 - 1
    noise, t = torch.randn(x_0.shape, generator=generator), torch.tensor([1, 2, 50, 300, 900, 1000])
    return x_0, noise, t


def test_the_noise_it_predicts_belongs_to_its_velocity(short, batch):
    x_0, noise, _ = batch
    t = torch.tensor([1, 2, 3, 4, 5, 5])
    model, inside = networks(short.to(dtype=torch.float32))
    exact = short.to(dtype=torch.float64)
    x_t = sample_q(x_0.double(), t, exact, noise.double())
    eps, v = model.double()(x_t, t), inside.double()(x_t, t)
    # the image that both imply; then (x_0, eps) has that x_t and that velocity
    implied = (x_t - exact.one_minus_alphas_bar[t].sqrt()[:, None, None, None] * eps) / (
        exact.alphas_bar[t].sqrt()[:, None, None, None]
    )
    assert (velocity(implied, eps, t, exact) - v).abs().max() < 1e-5 * v.abs().max()


def test_the_labels_reach_the_network(short, batch):
    model, _ = networks(short.to(dtype=torch.float32))
    x_t, t = batch[0], torch.full((6,), 3)
    assert not torch.equal(model(x_t, t, torch.arange(6)), model(x_t, t, torch.zeros(6).long()))


def test_the_loss_is_the_squared_error_of_the_velocity(schedule, batch):
    x_0, noise, t = batch
    schedule = schedule.to(dtype=torch.float32)
    model, inside = networks(schedule)
    x_t = sample_q(x_0, t, schedule, noise)
    expected = (inside(x_t, t) - velocity(x_0, noise, t, schedule)).square().mean()
    loss = velocity_loss(model, x_0, t, schedule, noise)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-4)


def test_the_ratio_of_noise_to_signal_is_log_normal(schedule):
    # 20,000 strata leave no chance: what is off is the spacing of the times, at most 0.35 of ln
    # sigma between t = 1 and 2, and much less where most of them lie
    t = log_normal_timesteps(20_000, schedule, seeded())
    assert 1 <= t.min() < t.max() <= 1000
    log_sigma = (schedule.one_minus_alphas_bar[t] / schedule.alphas_bar[t]).log() / 2
    for share, normal in ((0.1587, -1), (0.5, 0), (0.8413, 1)):
        assert log_sigma.quantile(share).item() == pytest.approx(-0.6 + 1.4 * normal, abs=0.02)


def test_times_beyond_a_short_schedule_are_its_last():
    t = log_normal_timesteps(1000, NoiseSchedule(linear_schedule(3)), seeded())
    assert set(t.tolist()) <= {1, 2, 3}


def test_what_is_saved_is_loaded(schedule, batch, tmp_path):
    x_t, _, t = batch
    model, _ = networks(schedule.to(dtype=torch.float32))
    save_model(model, schedule, tmp_path / "weights.safetensors")
    loaded = load_model(tmp_path / "weights.safetensors")
    assert isinstance(loaded, VelocityUNet)
    torch.testing.assert_close(loaded(x_t, t), model(x_t, t))


def test_a_run_of_an_earlier_version_is_not_resumed_by_another_network(tmp_path):
    run = Run(Plan("mnist5k"), tmp_path, "cpu", None, 1)
    run.save()
    tensors, notes = read_safetensors(run.checkpoint)
    plan = json.loads(notes["plan"])
    assert plan.pop("network") == "VelocityUNet"
    write_safetensors(run.checkpoint, tensors, {**notes, "plan": json.dumps(plan)})
    with pytest.raises(ValueError, match="a run with network 'UNet', asked for 'VelocityUNet'"):
        Run(Plan("mnist5k"), tmp_path, "cpu", None, 1)
