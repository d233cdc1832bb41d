"""The whole run: what `train` carries from step to step, and that it can be cut anywhere."""

import io
import math

import pytest
import torch
from small import fresh, share_of
from torch import nn

from ddpm_edu import NoiseSchedule, linear_schedule, train, update_ema
from ddpm_edu.training import UNLABELLED, drop_labels, learning_rate, power_decay


@pytest.fixture
def schedule():
    return NoiseSchedule(linear_schedule(1000))


def run(state, data, schedule, until, num_steps=6, **kwargs):
    """Run to step `until` of a run of `num_steps`."""
    for _ in train(state, *data, schedule, share_of(num_steps), batch_size=8, **kwargs):
        if state.step == until:
            return state
    return state


def saved(state):
    """Return everything a run needs to go on, after a way through bytes."""
    file = io.BytesIO()
    parts = {
        name: getattr(state, name).state_dict() for name in ("model", "ema_model", "optimizer")
    }
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
    resumed = run(
        restored(saved(run(fresh(), digits, schedule, until=cut))), digits, schedule, until=6
    )
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
    # the model starts from predictions of zero and does not learn at rate 0, so that its loss is
    # that of the noise
    state = fresh()
    losses = [
        s.loss
        for s in train(state, *digits, schedule, lambda s: 0.0 if s.step < 3 else 1.0, batch_size=8)
    ]
    assert len(set(losses)) == 3


def test_the_state_is_given_after_every_step(digits, schedule):
    seen = [
        (s.step, math.isfinite(s.loss))
        for s in train(fresh(), *digits, schedule, share_of(3), batch_size=8)
    ]
    assert seen == [(1, True), (2, True), (3, True)]


def test_progress_steers_the_learning_rate(digits, schedule):
    state = fresh()
    rates = [
        s.optimizer.param_groups[0]["lr"]
        for s in train(state, *digits, schedule, share_of(4), batch_size=8)
    ]
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
    with pytest.raises(ValueError, match="loss: expected a finite number, got nan at step 1"):
        run(state, digits, schedule, until=3)


def test_a_tenth_of_the_labels_is_dropped(generator):
    # false-alarm rate 1e-6: 100,000 draws, so a standard deviation of 95; z < 4.9
    labels = drop_labels(torch.zeros(100_000, dtype=torch.long), 10, generator)
    assert set(labels.tolist()) == {0, 10}
    assert UNLABELLED == 0.1
    assert abs((labels == 10).sum().item() - 10_000) < 4.9 * 95


def test_a_run_without_labels(digits, schedule):
    assert run(fresh(), (digits[0], None), schedule, until=2).step == 2
