"""The reverse process: a chain of steps, and the states it passes through."""

import pytest
import torch
from small import Recorder, model, seeded

from ddpm_edu import reverse_process, sample_p


def loop_of_steps(model, shape, schedule, clipping, generator):
    """Run Algorithm 2 as the paper writes it, one sample_p at a time."""
    like = {"generator": generator, "dtype": schedule.betas.dtype}
    states = [torch.randn(shape, **like)]
    for t in range(schedule.num_timesteps, 0, -1):
        noise = (
            torch.randn(shape, **like) if t > 1 else torch.zeros(shape, dtype=schedule.betas.dtype)
        )
        states.append(
            sample_p(model, states[-1], torch.full(shape[:1], t), schedule, clipping, noise)
        )
    return torch.stack(states)


@pytest.mark.parametrize("clipping", [True, False])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-4)])
def test_the_reverse_process_is_a_loop_of_steps(short, clipping, dtype, tolerance):
    schedule, shape = short.to(dtype=dtype), (3, 2, 4)
    expected = loop_of_steps(Recorder(), shape, schedule, clipping, seeded())
    states = torch.stack(list(reverse_process(Recorder(), shape, schedule, clipping, seeded())))
    assert states.dtype == dtype
    assert (states - expected).abs().max() < tolerance * expected.abs().max()


def test_the_paper_s_thousand_steps_are_a_loop_of_steps_too(schedule):
    expected = loop_of_steps(Recorder(), (2, 3), schedule, True, seeded())
    states = torch.stack(list(reverse_process(Recorder(), (2, 3), schedule, True, seeded())))
    assert (states - expected).abs().max() < 1e-11 * expected.abs().max()


def test_the_reverse_process_runs_no_further_than_it_is_asked(short):
    model = Recorder()
    states = reverse_process(model, (2, 3), short)
    next(states), next(states), next(states)
    assert len(model.calls) == 2


def test_states_once_given_do_not_change(short):
    kept, copies = zip(
        *((x, x.clone()) for x in reverse_process(Recorder(), (2, 3), short)), strict=True
    )
    assert all(map(torch.equal, kept, copies))


def test_states_stay_on_their_device(five, device):
    assert {x_t.device.type for x_t in reverse_process(model, (2, 3), five.to(device))} == {
        device.type
    }


def test_no_state_passes_through_the_cpu(five):
    # tensors on "meta" have no values, so that a machine without a GPU sees a wrong device too
    assert {x_t.device.type for x_t in reverse_process(model, (2, 3), five.to("meta"))} == {"meta"}


def test_every_step_draws_noise_anew(five, generator):
    # with predictions of zero and no clipping, x_{t-1} less its mean is the noise of that step
    # alone
    states = list(
        reverse_process(lambda x_t, t: x_t * 0, (1,), five, clipping=False, generator=generator)
    )
    t = range(5, 1, -1)
    noise = [(states[i + 1] - states[i] / five.alphas[s].sqrt()).item() for i, s in enumerate(t)]
    sigma = five.posterior_variance[2:].flip(0).sqrt()
    drawn = torch.tensor(noise) / sigma
    assert (drawn[:, None] - drawn).abs().add(torch.eye(4)).min() > 1e-3
