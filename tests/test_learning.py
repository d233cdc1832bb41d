"""What training reaches: digits learned in seconds, the best possible model of Gaussian data."""

import copy

import pytest
import torch
from small import fresh, seeded, share_of
from torch import nn

from ddpm_edu import (
    GaussianOracle,
    NoiseSchedule,
    compute_loss,
    linear_schedule,
    stratified_timesteps,
    timestep_embedding,
    train,
)
from ddpm_edu.training import Training


@pytest.fixture
def schedule():
    return NoiseSchedule(linear_schedule(1000))


def test_64_digits_are_learned_in_seconds(digits, schedule):
    state = fresh()
    for _ in train(state, *digits, schedule, share_of(150), batch_size=64):
        pass
    t, noise = (
        stratified_timesteps(64, schedule, seeded()),
        torch.randn(digits[0].shape, generator=seeded()),
    )
    with torch.no_grad():
        loss = compute_loss(state.ema_model, digits[0], t, schedule, noise).item()
    assert loss < 0.5  # predictions of zero have 1; it gets to 0.40


class AffineOfTime(nn.Module):
    """As much of a network as the oracle of Gaussian data needs: scale and shift for every t."""

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
    t, noise = (
        stratified_timesteps(20_000, schedule, seeded()),
        torch.randn(x_0.shape, generator=seeded(1)),
    )
    with torch.no_grad():
        learned, best = (
            compute_loss(m, x_0, t, schedule, noise).item()
            for m in (state.ema_model, GaussianOracle(0.5, 0.3, schedule))
        )
    assert best < learned < 1.1 * best  # no model beats the oracle; this one comes within a tenth
