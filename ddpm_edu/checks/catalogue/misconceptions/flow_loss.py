"""Misconceptions about the loss of flow matching."""

import math

import torch
from torch.nn.functional import huber_loss, l1_loss, mse_loss

from ddpm_edu.checks.catalogue.misconceptions.forward import spoiled
from ddpm_edu.checks.catalogue.misconceptions.loss import rows
from ddpm_edu.checks.catalogue.templates import same, variations
from ddpm_edu.flow import rowwise


def along_columns(s, x):
    """Return (B,) without reshaping: it meets the last axis, where that happens to fit."""
    return s.to(x.dtype)


def first_row(s, x):
    return rowwise(s[:1].expand(len(s)), x)


def loss(
    x=same,
    noise=same,
    shaped=rowwise,
    signal=lambda s: 1 - s,
    of_noise=same,
    state=same,
    call=lambda model, x_0, x_s, s: model(x_s, s),
    target=lambda x_0, x_s, noise, s: noise - x_0,
    measure=mse_loss,
    after=same,
):
    """Build flow_loss from the path, the call of the model, what it is compared with and how."""

    def function(model, x_0, s, given):
        clean, added = x(x_0), noise(given)
        share = shaped(s, x_0)
        x_s = state(signal(share) * clean + of_noise(share) * added)
        return after(measure(call(model, clean, x_s, s), target(clean, x_s, added, share)))

    return function


def quarter_circle(x_0, x_s, noise, share):
    angle = math.pi / 2 * share
    return angle.cos() * noise - angle.sin() * x_0


LOSS = variations(
    loss,
    ("reversed_path",
     "Your path begins at the noise; here s = 0 is the data: (1 - s) stands before x_0.",
     {"signal": same, "of_noise": lambda s: 1 - s}),
    ("reversed_target",
     "You compared with x_0 - noise; towards larger s the path goes from x_0 to the noise.",
     {"target": lambda x_0, x_s, noise, s: x_0 - noise}),
    ("time_from_noise",
     "Your time runs the other way, with data at s = 1, as in the papers; here data are at s = 0.",
     {"signal": same, "of_noise": lambda s: 1 - s,
      "target": lambda x_0, x_s, noise, s: x_0 - noise}),
    ("target_noise",
     "You compared with the noise, the target of Eq. 14; the velocity is noise - x_0.",
     {"target": lambda x_0, x_s, noise, s: noise}),
    ("target_x_0", "You compared with x_0; the velocity is noise - x_0.",
     {"target": lambda x_0, x_s, noise, s: x_0}),
    ("target_x_s", "You compared with x_s, where the path is; the target is how it moves.",
     {"target": lambda x_0, x_s, noise, s: x_s}),
    ("target_sum", "You compared with noise + x_0; the derivative of (1 - s) x_0 is -x_0.",
     {"target": lambda x_0, x_s, noise, s: noise + x_0}),
    ("target_from_x_s",
     "You compared with noise - x_s, the rest of the way; the velocity is noise - x_0, the whole.",
     {"target": lambda x_0, x_s, noise, s: noise - x_s}),
    ("target_step", "You multiplied the velocity by s; it is the same at every s.",
     {"target": lambda x_0, x_s, noise, s: s * (noise - x_0)}),
    ("target_circle",
     "You compared with the v of lesson 8, the velocity on a circle; this path is straight.",
     {"target": quarter_circle}),
    ("roots", "You mixed with roots, as Eq. 4 does; a straight path has 1 - s and s themselves.",
     {"signal": lambda s: (1 - s).sqrt(), "of_noise": torch.sqrt}),
    ("signal_not_scaled", "You added s times the noise to all of x_0; x_0 has the factor 1 - s.",
     {"signal": torch.ones_like}),
    ("noise_not_scaled", "You added all of the noise; it has the factor s.",
     {"of_noise": torch.ones_like}),
    ("path_squared", "You squared s; at constant speed the share of the noise is s.",
     {"signal": lambda s: 1 - s**2, "of_noise": torch.square}),
    ("model_sees_x_0", "You passed x_0 to the model; it sees x_s, somewhere on the path.",
     {"call": lambda model, x_0, x_s, s: model(x_0, s)}),
    ("told_the_rest", "You told the model 1 - s; it is told s.",
     {"call": lambda model, x_0, x_s, s: model(x_s, 1 - s)}),
    ("told_thousandths", "You told the model 1000 s; this one is told s itself, in [0, 1].",
     {"call": lambda model, x_0, x_s, s: model(x_s, 1000 * s)}),
    ("called_twice", "The model is called twice; once is enough, and half the time.",
     {"call": lambda model, x_0, x_s, s: (model(x_s, s), model(x_s, s))[0]}),
    ("own_noise", "You drew noise of your own; the noise is given.", {"noise": torch.randn_like}),
    ("other_noise",
     "You drew noise anew for the target; it is the noise at the end of this very path.",
     {"target": lambda x_0, x_s, noise, s: torch.randn_like(noise) - x_0}),
    ("absolute", "You took absolute differences (L1); the loss squares them.",
     {"measure": l1_loss}),
    ("huber", "You took the Huber loss; all differences are squared, large ones too.",
     {"measure": huber_loss}),
    ("total", "You summed the squares; expected their mean, which does not grow with the batch.",
     {"measure": lambda v, target: mse_loss(v, target, reduction="sum")}),
    ("total_of_a_row",
     "You summed the squares of each row and averaged over rows; expected the mean over all.",
     {"measure": lambda v, target: mse_loss(v, target, reduction="sum") / len(v)}),
    ("not_reduced", "You returned every squared difference; expected their mean, one number.",
     {"measure": lambda v, target: (v - target) ** 2}),
    ("one_for_each_row", "You returned one loss for each row; expected the mean over all of them.",
     {"measure": lambda v, target: rows((v - target) ** 2)}),
    ("root", "You took the root of the mean square; there is no root.",
     {"after": lambda value: value.sqrt()}),
    ("halved", "You halved the loss; there is no factor 1/2.",
     {"after": lambda value: value / 2}),
    ("first_row_decides", "You used s[0] for the whole batch; each row has its own s.",
     {"shaped": first_row}),
    ("along_columns",
     "s was not reshaped, and multiplied columns where B equals W; shape it (B, 1, ..., 1).",
     {"shaped": along_columns}),
    ("clamped", "You clamped x_s to [-1, 1]; noisy data leave that range, and must.",
     {"state": lambda x: x.clamp(-1, 1)}),
    ("no_gradients",
     "Your loss was cut off from the model (detach, no_grad or .data), which cannot learn from it.",
     {"after": lambda value: value.detach()}),
    ("number_returned",
     "You returned a float (.item()); expected the tensor, which knows its gradients.",
     {"after": lambda value: value.detach().mean().item()}),
    ("in_place", "You changed x_0 in place; the caller still needs it.", {"x": spoiled}),
)  # fmt: skip
