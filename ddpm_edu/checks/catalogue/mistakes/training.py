"""Mistakes in Algorithm 1: the draw of times, one step, the average of the weights."""

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


def no_step(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()


def uniform_times(size, schedule):
    return torch.randint(1, schedule.num_timesteps + 1, (size,), device=schedule.betas.device)


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


STEP = variations(
    stepping,
    ("never_zeroed", "The gradients of the step before are still there: optimizer.zero_grad() is missing.",
     {"update": never_zeroed}),
    ("zeroed_after_backward", "Nothing is left to step with: the order is zero_grad, backward, step.",
     {"update": zero_grad_late}),
    ("step_before_backward", "The optimiser steps before backward, with the gradients of the step before.",
     {"update": step_first}),
    ("weighted_by_itself", "loss.backward(loss) scales the gradient by the loss (tiny-diffusion once did); call backward().",
     {"update": weighted_by_itself}),
    ("one_time_for_all", "You drew one time for the whole batch; each row has its own.",
     {"times": lambda size, s: uniform_times(1, s).expand(size)}),
    ("never_T", "Your times stop at T - 1; randint leaves out its upper end.",
     {"times": lambda size, s: torch.randint(1, s.num_timesteps, (size,), device=s.betas.device)}),
    ("from_0", "Your times are 0..T-1; training has t = 1..T.",
     {"times": lambda size, s: torch.randint(0, s.num_timesteps, (size,), device=s.betas.device)}),
    ("uniform_noise", "Your noise is uniform (rand); Eq. 4 wants Gaussian noise (randn).", {"noise": torch.rand_like}),
    ("one_noise_for_all", "All rows share one noise; draw it with the shape of x_0.",
     {"noise": lambda x: torch.randn_like(x[:1]).expand(x.shape)}),
    ("x_0_to_the_model", "You gave the model x_0; it predicts the noise in x_t.",
     {"inputs": lambda x_0, t, s, eps: x_0}),
    ("target_x_0", "You compared the prediction with x_0; Eq. 14 compares it with the noise.",
     {"target": lambda x_0, x_t, noise: x_0}),
    ("target_x_t", "You compared the prediction with x_t; Eq. 14 compares it with the noise.",
     {"target": lambda x_0, x_t, noise: x_t}),
    ("shifted_time", "You gave the model t - 1; it gets the time of x_t.",
     {"call": lambda model, x, t: model(x, t - 1)}),
    ("scaled_time", "You gave the model t / T; it gets whole times 1..T.",
     {"call": lambda model, x, t: model(x, t / model.num_timesteps)}),
    ("absolute_error", "You took the absolute error (L1); Eq. 14 squares it.", {"loss": F.l1_loss}),
    ("sum", "You summed over all elements; Eq. 14 is used as a mean, so that the step does not grow with the image.",
     {"loss": lambda a, b: F.mse_loss(a, b, reduction="sum")}),
    ("halved", "Your loss is half of Eq. 14.", {"loss": lambda a, b: F.mse_loss(a, b) / 2}),
    ("tensor_returned", "You returned the loss as a tensor, which keeps the whole graph alive; return loss.item().",
     {"result": lambda value, again: value}),
    ("loss_after_the_step", "You returned the loss after the step, at the price of a second call of the model.",
     {"result": lambda value, again: again().item()}),
    ("nothing_returned", "You returned nothing; wanted is the loss, as a number.",
     {"result": lambda value, again: None}),
)  # fmt: skip


def averaging(
    blend=lambda ema, new, decay: decay * ema + (1 - decay) * new,
    write=lambda ema, new, value: ema.copy_(value),
    pairs=same,
    mode=torch.no_grad,
    result=lambda ema_model: None,
):
    """Build update_ema from the blend, where it is written, which weights, and under which gradient mode."""

    def function(ema_model, model, decay):
        with mode():
            for ema, new in pairs(list(zip(ema_model.parameters(), model.parameters(), strict=True))):
                write(ema, new, blend(ema, new, decay))
        return result(ema_model)

    return function


AVERAGE = variations(
    averaging,
    ("swapped_decay", "You swapped the shares: decay belongs to the old average, 1 - decay to the model.",
     {"blend": lambda ema, new, decay: (1 - decay) * ema + decay * new}),
    ("copied", "The average became the model itself, copied or shared; it keeps the share `decay` of what it was.",
     {"blend": lambda ema, new, decay: new}),
    ("model_changed", "You wrote into the model; the average is what changes.",
     {"write": lambda ema, new, value: new.copy_(value)}),
    ("both_changed", "You wrote into the model too; only the average changes.",
     {"write": lambda ema, new, value: (ema.copy_(value), new.copy_(value))}),
    ("not_in_place", "You computed the average and let it go: write it into the parameter, with copy_, mul_ or lerp_.",
     {"write": lambda ema, new, value: None}),
    ("with_gradients", "You averaged with gradients on, so that the average remembers every step; use torch.no_grad().",
     {"mode": torch.enable_grad}),
    ("first_weight_only", "Only the first parameter was averaged; walk through all of them.",
     {"pairs": lambda pairs: pairs[:1]}),
    ("no_biases", "The biases were left out; they are parameters too.",
     {"pairs": lambda pairs: [pair for pair in pairs if pair[0].ndim > 1]}),
    ("half_and_half", "You took the mean of both; `decay` says how much of the old average is kept.",
     {"blend": lambda ema, new, decay: (ema + new) / 2}),
    ("new_unweighted", "You added the model's weights with weight 1; their share is 1 - decay.",
     {"blend": lambda ema, new, decay: decay * ema + new}),
    ("old_unweighted", "You kept all of the old average; its share is decay.",
     {"blend": lambda ema, new, decay: ema + (1 - decay) * new}),
    ("squared_decay", "You used decay twice; it stands there once.",
     {"blend": lambda ema, new, decay: decay**2 * ema + (1 - decay**2) * new}),
    ("difference_reversed", "You moved the average away from the model; the difference is model - ema.",
     {"blend": lambda ema, new, decay: ema + (1 - decay) * (ema - new)}),
    ("returned", "You returned the average; it is changed in place, and nothing is returned.",
     {"result": lambda ema_model: ema_model}),
)  # fmt: skip
