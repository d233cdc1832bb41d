"""The schedule's tables: how they follow from the betas, in every precision."""

from dataclasses import FrozenInstanceError, fields
from fractions import Fraction

import pytest
import torch
from torch.testing import assert_close

from ddpm_edu import (
    NoiseSchedule,
    cosine_schedule,
    cumulative_alphas,
    linear_schedule,
    sample_by_t,
)


TABLES = ["betas", "alphas", "alphas_bar", "one_minus_alphas_bar", "posterior_variance"]


@pytest.mark.parametrize("make", [linear_schedule, cosine_schedule])
def test_tables_are_those_of_exact_fractions(make):
    schedule = NoiseSchedule(make(100), dtype=torch.float64)
    alpha_bar = [Fraction(1)]
    betas = [Fraction(beta) for beta in schedule.betas.tolist()]
    for beta in betas[1:]:
        alpha_bar.append(alpha_bar[-1] * (1 - beta))
    noise = [1 - signal for signal in alpha_bar]
    variance = [Fraction(0)] + [noise[t - 1] / noise[t] * betas[t] for t in range(1, 101)]
    for name, exact in [
        ("alphas_bar", alpha_bar),
        ("one_minus_alphas_bar", noise),
        ("posterior_variance", variance),
    ]:
        expected = torch.tensor([float(value) for value in exact], dtype=torch.float64)
        assert_close(getattr(schedule, name), expected, rtol=1e-13, atol=0)


@pytest.mark.parametrize("make", [linear_schedule, cosine_schedule])
@pytest.mark.parametrize("num_timesteps", [1, 2, 1000])
def test_entry_0_is_the_clean_image(make, num_timesteps):
    schedule = NoiseSchedule(make(num_timesteps))
    assert all(len(getattr(schedule, name)) == num_timesteps + 1 for name in TABLES)
    assert [getattr(schedule, name)[0].item() for name in TABLES] == [0, 1, 1, 0, 0]


@pytest.mark.parametrize("name", TABLES)
def test_no_zero_is_shown_as_minus_zero(schedule, name):
    assert not getattr(schedule, name).signbit().any()


def test_the_last_step_back_is_certain(schedule):
    assert schedule.posterior_variance[1].item() == 0


def test_number_of_steps_is_one_less_than_entries(schedule):
    assert schedule.num_timesteps == 1000


def test_linear_betas_grow_evenly():
    betas = linear_schedule(7, 0.1, 0.4)
    assert_close(betas[1:].diff(), torch.full((6,), 0.05, dtype=torch.float64), rtol=1e-12, atol=0)
    assert betas[[1, 7]].tolist() == [0.1, 0.4]


def test_betas_are_made_in_float64():
    assert linear_schedule(10).dtype == cosine_schedule(10).dtype == torch.float64


def test_cumulative_alphas_multiply_one_more_alpha_each_step():
    alphas, alphas_bar = cumulative_alphas(linear_schedule(50))
    assert_close(alphas_bar[1:], alphas_bar[:-1] * alphas[1:], rtol=1e-15, atol=0)


def test_tables_are_float32_unless_asked():
    assert NoiseSchedule(linear_schedule(10)).betas.dtype == torch.float32


@pytest.mark.parametrize("name", TABLES)
def test_float32_tables_are_float64_tables_cast_once(schedule, name):
    single = NoiseSchedule(linear_schedule(1000))
    assert torch.equal(getattr(single, name), getattr(schedule, name).float())


def test_float32_keeps_the_first_noise_variance():
    # 1 - alphas_bar[1] in float32 would be off by 1.7e-4: 0.9999 has no digits left for it
    single = NoiseSchedule(linear_schedule(1000))
    assert abs(single.one_minus_alphas_bar[1].item() / 1e-4 - 1) < 1e-7


@pytest.mark.parametrize("name", TABLES)
def test_float64_is_exact_again_after_float32(schedule, name):
    back = NoiseSchedule(linear_schedule(1000)).to(dtype=torch.float64)
    assert torch.equal(getattr(back, name), getattr(schedule, name))


def test_to_keeps_what_it_is_not_asked_to_change(schedule, device):
    moved = schedule.to(dtype=torch.float32).to(device)
    for field in fields(moved):
        table = getattr(moved, field.name)
        assert (table.device.type, table.dtype) == (device.type, torch.float32)


@pytest.mark.parametrize("name", TABLES)
def test_a_schedule_is_frozen(schedule, name):
    with pytest.raises(FrozenInstanceError):
        setattr(schedule, name, schedule.alphas)


def test_sample_by_t_looks_each_row_up():
    values = torch.arange(9) * 10
    assert sample_by_t(values, torch.tensor([3, 0, 8]), (3, 5)).tolist() == [[30], [0], [80]]


@pytest.mark.parametrize("trailing", [(), (2,), (3, 8, 8)])
def test_sample_by_t_broadcasts_against_any_batch(trailing):
    assert sample_by_t(torch.arange(9.0), torch.tensor([1, 2]), (2, *trailing)).shape == (
        2,
        *(1 for _ in trailing),
    )
