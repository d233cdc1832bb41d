"""The whole run: what `train` carries from step to step, and that it can be cut anywhere."""

import copy
import io
import math

import pytest
import torch
from torch import nn

from ddpm_edu import (
    GaussianOracle,
    NoiseSchedule,
    UNet,
    compute_loss,
    linear_schedule,
    load_images,
    stratified_timesteps,
    timestep_embedding,
    train,
    update_ema,
)
from ddpm_edu.training import UNLABELLED, Training, drop_labels, learning_rate, power_decay


@pytest.fixture(scope="module")
def digits():
    images, labels = load_images("digits")
    return images[:64], labels[:64]


@pytest.fixture
def schedule():
    return NoiseSchedule(linear_schedule(1000))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def fresh(seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = UNet((1, 8, 8), channels=(8, 16))
    return Training(model, copy.deepcopy(model), torch.optim.Adam(model.parameters()))


def share_of(num_steps):
    return lambda state: state.step / num_steps


def run(state, data, schedule, until, num_steps=6, **kwargs):
    """Run to step `until` of a run of `num_steps`."""
    for _ in train(state, *data, schedule, share_of(num_steps), batch_size=8, **kwargs):
        if state.step == until:
            return state
    return state


def saved(state):
    """Everything a run needs to go on, as bytes and back."""
    file = io.BytesIO()
    parts = {name: getattr(state, name).state_dict() for name in ("model", "ema_model", "optimizer")}
    torch.save(parts | {"step": state.step}, file)
    file.seek(0)
    return torch.load(file)


def restored(parts):
    state = fresh(seed=1)
    for name in ("model", "ema_model", "optimizer"):
        getattr(state, name).load_state_dict(parts[name])
    state.step = parts["step"]
    return state


def same(a, b):
    pairs = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.equal(one, other) for one, other in pairs)


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(digits, schedule, cut):
    whole = run(fresh(), digits, schedule, until=6)
    resumed = run(restored(saved(run(fresh(), digits, schedule, until=cut))), digits, schedule, until=6)
    assert same(whole.model, resumed.model)
    assert same(whole.ema_model, resumed.ema_model)
    assert whole.loss == resumed.loss


def test_randomness_of_others_does_not_change_a_run(digits, schedule):
    first = run(fresh(), digits, schedule, until=2)
    torch.rand(1)
    assert same(first.model, run(fresh(), digits, schedule, until=2).model)


def test_another_seed_is_another_run(digits, schedule):
    losses = [run(fresh(), digits, schedule, until=1, seed=seed).loss for seed in (0, 1)]
    assert losses[0] != losses[1]


def test_every_step_draws_anew(digits, schedule):
    # the model starts from predictions of zero and does not learn at rate 0, so that its loss is that of the noise
    state = fresh()
    losses = [s.loss for s in train(state, *digits, schedule, lambda s: 0.0 if s.step < 3 else 1.0, batch_size=8)]
    assert len(set(losses)) == 3


def test_the_state_is_given_after_every_step(digits, schedule):
    seen = [(s.step, math.isfinite(s.loss)) for s in train(fresh(), *digits, schedule, share_of(3), batch_size=8)]
    assert seen == [(1, True), (2, True), (3, True)]


def test_progress_steers_the_learning_rate(digits, schedule):
    state = fresh()
    rates = [s.optimizer.param_groups[0]["lr"] for s in train(state, *digits, schedule, share_of(4), batch_size=8)]
    assert rates == [learning_rate(share) for share in (0.0, 0.25, 0.5, 0.75)]


def test_a_run_that_is_done_does_nothing(digits, schedule):
    assert list(train(fresh(), *digits, schedule, lambda state: 1.0)) == []


def test_the_average_follows_the_model_from_its_first_step(digits, schedule):
    state, average = fresh(), fresh(seed=1).model
    state.ema_model = fresh(seed=2).model  # where it starts does not matter: power_decay(1) is 0
    for _ in train(state, *digits, schedule, share_of(3), batch_size=8):
        update_ema(average, state.model, power_decay(state.step))
        assert same(average, state.ema_model)
    assert not same(state.model, state.ema_model)


def test_time_spent_before_a_cut_counts(digits, schedule):
    state = fresh()
    state.seconds = 1000.0
    assert 1000 < run(state, digits, schedule, until=1).seconds < 1060


def test_a_loss_that_is_nan_stops_the_run(digits, schedule):
    state = fresh()
    nn.init.constant_(state.model.time_mlp[0].bias, math.nan)
    with pytest.raises(ValueError, match="loss: wanted a finite number, saw nan at step 1"):
        run(state, digits, schedule, until=3)


def test_a_tenth_of_the_labels_is_dropped(generator):
    # false-alarm rate 1e-6: 100,000 draws, so a deviation of 95; z < 4.9
    labels = drop_labels(torch.zeros(100_000, dtype=torch.long), 10, generator)
    assert set(labels.tolist()) == {0, 10}
    assert UNLABELLED == 0.1
    assert abs((labels == 10).sum().item() - 10_000) < 4.9 * 95


def test_a_run_without_labels(digits, schedule):
    assert run(fresh(), (digits[0], None), schedule, until=2).step == 2


def test_64_digits_are_learned_in_seconds(digits, schedule):
    state = fresh()
    for _ in train(state, *digits, schedule, share_of(150), batch_size=64):
        pass
    t, noise = stratified_timesteps(64, schedule, seeded()), torch.randn(digits[0].shape, generator=seeded())
    with torch.no_grad():
        loss = compute_loss(state.ema_model, digits[0], t, schedule, noise).item()
    assert loss < 0.5  # predictions of zero have 1; it gets to 0.40


class AffineOfTime(nn.Module):
    """As much of a network as the oracle of Gaussian data needs: for every t a scale and a shift."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(16, 32), nn.SiLU(), nn.Linear(32, 2))

    def forward(self, x_t, t):
        scale, shift = self.net(timestep_embedding(t, 16)).chunk(2, dim=1)
        return scale * x_t + shift


def test_training_on_gaussian_data_finds_the_oracle(schedule):
    x_0 = 0.5 + 0.3 * torch.randn(20_000, 1, generator=seeded())
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = AffineOfTime()
    state = Training(model, copy.deepcopy(model), torch.optim.Adam(model.parameters()))
    for _ in train(state, x_0, None, schedule, share_of(800), batch_size=512):
        pass
    t, noise = stratified_timesteps(20_000, schedule, seeded()), torch.randn(x_0.shape, generator=seeded(1))
    with torch.no_grad():
        learned, best = (
            compute_loss(m, x_0, t, schedule, noise).item()
            for m in (state.ema_model, GaussianOracle(0.5, 0.3, schedule))
        )
    assert best < learned < 1.1 * best  # no model beats the oracle; this one comes within a tenth
