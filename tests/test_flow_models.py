"""Networks as velocity models, the one that is shipped, and the sampler that runs them."""

import pytest
import torch
from small import fresh, seeded, share_of
from torch.testing import assert_close

from ddpm_edu import (
    NoiseSchedule,
    euler_step,
    flow_loss,
    flow_process,
    flow_time,
    heun_step,
    linear_schedule,
    load_flow,
    load_images,
    train,
)
from ddpm_edu.data import ASSETS
from ddpm_edu.flow_models import FlowModel, flow_loss_at, nearest_time


class Told:
    """A network that answers with the time it is told."""

    def __init__(self, schedule):
        self.schedule = schedule

    def __call__(self, x_s, t, labels=None):
        assert t.dtype == torch.long
        return t[:, None].to(x_s.dtype).expand_as(x_s)


def test_a_network_is_told_whole_times(schedule):
    s = torch.tensor([0.0, 0.0004, 0.5, 1.0])
    assert FlowModel(Told(schedule))(torch.zeros(4, 1), s)[:, 0].tolist() == [0, 0, 500, 1000]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_time_of_a_schedule_is_found_again(schedule, dtype):
    tables, t = schedule.to(dtype=dtype), torch.arange(1, 1001)
    assert torch.equal(nearest_time(flow_time(t, tables), tables), t)
    assert nearest_time(torch.tensor([0.0, 1.0], dtype=dtype), tables).tolist() == [1, 1000]


def recorded(step, num_steps):
    """Return the states of a sampler and the times at which it called its model."""
    times = []

    def model(x_s, s):
        times.append(round(s[0].item(), 6))
        return (x_s + s[:, None]).requires_grad_()

    return [*flow_process(model, torch.ones(2, 3), num_steps, step)], times


def test_the_sampler_takes_even_steps_the_last_of_them_eulers():
    states, times = recorded(euler_step, 4)
    assert times == [1.0, 0.75, 0.5, 0.25]
    assert len(states) == 5
    assert not any(state.requires_grad for state in states)
    _, times = recorded(heun_step, 4)
    assert times == [1.0, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25]
    one, other = recorded(euler_step, 1)[0][-1], recorded(heun_step, 1)[0][-1]
    assert torch.equal(one, other)


@pytest.mark.parametrize("num_steps", [0, 2.5, None])
def test_a_number_of_steps_that_is_none_is_refused(num_steps):
    with pytest.raises(ValueError, match="num_steps: expected a whole number >= 1, got"):
        next(flow_process(lambda x, s: x, torch.zeros(1, 2), num_steps))


def test_training_on_velocities_learns(digits):
    schedule = NoiseSchedule(linear_schedule(1000))
    losses = [
        state.loss
        for state in train(fresh(), *digits, schedule, share_of(60), 32, loss_of=flow_loss_at)
    ]
    assert sum(losses[-10:]) < 0.85 * sum(losses[:10])


def test_the_loss_of_a_network_is_told_its_own_times(schedule, generator):
    x_0, noise = torch.randn(2, 3, 4, dtype=torch.float64, generator=generator)
    t = torch.tensor([1, 500, 1000])
    expected = flow_loss(FlowModel(Told(schedule)), x_0, t / 1000, noise)
    assert_close(flow_loss_at(Told(schedule), x_0, t, schedule, noise), expected)


def test_the_shipped_model_says_how_it_was_made():
    network = load_flow("mnist5k").network
    assert not network.training
    assert {"command", "seed", "seconds", "steps", "loss"} <= set(network.card)
    assert f"| mnist5k-flow | `{network.card['command']}`" in (ASSETS / "README.md").read_text()
    with pytest.raises(ValueError, match="weights: expected one of mnist5k, got 'digits'"):
        load_flow("digits")


def test_the_shipped_model_knows_the_velocity_of_images_it_never_saw():
    model, (images, labels) = load_flow("mnist5k"), load_images("mnist5k", split="test")
    images, labels, generator = images[:400], labels[:400], seeded()
    s, noise = torch.rand(400, generator=generator), torch.randn(images.shape, generator=generator)
    with torch.no_grad():
        told, lied_to = (
            flow_loss(lambda x, s, y=y: model(x, s, y), images, s, noise).item()
            for y in (labels, (labels + 1) % 10)
        )
    assert told < 0.25  # zeros have about 1.7
    assert told < lied_to
