"""The parts of Algorithm 1: the draw of times, one step, and the learning rate."""

import copy
import math

import pytest
import torch
from bounds import chi_square_bounds
from small import seeded, tiny
from torch.testing import assert_close

from ddpm_edu import (
    NoiseSchedule,
    UNet,
    compute_loss,
    linear_schedule,
    sample_timesteps,
    stratified_timesteps,
    train_step,
)
from ddpm_edu.training import learning_rate


DRAWS = [sample_timesteps, stratified_timesteps]


@pytest.fixture
def ten():
    return NoiseSchedule(linear_schedule(10))


@pytest.mark.parametrize("draw", DRAWS)
def test_times_are_uniform_from_1_to_t(ten, generator, draw):
    # false-alarm rate 1e-6: Pearson's statistic of 10 bins with 1000 expected in each is chi-square
    # with 9 degrees of freedom (and smaller for strata); a time that is never drawn makes it 1000
    times = torch.cat([draw(16, ten, generator) for _ in range(625)])
    counts = times.bincount(minlength=11)
    assert counts[0] == 0
    assert len(counts) == 11
    assert ((counts[1:] - 1000) ** 2 / 1000).sum() < chi_square_bounds(9)[1]


@pytest.mark.parametrize("draw", DRAWS)
def test_times_are_long_and_one_per_row(ten, draw):
    assert draw(7, ten).shape == (7,)
    assert draw(7, ten).dtype == torch.long


@pytest.mark.parametrize("draw", DRAWS)
def test_times_come_from_the_generator_on_the_schedule_s_device(device, draw):
    schedule = NoiseSchedule(linear_schedule(10), device)
    first, second = (draw(64, schedule, torch.Generator(device).manual_seed(0)) for _ in range(2))
    assert first.device.type == device.type
    assert torch.equal(first, second)


def test_independent_times_are_independent(ten, generator):
    # a pair repeats its time in a tenth of the cases: 1000 of 10,000, standard deviation 30; z <
    # 4.9 is 1e-6
    pairs = sample_timesteps(20_000, ten, generator).view(-1, 2)
    assert abs((pairs[:, 0] == pairs[:, 1]).sum().item() - 1000) < 4.9 * 30


@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_every_stratum_gets_one_time(schedule, generator, batch_size):
    for _ in range(50):
        times = stratified_timesteps(batch_size, schedule, generator)
        # a time that straddles two strata may be in either
        position = (times.double() - 0.5) / 1000 * batch_size
        assert (
            position - torch.arange(batch_size) - 0.5
        ).abs().max() <= 0.5 + 0.5 * batch_size / 1000


def test_the_last_time_is_drawn_even_when_the_draw_rounds_up(ten, monkeypatch):
    monkeypatch.setattr(torch, "rand", lambda *size, **_: torch.full(size, 1 - 2**-24))
    assert stratified_timesteps(64, ten).max() == 10


def test_train_step_gives_the_loss_before_the_step(ten):
    x_0, model = torch.randn(5, 2, generator=seeded()), tiny()
    before, generator = copy.deepcopy(model), seeded(1)
    loss = train_step(
        model, torch.optim.SGD(model.parameters(), 0.1), x_0, ten, generator=seeded(1)
    )
    t, noise = sample_timesteps(5, ten, generator), torch.randn(5, 2, generator=generator)
    assert loss == compute_loss(before, x_0, t, ten, noise).item()


def test_train_step_moves_every_parameter_down_the_gradient(ten):
    x_0, model = torch.randn(5, 2, generator=seeded()), tiny()
    before = copy.deepcopy(model)
    train_step(model, torch.optim.SGD(model.parameters(), 0.1), x_0, ten, generator=seeded(1))
    generator = seeded(1)
    t, noise = sample_timesteps(5, ten, generator), torch.randn(5, 2, generator=generator)
    compute_loss(before, x_0, t, ten, noise).backward()
    for after, parameter in zip(model.parameters(), before.parameters(), strict=True):
        assert_close(after, parameter - 0.1 * parameter.grad, rtol=1e-6, atol=0)


def test_train_step_forgets_the_gradient_of_the_step_before(ten):
    one, other = tiny(), tiny()
    for parameter in other.parameters():
        parameter.grad = torch.full_like(parameter, 1e3)
    for model in (one, other):
        train_step(
            model,
            torch.optim.SGD(model.parameters(), 0.1),
            torch.ones(5, 2),
            ten,
            generator=seeded(),
        )
    assert all(map(torch.equal, one.parameters(), other.parameters()))


def test_train_step_shows_labels_to_the_model(ten):
    losses = [
        train_step(
            model := tiny(),
            torch.optim.SGD(model.parameters(), 0.1),
            torch.ones(5, 2),
            ten,
            labels,
            seeded(),
        )
        for labels in (None, torch.zeros(5, dtype=torch.long), torch.arange(5))
    ]
    assert losses[0] == losses[1] != losses[2]


def test_train_step_on_every_device(device, generator):
    unet, schedule = (
        UNet((1, 8, 8), channels=(8, 16)).to(device),
        NoiseSchedule(linear_schedule(10), device),
    )
    optimizer = torch.optim.Adam(unet.parameters())
    x_0, labels = (
        torch.zeros(4, 1, 8, 8, device=device),
        torch.zeros(4, dtype=torch.long, device=device),
    )
    loss = train_step(
        unet, optimizer, x_0, schedule, labels, torch.Generator(device).manual_seed(0)
    )
    # predictions of zero: 256 squares of N(0, 1), 5 standard deviations
    assert loss == pytest.approx(1, abs=0.45)


def test_the_learning_rate_warms_up_and_falls_to_zero():
    assert learning_rate(0.0) == 0
    assert learning_rate(0.025) == pytest.approx(1e-3)
    assert learning_rate(0.05) == 2e-3
    # a quarter of the way down
    assert learning_rate(0.2875) == pytest.approx(1e-3 + 1e-3 * math.sqrt(0.5))
    assert learning_rate(0.525) == pytest.approx(1e-3)
    assert learning_rate(1.0) < 1e-9
