"""Misconceptions about one step with clipping, the sampler of the post among them."""

import torch

from ddpm_edu.checks.catalogue.misconceptions.noised_again import NOISED_AGAIN, noised_again
from ddpm_edu.checks.catalogue.misconceptions.step import (
    CALL,
    NOISE,
    POSTERIOR,
    RARE_CALL,
    RARE_NOISE,
    step,
)
from ddpm_edu.checks.catalogue.templates import same, variations
from ddpm_edu.checks.exercise import Misconception
from ddpm_edu.objective import mean_from_noise, predict_x0
from ddpm_edu.posterior import posterior_mean
from ddpm_edu.sampling import sample_p_unclipped


def clipped_x_0(x, t, eps, schedule):
    return predict_x0(x, t, eps, schedule).clamp(-1, 1)


CLIPPED = (
    ("clips_x_t", "You clipped x_t; what lies in [-1, 1] is the estimate of x_0.",
     {"inputs": lambda x, eps: (x.clamp(-1, 1), eps)}),
    ("clips_eps", "You clipped the predicted noise; what lies in [-1, 1] is the estimate of x_0.",
     {"inputs": lambda x, eps: (x, eps.clamp(-1, 1)), "clip": same},
     {"inputs": lambda x, eps: (x, eps.clamp(-1, 1))},
     {"clipped": lambda x, t, eps, s: mean_from_noise(x, t, eps.clamp(-1, 1), s)},
     {"clipped": lambda x, t, eps, s: posterior_mean(
         clipped_x_0(x, t, eps.clamp(-1, 1), s), x, t, s)}),
    ("clips_to_0_1", "You clipped x_0 to [0, 1]; images lie in [-1, 1] here.",
     {"clip": lambda x_0: x_0.clamp(0, 1)}),
    ("never_clips", "You did not clip the estimate of x_0.", {"clip": same}),
    ("clips_the_mean",
     "You clipped the mean of the step; what lies in [-1, 1] is the estimate of x_0.",
     {"clipped": lambda x, t, eps, s: mean_from_noise(x, t, eps, s).clamp(-1, 1)}),
    ("always_clips", "You clip whatever `clipping` says; with clipping=False the mean is Eq. 11.",
     {"mean": lambda x, t, eps, s: posterior_mean(clipped_x_0(x, t, eps, s), x, t, s)}),
)  # fmt: skip
RARE_CLIPPED = (
    ("clips_x_t_in_eq_11",
     "You clipped x_t in Eq. 11; what lies in [-1, 1] is the estimate of x_0.",
     {"clipped": lambda x, t, eps, s: mean_from_noise(x.clamp(-1, 1), t, eps, s)}),
    ("clips_x_t_in_eq_7", "You clipped x_t in Eq. 7; what lies in [-1, 1] is the estimate of x_0.",
     {"clipped":
      lambda x, t, eps, s: posterior_mean(predict_x0(x, t, eps, s), x.clamp(-1, 1), t, s)}),
    ("x_0_as_mean", "You took the clipped x_0 as the mean; Eq. 7 weighs it against x_t.",
     {"clipped": clipped_x_0}),
    ("swapped_in_eq_7", "You passed x_t and x_0 to Eq. 7 in the wrong order.",
     {"clipped": lambda x, t, eps, s: posterior_mean(x, clipped_x_0(x, t, eps, s), t, s)}),
    ("clipped_x_0_as_eps",
     "You passed the clipped x_0 to Eq. 11, which wants the noise; Eq. 7 takes x_0.",
     {"clipped": lambda x, t, eps, s: mean_from_noise(x, t, clipped_x_0(x, t, eps, s), s)}),
    ("noised_again", NOISED_AGAIN, *noised_again(clipped_x_0)),
    ("clipping_off_by_default", "You clip only when asked; clipping=True is the default.",
     {"default": False}),
    ("clips_the_result",
     "You clipped x_{t-1}; noisy states leave [-1, 1], only the estimate of x_0 is clipped.",
     {"clip": same, "after": lambda x: x.clamp(-1, 1)}),
)  # fmt: skip


# In the post's sampler what `if clipping:` computes is overwritten; its call of the model is left.
def missing_else(model, x_t, t, schedule, clipping=True):
    if clipping:
        model(x_t, t)
    return sample_p_unclipped(model, x_t, t, schedule)


def as_scraped(model, x_t, t, schedule, clipping=True):
    if clipping:
        model(x_t, t)
    mean = mean_from_noise(x_t, t, model(x_t, t), schedule)
    return mean if t[0] == 1 else mean + POSTERIOR(schedule, t, x_t) * torch.randn_like(x_t)


SCRAPED = (
    "This is the post's sampler as it was scraped: "
    "an `else:` is missing, and t[0] decides for the whole batch."
)
ELSE = (
    "The unclipped mean overwrites the clipped one, "
    "and the model is called twice: an `else:` is missing."
)
CLIPPED_STEP = (
    Misconception("missing_else", ELSE, missing_else),
    Misconception("as_scraped", SCRAPED, as_scraped),
    *variations(step, *CLIPPED, *NOISE, *CALL, alone=(*RARE_CLIPPED, *RARE_NOISE, *RARE_CALL)),
)
