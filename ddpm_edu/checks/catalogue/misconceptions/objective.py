"""Misconceptions about what follows from the noise: the estimate of x_0, the mean of one step."""

import torch

from ddpm_edu.checks.catalogue.misconceptions.forward import FEWER, along_columns, spoiled
from ddpm_edu.checks.catalogue.templates import COMMON, two_terms, variations


OF_NOISE = ("x", "t", "y", "schedule")


def noise_factor(s):
    """Return the factor of the noise in Eq. 4."""
    return (1 - s.alphas_bar).sqrt()


def eq_15(root=lambda s: s.alphas_bar.sqrt(), before_eps=noise_factor):
    """Build both factors of Eq. 15 from the divisor and from what stands before eps."""
    return {"first": lambda s: 1 / root(s), "second": lambda s: -before_eps(s) / root(s)}


x_0 = two_terms(OF_NOISE, **eq_15())


def mean(
    numerator=lambda s: s.betas,
    below=noise_factor,
    scale=lambda s: s.alphas.sqrt(),
    sign=-1.0,
    **others,
):
    """Build Eq. 11 from the parts of its factors, or from whole factors, first and second."""
    others.setdefault("first", lambda s: 1 / scale(s))
    others.setdefault("second", lambda s: sign * numerator(s) / below(s) / scale(s))
    return two_terms(OF_NOISE, None, None)(**others)


EITHER = (
    ("along_columns",
     "The factors were not reshaped, and multiplied columns where B equals W; use sample_by_t.",
     {"lookup": along_columns}),
    FEWER,
    COMMON["time"],
    COMMON["row"],
    ("in_place", "You changed x_t in place; the caller still needs it.", {"x": spoiled}),
    ("eps_in_place", "You changed eps in place; the caller still needs it.", {"y": spoiled}),
    ("clips_x_t", "You clipped x_t, which may leave [-1, 1]; take it as it is.",
     {"x": lambda x: x.clamp(-1, 1)}),
)  # fmt: skip
X_0 = variations(
    x_0,
    ("divided_by_alpha_bar", "You divided by alpha_bar_t; Eq. 15 divides by its square root.",
     eq_15(lambda s: s.alphas_bar)),
    ("not_divided", "You did not divide by sqrt(alpha_bar_t).",
     eq_15(lambda s: torch.ones_like(s.betas))),
    ("multiplied", "You multiplied by sqrt(alpha_bar_t); Eq. 15 divides by it.",
     eq_15(lambda s: s.alphas_bar.rsqrt())),
    ("divided_by_alpha",
     "You divided by sqrt(alpha_t); Eq. 15 has alpha_bar_t, the product over all steps.",
     eq_15(lambda s: s.alphas.sqrt())),
    ("one_step",
     "You used alpha_t for alpha_bar_t throughout; "
     "Eq. 4 jumps over all t steps, and so does the way back.",
     eq_15(lambda s: s.alphas.sqrt(), lambda s: s.betas.sqrt())),
    ("noise_without_root",
     "You subtracted (1 - alpha_bar_t) eps; Eq. 15 has the square root of it.",
     {"second": eq_15(before_eps=lambda s: 1 - s.alphas_bar)["second"]}),
    ("alpha_under_noise",
     "You subtracted sqrt(1 - alpha_t) eps; Eq. 15 has 1 - alpha_bar_t under the root.",
     {"second": eq_15(before_eps=lambda s: s.betas.sqrt())["second"]}),
    ("unscaled_noise", "You subtracted eps whole; in x_t it is scaled by sqrt(1 - alpha_bar_t).",
     {"second": eq_15(before_eps=lambda s: torch.ones_like(s.betas))["second"]}),
    ("plus_sign", "You added the noise; Eq. 15 subtracts it.",
     {"second": eq_15(before_eps=lambda s: -noise_factor(s))["second"]}),
    ("one_outside_the_root",
     "You have sqrt(1 / alpha_bar_t) - 1 before eps; the 1 belongs under the root.",
     {"second": lambda s: 1 - s.alphas_bar.rsqrt()}),
    ("noise_left_in",
     "Before eps you have 0: 1 - alpha_bar_t / alpha_bar_t needs brackets, (1 - alpha_bar_t).",
     {"second": lambda s: torch.zeros_like(s.betas)}),
    ("noise_not_divided",
     "You divided only x_t by sqrt(alpha_bar_t); the division is of the whole difference.",
     {"second": lambda s: -noise_factor(s)}),
    ("only_noise_divided",
     "You divided only the noise by sqrt(alpha_bar_t); put the difference in brackets.",
     {"first": lambda s: torch.ones_like(s.betas)}),
    ("clipped", "You clipped the result; clipping comes later, in the sampler.",
     {"after": lambda x: x.clamp(-1, 1)}),
    ("swapped", "You multiplied x_t by the factor of eps, and eps by that of x_t.",
     {"first": eq_15()["second"], "second": eq_15()["first"]}),
    *EITHER,
)  # fmt: skip
MEAN = variations(
    mean,
    ("alpha_under_root",
     "You divided by sqrt(1 - alpha_t); Eq. 11 has 1 - alpha_bar_t under the root.",
     {"below": lambda s: s.betas.sqrt()}),
    ("no_root", "You divided by 1 - alpha_bar_t; Eq. 11 divides by its square root.",
     {"below": lambda s: 1 - s.alphas_bar}),
    ("root_of_alpha_bar",
     "You divided by sqrt(alpha_bar_t); Eq. 11 has 1 - alpha_bar_t under the root.",
     {"below": lambda s: s.alphas_bar.sqrt()}),
    ("root_of_beta",
     "You multiplied eps by sqrt(beta_t); Eq. 11 has beta_t itself in the numerator.",
     {"numerator": lambda s: s.betas.sqrt()}),
    ("alpha_in_numerator",
     "You multiplied eps by alpha_t; Eq. 11 has 1 - alpha_t, which is beta_t.",
     {"numerator": lambda s: s.alphas}),
    ("plus_sign", "You added the noise; Eq. 11 subtracts it.", {"sign": 1.0}),
    ("all_noise_at_once",
     "You removed all the noise in one step; Eq. 11 removes beta_t / sqrt(1 - alpha_bar_t) of it.",
     {"numerator": lambda s: 1 - s.alphas_bar}),
    ("eps_whole", "You subtracted eps whole; Eq. 11 scales it by beta_t / sqrt(1 - alpha_bar_t).",
     {"second": lambda s: -s.alphas.rsqrt()}),
    ("only_x_t_rescaled",
     "You divided only x_t by sqrt(alpha_t); the division is of the whole difference.",
     {"second": lambda s: -s.betas / noise_factor(s)}),
    ("only_noise_rescaled",
     "You divided only the noise by sqrt(alpha_t); put the difference in brackets.",
     {"first": lambda s: torch.ones_like(s.betas)}),
    ("no_rescaling", "You left out the factor 1 / sqrt(alpha_t) before the bracket of Eq. 11.",
     {"scale": lambda s: torch.ones_like(s.betas)}),
    ("rescaled_by_alpha", "You divided the bracket of Eq. 11 by alpha_t; it is sqrt(alpha_t).",
     {"scale": lambda s: s.alphas}),
    ("multiplied_by_root",
     "You multiplied the bracket of Eq. 11 by sqrt(alpha_t); it is divided by it.",
     {"scale": lambda s: s.alphas.rsqrt()}),
    ("rescaled_by_alpha_bar",
     "You divided the bracket of Eq. 11 by sqrt(alpha_bar_t); it is sqrt(alpha_t).",
     {"scale": lambda s: s.alphas_bar.sqrt()}),
    ("x_0_returned", "You returned the x_0 of Eq. 15; one step goes back to x_{t-1} only.",
     eq_15()),
    ("clipped", "You clipped the mean; noisy data leave [-1, 1], and must.",
     {"after": lambda x: x.clamp(-1, 1)}),
    *EITHER,
)  # fmt: skip
