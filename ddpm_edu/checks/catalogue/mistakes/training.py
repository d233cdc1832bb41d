"""Mistakes in Algorithm 1: the draw of times, and one step."""

import torch
from torch.nn import functional as F

from ddpm_edu.checks.catalogue.templates import same
from ddpm_edu.checks.exercise import variations
from ddpm_edu.forward import sample_q


def whole(low, beyond):
    """Build a draw of whole numbers low(T) .. beyond(T) - 1."""
    return lambda size, T, generator: torch.randint(low(T), beyond(T), (size,), generator=generator)


def drawing(draw=whole(lambda T: 1, lambda T: T + 1), source=same, after=same):  # noqa: B008  it draws nothing yet
    """Build sample_timesteps from its draw, its generator and what is done last."""

    def function(batch_size, schedule, generator=None):
        t = after(draw(batch_size, schedule.num_timesteps, source(generator)))
        return t.to(schedule.betas.device)

    return function


def uniform(size, generator):
    return torch.rand(size, generator=generator, dtype=torch.float64)


TIMES = variations(
    drawing,
    ("never_T", "Your times stop at T - 1: randint leaves out its upper end, so T + 1 must stand there.",
     {"draw": whole(lambda T: 1, lambda T: T)}),
    ("from_0", "Your times are 0..T-1; time 0 is the clean image, and training has t = 1..T.",
     {"draw": whole(lambda T: 0, lambda T: T)}),
    ("from_0_to_T", "Your times begin at 0, the clean image; training has t = 1..T.",
     {"draw": whole(lambda T: 0, lambda T: T + 1)}),
    ("never_1", "Your times begin at 2; t = 1 is trained too.", {"draw": whole(lambda T: 2, lambda T: T + 1)}),
    ("beyond_T", "Your times reach T + 1, the length of the tables; the last time is T.",
     {"draw": whole(lambda T: 1, lambda T: T + 2)}),
    ("one_time_for_all", "You drew one time for the whole batch; each row has its own.",
     {"draw": lambda n, T, g: torch.randint(1, T + 1, (1,), generator=g).expand(n)}),
    ("in_order", "Your times run through 1..T in order; they are drawn at random.",
     {"draw": lambda n, T, g: torch.arange(n) % T + 1}),
    ("ends_half_as_often", "You rounded, so that 1 and T come half as often as the rest; take the floor.",
     {"draw": lambda n, T, g: (uniform(n, g) * (T - 1)).round().long() + 1}),
    ("small_times_more_often", "Your times are not uniform: small ones come more often.",
     {"draw": lambda n, T, g: (uniform(n, g).square() * T).long() + 1}),
    ("gaussian", "You drew Gaussian numbers; the times are uniform.",
     {"draw": lambda n, T, g: (torch.randn(n, generator=g) * T / 4 + T / 2).long().clamp(1, T)}),
    ("fractions", "Your times are fractions; they are whole numbers of dtype long.",
     {"draw": lambda n, T, g: uniform(n, g) * (T - 1) + 1}),
    ("column", "You gave (B, 1); wanted is (B,).", {"after": lambda t: t[:, None]}),
    ("int32", "Your times are int32; wanted is long, torch's type for indices.", {"after": lambda t: t.int()}),
    ("generator_ignored", "You left the generator out of the draw, so that runs cannot be repeated.",
     {"source": lambda generator: None}),
)  # fmt: skip


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
    signal = schedule.alphas_bar[t].reshape(-1, *(1,) * (x_0.ndim - 1))
    return signal.sqrt() * x_0 + (1 - signal).sqrt() * noise


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
    ("never_zeroed", "The gradients of the step before are still there: optimizer.zero_grad() is missing.",
     {"update": never_zeroed}),
    ("weighted_by_itself", "loss.backward(loss) scales the gradient by the loss; call loss.backward().",
     {"update": weighted_by_itself}),
    ("never_T", "Your times stop at T - 1; randint leaves out its upper end.",
     {"times": lambda size, s: torch.randint(1, s.num_timesteps, (size,), device=s.betas.device)}),
    ("from_0", "Your times are 0..T-1; training has t = 1..T.", {"times": from_0}),
    ("uniform_noise", "Your noise is uniform (rand); Eq. 4 wants Gaussian noise (randn).", {"noise": torch.rand_like}),
    ("target_x_0", "You compared the prediction with x_0; Eq. 14 compares it with the noise.",
     {"target": lambda x_0, x_t, noise: x_0}),
    ("absolute_error", "You took the absolute error (L1); Eq. 14 squares it.", {"loss": F.l1_loss}),
    ("sum", "You summed over all elements; Eq. 14 is used as a mean, so that the step does not grow with the image.",
     {"loss": lambda a, b: F.mse_loss(a, b, reduction="sum")}),
    ("tensor_returned", "You returned the loss as a tensor, which keeps the whole graph alive; return loss.item().",
     {"result": lambda value, again: value}),
)  # fmt: skip
RARE = (
    ("zeroed_after_backward", "Your weights did not move: there was no step, or no gradient left for it. The order is "
     "zero_grad, backward, step.",
     {"update": zero_grad_late}),
    ("step_before_backward", "The optimiser steps before backward, with the gradients of the step before.",
     {"update": step_first}),
    ("two_steps", "You stepped twice along one gradient; one call is one step.", {"update": twice}),
    ("uphill", "You went uphill: the optimiser subtracts by itself, so go backward from the loss, not its negative.",
     {"update": uphill}),
    ("one_time_for_all", "You drew one time for the whole batch; each row has its own.",
     {"times": lambda size, s: uniform_times(1, s).expand(size)}),
    ("from_0_by_hand", "Your times are 0..T-1: at 0 there is no noise to predict, and T is never trained.",
     {"times": from_0, "inputs": unchecked}),
    ("no_noise", "You added no noise; Algorithm 1 draws it for every value.", {"noise": torch.zeros_like}),
    ("one_noise_for_all", "All rows share one noise; draw it with the shape of x_0.",
     {"noise": lambda x: torch.randn_like(x[:1]).expand(x.shape)}),
    ("x_0_to_the_model", "You gave the model x_0; it predicts the noise in x_t.",
     {"inputs": lambda x_0, t, s, eps: x_0}),
    ("other_target", "You compared the prediction with noise drawn anew; it is the noise inside x_t.",
     {"target": lambda x_0, x_t, noise: torch.randn_like(noise)}),
    ("target_x_t", "You compared the prediction with x_t; Eq. 14 compares it with the noise.",
     {"target": lambda x_0, x_t, noise: x_t}),
    ("shifted_time", "You gave the model t - 1; it gets the time of x_t.",
     {"call": lambda model, x, t: model(x, t - 1)}),
    ("scaled_time", "You gave the model t / T; it gets whole times 1..T.",
     {"call": lambda model, x, t: model(x, t / model.num_timesteps)}),
    ("halved", "Your loss is half of Eq. 14.", {"loss": lambda a, b: F.mse_loss(a, b) / 2}),
    ("loss_after_the_step", "You returned the loss after the step, at the price of a second call of the model.",
     {"result": lambda value, again: again().item()}),
    ("nothing_returned", "You returned nothing; wanted is the loss, as a number.",
     {"result": lambda value, again: None}),
)  # fmt: skip
STEP = variations(stepping, *COMMON, alone=RARE)
