"""Misconceptions about the simplified loss, and about the weight that the bound puts on it."""

import torch
from torch.nn.functional import huber_loss, l1_loss, mse_loss

from ddpm_edu.checks.catalogue.misconceptions.forward import COLUMNS, jump, spoiled, step
from ddpm_edu.checks.catalogue.misconceptions.step import called
from ddpm_edu.checks.catalogue.templates import one_time_earlier, same, variations
from ddpm_edu.objective import vlb_weight


noised = jump()


def loss(
    x=same,
    noise=same,
    noising=noised,
    call=lambda model, x_0, x_t, t: model(x_t, t),
    target=lambda x_0, x_t, noise: noise,
    measure=lambda eps, target, t, schedule: mse_loss(eps, target),
    after=same,
):
    """Build compute_loss from Eq. 4, the call of the model, what it is compared with and how."""

    def function(model, x_0, t, schedule, given):
        clean, added = x(x_0), noise(given)
        x_t = noising(clean, t, schedule, added)
        return after(measure(call(model, clean, x_t, t), target(clean, x_t, added), t, schedule))

    return function


def rows(values):
    """Average over all but the rows."""
    return values.flatten(1).mean(1)


def weighted(eps, target, t, schedule):
    return (vlb_weight(t, schedule) * rows((eps - target) ** 2)).mean()


def error_of_x_0(eps, target, t, schedule):
    alpha_bar_t = schedule.alphas_bar[t]
    return ((1 - alpha_bar_t) / alpha_bar_t * rows((eps - target) ** 2)).mean()


LOSS = variations(
    loss,
    ("model_sees_x_0", "You passed x_0 to the model; it sees x_t, in which the noise is.",
     {"call": lambda model, x_0, x_t, t: model(x_0, t)}),
    ("shifted_time", "You called the model with t - 1; x_t goes with its own time t.",
     {"call": lambda model, x_0, x_t, t: model(x_t, t - 1)}),
    ("scaled_time", "You called the model with t / T; it is given whole times 1..T.",
     {"call": lambda model, x_0, x_t, t: model(x_t, t / model.num_timesteps)},
     {"call": lambda model, x_0, x_t, t: model(x_t, t.to(x_t.dtype) / model.num_timesteps)},
     {"call": lambda model, x_0, x_t, t: model(x_t, t.double() / model.num_timesteps)}),
    ("float_time", "You called the model with times as floats; it is given whole ones, dtype long.",
     {"call": lambda model, x_0, x_t, t: model(x_t, t.float())},
     {"call": lambda model, x_0, x_t, t: model(x_t, t.to(x_t.dtype))},
     {"call": lambda model, x_0, x_t, t: model(x_t, t.double())}),
    ("called_twice",
     "The model is called more than once; once is enough: keep its prediction under a name.",
     *({"call": lambda model, x_0, x_t, t, n=n: called(n)(model, x_t, t)} for n in (2, 3, 4))),
    ("target_x_0", "You compared the prediction with x_0; Eq. 14 compares it with the noise.",
     {"target": lambda x_0, x_t, noise: x_0}),
    ("target_x_t", "You compared the prediction with x_t; Eq. 14 compares it with the noise.",
     {"target": lambda x_0, x_t, noise: x_t}),
    ("target_difference",
     "You compared the prediction with x_t - x_0; Eq. 14 compares it with the noise alone.",
     {"target": lambda x_0, x_t, noise: x_t - x_0}),
    ("other_target",
     "You compared the prediction with noise drawn anew; it is the noise inside x_t.",
     {"target": lambda x_0, x_t, noise: torch.randn_like(noise)}),
    ("own_noise", "You drew noise of your own; the noise is given.", {"noise": torch.randn_like}),
    ("one_step",
     "You noised x_0 by one step (alpha_t for alpha_bar_t); Eq. 14 takes the x_t of Eq. 4.",
     {"noising": step()}),
    ("absolute", "You took absolute differences (L1); Eq. 14 squares them.",
     {"measure": lambda eps, target, *_: l1_loss(eps, target)}),
    ("huber", "You took the Huber loss; Eq. 14 squares all differences, large ones too.",
     {"measure": lambda eps, target, *_: huber_loss(eps, target)}),
    ("total", "You summed the squares; expected their mean, which does not grow with the batch.",
     {"measure": lambda eps, target, *_: mse_loss(eps, target, reduction="sum")}),
    ("total_of_a_row",
     "You summed the squares of each row and averaged over rows; expected the mean over all.",
     {"measure": lambda eps, target, *_: mse_loss(eps, target, reduction="sum") / len(eps)}),
    ("not_reduced", "You returned every squared difference; expected their mean, one number.",
     {"measure": lambda eps, target, *_: (eps - target) ** 2}),
    ("one_for_each_row", "You returned one loss for each row; expected the mean over all of them.",
     {"measure": lambda eps, target, *_: rows((eps - target) ** 2)}),
    ("averaged_over_batch_only",
     "You averaged over the batch only; expected the mean over all elements.",
     {"measure": lambda eps, target, *_: ((eps - target) ** 2).mean(0)}),
    ("rows_against_rows",
     "You took (B,) minus (B, 1), which compares every row with every row; keep both alike.",
     {"measure": lambda eps, target, *_: ((rows(eps) - rows(target)[:, None]) ** 2).mean()}),
    ("root", "You took the root of the mean square; Eq. 14 has no root.",
     {"after": lambda value: value.sqrt()}),
    ("halved", "You halved the loss; Eq. 14 has no factor 1/2.",
     {"after": lambda value: value / 2}),
    ("bound_weights", "You weighted the steps as Eq. 12 does; Eq. 14 leaves the weights out.",
     {"measure": weighted}),
    ("x_0_error",
     "You compared the estimate of x_0 with x_0, which weighs a step by (1 - alpha_bar_t) / "
     "alpha_bar_t; Eq. 14 compares the noise.",
     {"measure": error_of_x_0}),
    ("no_gradients",
     "Your loss was cut off from the model (detach, no_grad or .data), which cannot learn from it.",
     {"after": lambda value: value.detach()}),
    ("number_returned",
     "You returned a float (.item()); expected the tensor, which knows its gradients.",
     {"after": lambda value: value.detach().mean().item()}),
    ("in_place", "You changed x_0 in place; the caller still needs it.", {"x": spoiled}),
)  # fmt: skip


def weight(
    above=lambda s: s.betas.square(),
    variance=lambda s: s.betas,
    scale=lambda s: s.alphas,
    rest=lambda s: 1 - s.alphas_bar,
    factor=2.0,
    time=same,
    after=same,
):
    """Build vlb_weight from what stands above and below the line of Eq. 12."""

    def function(t, schedule):
        below = factor * variance(schedule) * scale(schedule) * rest(schedule)
        return after((above(schedule) / below)[time(t)])

    return function


WEIGHT = variations(
    weight,
    ("no_half", "You left out the 2 below the line of Eq. 12.", {"factor": 1.0}),
    ("half_for_two", "You put 1/2 below the line of Eq. 12, where a 2 stands.", {"factor": 0.5}),
    ("posterior_variance",
     "Your sigma_t^2 is the posterior variance, 0 at t = 1; asked for is sigma_t^2 = beta_t.",
     {"variance": lambda s: s.posterior_variance}),
    ("sigma_not_squared", "You divided by sigma_t = sqrt(beta_t); Eq. 12 divides by its square.",
     {"variance": lambda s: s.betas.sqrt()}),
    ("no_noise_level", "You left out 1 - alpha_bar_t below the line.", {"rest": lambda s: 1.0}),
    ("no_sigma", "You left out sigma_t^2 = beta_t below the line.", {"variance": lambda s: 1.0}),
    ("beta_not_squared",
     "You have beta_t above the line; Eq. 12 has its square, of which one beta_t cancels.",
     {"above": lambda s: s.betas}),
    ("alpha_bar_for_alpha", "You divided by alpha_bar_t; Eq. 12 has alpha_t there, one step only.",
     {"scale": lambda s: s.alphas_bar}),
    ("root_of_alpha", "You divided by sqrt(alpha_t); in Eq. 12 it is squared like the error.",
     {"scale": lambda s: s.alphas.sqrt()}),
    ("no_alpha", "You left out alpha_t below the line of Eq. 12.", {"scale": lambda s: 1.0}),
    ("alpha_for_alpha_bar",
     "You divided by 1 - alpha_t; Eq. 12 has 1 - alpha_bar_t, over all steps.",
     {"rest": lambda s: s.betas}),
    ("root_of_rest",
     "You divided by sqrt(1 - alpha_bar_t); in Eq. 12 it is squared like the error.",
     {"rest": lambda s: (1 - s.alphas_bar).sqrt()}),
    ("no_one_minus", "You divided by alpha_bar_t; Eq. 12 divides by 1 - alpha_bar_t.",
     {"rest": lambda s: s.alphas_bar}),
    ("eq_8",
     "You returned 1 / (2 sigma_t^2), which weighs the distance of means in Eq. 8; "
     "expected Eq. 12.",
     {"above": lambda s: 1.0, "scale": lambda s: 1.0, "rest": lambda s: 1.0}),
    ("inverted", "You turned the weight upside down.", {"after": lambda w: 1 / w}),
    ("normalised", "You made the weights sum to 1; Eq. 12 gives them as they are.",
     {"after": lambda w: w / w.sum()}),
    ("column", "You returned (B, 1) or more axes; expected (B,).", *COLUMNS),
    ("whole_table", "You returned the whole table; expected its entries at the times t.",
     {"time": lambda t: slice(None)}),
    ("shifted_time", "You looked up t - 1; entry t belongs to time t.", {"time": one_time_earlier}),
    ("first_row_decides", "You used t[0] for all; each row has its own t.",
     {"time": lambda t: t[:1].expand(len(t))}),
)  # fmt: skip
