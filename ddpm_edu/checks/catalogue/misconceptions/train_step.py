"""Misconceptions about one step of Algorithm 1."""

import torch
from torch.nn import functional as F

from ddpm_edu.checks.catalogue.templates import variations
from ddpm_edu.forward import sample_q


def usual(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def zero_grad_late(optimizer, loss):
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()


def never_zeroed(optimizer, loss):
    loss.backward()
    optimizer.step()


def step_first(optimizer, loss):
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()


def weighted_by_itself(optimizer, loss):
    optimizer.zero_grad()
    loss.backward(loss)
    optimizer.step()


def twice(optimizer, loss):
    usual(optimizer, loss)
    optimizer.step()


def uphill(optimizer, loss):
    usual(optimizer, -loss)


def uniform_times(size, schedule):
    return torch.randint(1, schedule.num_timesteps + 1, (size,), device=schedule.betas.device)


def from_0(size, schedule):
    return torch.randint(0, schedule.num_timesteps, (size,), device=schedule.betas.device)


def unchecked(x_0, t, schedule, noise):
    """Noise x_0 also where t = 0, which sample_q refuses."""
    alpha_bar_t = schedule.alphas_bar[t].reshape(-1, *(1,) * (x_0.ndim - 1))
    return alpha_bar_t.sqrt() * x_0 + (1 - alpha_bar_t).sqrt() * noise


def stepping(
    times=uniform_times,
    noise=torch.randn_like,
    inputs=sample_q,
    call=lambda model, x, t: model(x, t),
    target=lambda x_0, x_t, noise: noise,
    loss=F.mse_loss,
    update=usual,
    result=lambda value, again: value.item(),
):
    """Build train_step from its draws, the model call, the target, the loss and the update."""

    def function(model, optimizer, x_0, schedule):
        t, eps = times(len(x_0), schedule), noise(x_0)
        x_t = inputs(x_0, t, schedule, eps)

        def compute():
            return loss(call(model, x_t, t), target(x_0, x_t, eps))

        value = compute()
        update(optimizer, value)
        return result(value, compute)

    return function


COMMON = (
    ("never_zeroed",
     "The gradients of the step before are still there when backward() adds its own: "
     "optimizer.zero_grad() must come before backward().",
     {"update": never_zeroed}),
    ("weighted_by_itself",
     "loss.backward(loss) scales the gradient by the loss; call loss.backward().",
     {"update": weighted_by_itself}),
    ("never_T", "Your times stop at T - 1; randint leaves out its upper end.",
     {"times": lambda size, s: torch.randint(1, s.num_timesteps, (size,), device=s.betas.device)}),
    ("from_0", "Your times are 0..T-1; training has t = 1..T.", {"times": from_0}),
    ("uniform_noise", "Your noise is uniform (rand); Eq. 4 wants Gaussian noise (randn).",
     {"noise": torch.rand_like}),
    ("target_x_0", "You compared the prediction with x_0; Eq. 14 compares it with the noise.",
     {"target": lambda x_0, x_t, noise: x_0}),
    ("absolute_error", "You took the absolute error (L1); Eq. 14 squares it.", {"loss": F.l1_loss}),
    ("sum",
     "You summed over all elements; "
     "Eq. 14 is used as a mean, so that the step does not grow with the image.",
     {"loss": lambda a, b: F.mse_loss(a, b, reduction="sum")}),
    ("tensor_returned",
     "You returned the loss as a tensor, which keeps the whole graph alive; return loss.item().",
     {"result": lambda value, again: value}),
)  # fmt: skip
# Tried alone, since every pair takes time.
RARE = (
    ("zeroed_after_backward",
     "Your weights did not move: there was no step, or no gradient left for it. "
     "The order is zero_grad, backward, step.",
     {"update": zero_grad_late}),
    ("step_before_backward",
     "The optimiser steps before backward, with the gradients of the step before.",
     {"update": step_first}),
    ("two_steps", "You stepped twice along one gradient; one call is one step.", {"update": twice}),
    ("uphill",
     "You went uphill: the optimiser subtracts by itself, so go backward from the loss, "
     "not its negative.",
     {"update": uphill}),
    ("one_time_for_all", "You drew one time for the whole batch; each row has its own.",
     {"times": lambda size, s: uniform_times(1, s).expand(size)}),
    ("from_0_by_hand",
     "Your times are 0..T-1: at 0 there is no noise to predict, and T is never trained.",
     {"times": from_0, "inputs": unchecked}),
    ("no_noise", "You added no noise; Algorithm 1 draws it for every value.",
     {"noise": torch.zeros_like}),
    ("one_noise_for_all", "All rows share one noise; draw it with the shape of x_0.",
     {"noise": lambda x: torch.randn_like(x[:1]).expand(x.shape)}),
    ("times_drawn_twice",
     "You drew the times twice: the model is given others than those x_t was noised for.",
     {"call": lambda model, x, t: model(
         x, torch.randint(1, model.num_timesteps + 1, t.shape, device=t.device))}),
    ("x_0_to_the_model", "You passed x_0 to the model; it predicts the noise in x_t.",
     {"inputs": lambda x_0, t, s, eps: x_0}),
    ("other_target",
     "You compared the prediction with noise drawn anew; it is the noise inside x_t.",
     {"target": lambda x_0, x_t, noise: torch.randn_like(noise)}),
    ("target_x_t", "You compared the prediction with x_t; Eq. 14 compares it with the noise.",
     {"target": lambda x_0, x_t, noise: x_t}),
    ("shifted_time", "You passed t - 1 to the model; it gets the time of x_t.",
     {"call": lambda model, x, t: model(x, t - 1)}),
    ("scaled_time", "You passed t / T to the model; it gets whole times 1..T.",
     {"call": lambda model, x, t: model(x, t / model.num_timesteps)},
     {"call": lambda model, x, t: model(x, t.to(x.dtype) / model.num_timesteps)},
     {"call": lambda model, x, t: model(x, t.double() / model.num_timesteps)}),
    ("float_time", "You called the model with times as floats; it is given whole ones, dtype long.",
     {"call": lambda model, x, t: model(x, t.float())},
     {"call": lambda model, x, t: model(x, t.to(x.dtype))},
     {"call": lambda model, x, t: model(x, t.double())}),
    ("halved", "Your loss is half of Eq. 14.", {"loss": lambda a, b: F.mse_loss(a, b) / 2}),
    ("loss_after_the_step",
     "You returned the loss after the step, at the price of a second call of the model.",
     {"result": lambda value, again: again().item()}),
    ("nothing_returned", "You returned nothing; expected the loss, as a number.",
     {"result": lambda value, again: None}),
)  # fmt: skip
STEP = variations(stepping, *COMMON, alone=RARE)
