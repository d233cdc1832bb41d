"""Right answers to lesson 5 as different learners write them."""

import torch
import torch.nn.functional as F
from torch import nn

from ddpm_edu import compute_loss, sample_q, sample_timesteps


def times_by_randint(batch_size, schedule, generator=None):
    size, device = (batch_size,), schedule.betas.device
    return torch.randint(1, schedule.num_timesteps + 1, size, generator=generator, device=device)


def times_from_0_shifted(batch_size, schedule, generator=None):
    t = torch.randint(
        len(schedule.betas) - 1, (batch_size,), generator=generator, device=schedule.betas.device
    )
    return t + 1


def times_by_rand(batch_size, schedule, generator=None):
    numbers = torch.rand(batch_size, generator=generator, device=schedule.betas.device)
    return (numbers * schedule.num_timesteps).long() + 1


def times_in_place(batch_size, schedule, generator=None):
    t = torch.empty(batch_size, dtype=torch.long, device=schedule.betas.device)
    return t.random_(1, schedule.num_timesteps + 1, generator=generator)


def times_by_weights(batch_size, schedule, generator=None):
    weights = torch.ones(schedule.num_timesteps, device=schedule.betas.device)
    return 1 + torch.multinomial(weights, batch_size, replacement=True, generator=generator)


def times_by_uniform(batch_size, schedule, generator=None):
    last = schedule.num_timesteps
    t = torch.empty(batch_size, dtype=torch.float64, device=schedule.betas.device)
    return t.uniform_(1, last + 1, generator=generator).floor().to(torch.int64).clamp_(max=last)


def times_downwards(batch_size, schedule, generator=None):
    """Take T where the draw is lowest, which is as good."""
    last = schedule.num_timesteps
    return last - torch.randint(
        0, last, (batch_size,), generator=generator, device=schedule.betas.device
    )


def step_with_the_courses_parts(model, optimizer, x_0, schedule):
    t = sample_timesteps(len(x_0), schedule)
    loss = compute_loss(model, x_0, t, schedule, torch.randn_like(x_0))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def step_by_hand(model, optimizer, x_0, schedule):
    """Clear the gradients first, draw the noise before the times."""
    optimizer.zero_grad()
    noise = torch.randn(x_0.shape, dtype=x_0.dtype, device=x_0.device)
    t = torch.randint(1, schedule.num_timesteps + 1, (x_0.shape[0],), device=x_0.device)
    bar = schedule.alphas_bar[t].reshape(-1, *[1] * (x_0.ndim - 1))
    x_t = bar**0.5 * x_0 + (1 - bar) ** 0.5 * noise
    loss = (noise - model(x_t, t)).square().mean()
    loss.backward()
    optimizer.step()
    return float(loss)


def step_with_gradients_at_hand(model, optimizer, x_0, schedule):
    """Compute gradients apart and put them in their place."""
    with torch.no_grad():
        t = (torch.rand(len(x_0), device=x_0.device) * schedule.num_timesteps).long() + 1
        noise = torch.empty_like(x_0).normal_()
        x_t = sample_q(x_0, t, schedule, noise)
    loss = F.mse_loss(model(x_t, t), noise)
    parameters = list(model.parameters())
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = gradient
    optimizer.step()
    return loss.detach().cpu().item()


def step_that_clears_model_and_tidies_up(model, optimizer, x_0, schedule):
    """Put zeros in the place of None, switch to train mode, and leave no gradients behind."""
    model.train()
    model.zero_grad(set_to_none=False)
    criterion = nn.MSELoss()
    t, noise = sample_timesteps(x_0.size(0), schedule), torch.normal(torch.zeros_like(x_0), 1.0)
    with torch.enable_grad():
        loss = criterion(model(sample_q(x_0, t, schedule, noise=noise), t), noise)
        loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def step_by_closure(model, optimizer, x_0, schedule):
    """Let the optimiser call back, as LBFGS needs it."""
    t = schedule.num_timesteps - torch.randint(
        schedule.num_timesteps, x_0.shape[:1], device=x_0.device
    )
    noise = torch.randn_like(x_0)

    def closure():
        optimizer.zero_grad()
        loss = compute_loss(model, x_0, t, schedule, noise)
        loss.backward()
        return loss

    return optimizer.step(closure).item()


def ema_by_mul_and_add(ema_model, model, decay):
    with torch.no_grad():
        for ema, parameter in zip(ema_model.parameters(), model.parameters(), strict=True):
            ema.mul_(decay).add_(parameter, alpha=1 - decay)


@torch.no_grad()
def ema_by_lerp(ema_model, model, decay):
    new = dict(model.named_parameters())
    for name, ema in ema_model.named_parameters():
        ema.lerp_(new[name], 1 - decay)


def ema_by_data(ema_model, model, decay):
    for old, new in zip(ema_model.parameters(), model.parameters(), strict=True):
        old.data = decay * old.data + (1 - decay) * new.data


@torch.no_grad()
def ema_by_difference(ema_model, model, decay):
    for ema, parameter in zip(ema_model.parameters(), model.parameters(), strict=True):
        ema -= (1 - decay) * (ema - parameter)


def ema_by_state_dict(ema_model, model, decay):
    new = model.state_dict()
    averaged = {
        name: decay * old + (1 - decay) * new[name] for name, old in ema_model.state_dict().items()
    }
    ema_model.load_state_dict(averaged)


@torch.inference_mode()
def ema_by_copy(ema_model, model, decay=0.999):
    for ema, parameter in zip(ema_model.parameters(), model.parameters(), strict=True):
        ema.copy_(ema.double() * decay + parameter.double() * (1 - decay))


@torch.no_grad()
def ema_all_at_once(ema_model, model, decay):
    torch._foreach_lerp_(list(ema_model.parameters()), list(model.parameters()), 1 - decay)


ACCEPTED = {
    "sample_timesteps": [
        times_by_randint,
        times_from_0_shifted,
        times_by_rand,
        times_in_place,
        times_by_weights,
        times_by_uniform,
        times_downwards,
    ],
    "train_step": [
        step_with_the_courses_parts,
        step_by_hand,
        step_with_gradients_at_hand,
        step_that_clears_model_and_tidies_up,
        step_by_closure,
    ],
    "update_ema": [
        ema_by_mul_and_add,
        ema_by_lerp,
        ema_by_data,
        ema_by_difference,
        ema_by_state_dict,
        ema_by_copy,
        ema_all_at_once,
    ],
}
