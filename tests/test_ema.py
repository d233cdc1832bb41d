"""The moving average of a model's parameters, and how fast it forgets."""

import copy
import math

import pytest
import torch
from small import tiny
from torch.testing import assert_close

from ddpm_edu import update_ema
from ddpm_edu.training import power_decay


def test_the_average_moves_in_place_by_its_formula():
    ema, model = tiny(0), tiny(1)
    old, kept = copy.deepcopy(ema), list(ema.parameters())
    update_ema(ema, model, 0.9)
    for now, before, new, parameter in zip(
        ema.parameters(), old.parameters(), model.parameters(), kept, strict=True
    ):
        assert now is parameter
        assert_close(now, 0.9 * before + 0.1 * new, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("decay", "winner"), [(1.0, "ema"), (0.0, "model")])
def test_the_ends_of_the_decay_keep_one_of_the_two(decay, winner):
    ema, model = tiny(0), tiny(1)
    expected = copy.deepcopy({"ema": ema, "model": model}[winner])
    update_ema(ema, model, decay)
    assert_close(list(ema.parameters()), list(expected.parameters()))


def test_the_average_leaves_no_gradient_and_no_trace_in_the_model():
    ema, model = tiny(0), tiny(1)
    before = copy.deepcopy(model)
    update_ema(ema, model, 0.9)
    assert all(parameter.is_leaf and parameter.grad is None for parameter in ema.parameters())
    assert all(map(torch.equal, model.parameters(), before.parameters()))


def test_power_decay_forgets_the_start_and_follows_its_formula():
    assert power_decay(1) == 0
    assert power_decay(100) == pytest.approx(0.99**7.94, rel=1e-14)


def test_power_decay_weighs_steps_by_a_power_of_their_number():
    # step n is left with (1 - its decay) times all later decays, which grows like n^6.94
    later, weight = 1.0, {}
    for n in range(2000, 0, -1):
        weight[n], later = (1 - power_decay(n)) * later, later * power_decay(n)
    assert sum(weight.values()) == pytest.approx(1, rel=1e-9)
    assert math.log2(weight[2000] / weight[1000]) == pytest.approx(6.94, abs=0.02)
