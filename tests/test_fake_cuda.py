"""On a GPU, without one: tensors that claim to be on cuda and have no values.

Under FakeTensorMode a mix of devices raises, and so does a hidden `.item()` in a step. The checks
of inputs look at values, so they are left out here; a GPU that is there has them in all tests.
"""

import copy

import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

import ddpm_edu
from ddpm_edu import NoiseSchedule, UNet, linear_schedule
from ddpm_edu.fused import fused_steps


TABLES = ("betas", "alphas", "alphas_bar", "one_minus_alphas_bar", "posterior_variance")


@pytest.fixture
def schedule(monkeypatch):
    """Return a schedule that claims to be on cuda, inside the mode."""
    monkeypatch.setattr("ddpm_edu.inputs.check_inputs", lambda given: None)
    twin = copy.copy(NoiseSchedule(linear_schedule(10)))
    fused_steps(twin)  # once a schedule, on the CPU, and kept
    with FakeTensorMode(allow_non_fake_inputs=False):
        twin._set(**{name: torch.empty(11, device="cuda") for name in TABLES})
        yield twin


@pytest.fixture
def x():
    return torch.randn(4, 1, 8, 8, device="cuda")


@pytest.fixture
def t():
    return torch.randint(1, 11, (4,), device="cuda")


def model(x_t, t):
    return x_t * t.reshape(-1, 1, 1, 1)


FUNCTIONS = {
    "sample_by_t": lambda x, t, s: ddpm_edu.schedule.at(s.betas, t, x),
    "step_q": lambda x, t, s: ddpm_edu.step_q(x, t, s),
    "sample_q": lambda x, t, s: ddpm_edu.sample_q(x, t, s),
    "snr": lambda x, t, s: ddpm_edu.snr(t, s),
    "velocity": lambda x, t, s: ddpm_edu.velocity(x, x, t, s),
    "posterior_variance": lambda x, t, s: ddpm_edu.posterior_variance(s),
    "posterior_mean": lambda x, t, s: ddpm_edu.posterior_mean(x, x, t, s),
    "predict_x0": lambda x, t, s: ddpm_edu.predict_x0(x, t, x, s),
    "mean_from_noise": lambda x, t, s: ddpm_edu.mean_from_noise(x, t, x, s),
    "kl_gaussians": lambda x, t, s: ddpm_edu.kl_gaussians(x, x.exp(), x, x.exp()),
    "compute_loss": lambda x, t, s: ddpm_edu.compute_loss(model, x, t, s),
    "vlb_weight": lambda x, t, s: ddpm_edu.vlb_weight(t, s),
    "sample_p": lambda x, t, s: ddpm_edu.sample_p(model, x, t, s),
    "sample_p_unclipped": lambda x, t, s: ddpm_edu.sample_p_unclipped(model, x, t, s),
    "ddim_step": lambda x, t, s: ddpm_edu.ddim_step(x, t, t - 1, x, s, 0.5),
    "guided_noise": lambda x, t, s: ddpm_edu.guided_noise(x, x, 2.0),
    "flow_path": lambda x, t, s: ddpm_edu.flow_path(x, t / 10),
    "flow_loss": lambda x, t, s: ddpm_edu.flow_loss(model, x, t / 10),
    "velocity_from_noise": lambda x, t, s: ddpm_edu.velocity_from_noise(x, t, x, s),
    "heun_step": lambda x, t, s: ddpm_edu.heun_step(model, x, t / 10, t / 20),
    "timestep_embedding": lambda x, t, s: ddpm_edu.timestep_embedding(t, 16),
    "GaussianOracle": lambda x, t, s: ddpm_edu.GaussianOracle(0.5, 0.3, s)(x, t),
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_result_is_on_the_device_of_what_it_is_made_of(function, schedule, x, t):
    assert function(x, t, schedule).device.type == "cuda"


def test_algorithm_2_stays_on_its_device_to_the_end(schedule):
    states = list(ddpm_edu.reverse_process(model, (4, 1, 8, 8), schedule))
    assert len(states) == 11
    assert {x_t.device.type for x_t in states} == {"cuda"}


def test_algorithm_1_computes_its_loss_where_the_data_are(schedule, x):
    """Only up to the loss: torch asks for a real GPU when it goes backwards."""
    with torch.device("cuda"):
        network = UNet((1, 8, 8), (8, 16), 1)
    t = ddpm_edu.sample_timesteps(4, schedule)
    loss = ddpm_edu.compute_loss(network, x, t, schedule)
    assert (t.device.type, loss.device.type) == ("cuda", "cuda")
    assert loss.requires_grad


def test_a_mix_of_devices_would_be_seen(schedule, x, t):
    with pytest.raises(RuntimeError, match="device"):
        ddpm_edu.sample_q(x.cpu(), t, schedule)


def test_a_look_at_a_value_would_be_seen(schedule, x, t):
    with pytest.raises(DataDependentOutputException):
        ddpm_edu.compute_loss(model, x, t, schedule).item()
