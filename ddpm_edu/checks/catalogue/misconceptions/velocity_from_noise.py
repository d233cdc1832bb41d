"""Misconceptions about the velocity that belongs to predicted noise."""

import torch

from ddpm_edu.checks.catalogue.misconceptions.forward import along_columns, spoiled
from ddpm_edu.checks.catalogue.misconceptions.objective import OF_NOISE, noise_factor
from ddpm_edu.checks.catalogue.templates import COMMON, before, two_terms, variations


def root(s):
    return s.alphas_bar.sqrt()


def ones(s):
    return torch.ones_like(s.betas)


def straight(signal=root, noise=noise_factor):
    """Build both factors of eps - (x_t - noise eps) / signal."""
    return {"first": lambda s: -1 / signal(s), "second": lambda s: 1 + noise(s) / signal(s)}


def times(scale):
    """Build both factors, each multiplied by a table."""
    right = straight()
    return {
        "first": lambda s: scale(s) * right["first"](s),
        "second": lambda s: scale(s) * right["second"](s),
    }


velocity = two_terms(OF_NOISE, **straight())

VELOCITY = variations(
    velocity,
    ("x_0_returned", "You returned the x_0 of Eq. 15, the other end; subtract it from eps.",
     {"first": lambda s: 1 / root(s), "second": lambda s: -noise_factor(s) / root(s)}),
    ("eps_returned", "You returned eps; the velocity is what lies between x_0 and eps.",
     {"first": lambda s: 0 * s.betas, "second": ones}),
    ("negative", "Your velocity points from the noise to the data; s grows from data to noise.",
     times(lambda s: -ones(s))),
    ("sum", "You added x_0 to eps; the way from one to the other is their difference.",
     {"first": lambda s: 1 / root(s), "second": lambda s: 1 - noise_factor(s) / root(s)}),
    ("x_t_for_x_0", "You subtracted x_t; the path begins at x_0, which Eq. 15 estimates.",
     {"first": lambda s: -ones(s), "second": ones}),
    ("x_t_less_x_0",
     "You returned x_t - x_0; the velocity is the whole way, from x_0 to the noise.",
     {"first": lambda s: 1 - 1 / root(s), "second": lambda s: noise_factor(s) / root(s)}),
    ("not_divided", "In x_0 you did not divide by sqrt(alpha_bar_t), as Eq. 15 does.",
     {"first": lambda s: -ones(s), "second": lambda s: 1 + noise_factor(s)}),
    ("divided_by_alpha_bar", "In x_0 you divided by alpha_bar_t; Eq. 15 has its square root.",
     straight(lambda s: s.alphas_bar)),
    ("only_x_t_divided",
     "In x_0 you divided only x_t by sqrt(alpha_bar_t); the division is of the whole difference.",
     {"second": lambda s: 1 + noise_factor(s)}),
    ("only_noise_divided",
     "In x_0 you divided only the noise by sqrt(alpha_bar_t); put the difference in brackets.",
     {"first": lambda s: -ones(s)}),
    ("noise_without_root", "In x_0 you subtracted (1 - alpha_bar_t) eps; Eq. 15 has its root.",
     {"second": straight(noise=lambda s: 1 - s.alphas_bar)["second"]}),
    ("noise_unscaled",
     "In x_0 you subtracted eps whole; in x_t it is scaled by sqrt(1 - alpha_bar_t).",
     {"second": straight(noise=ones)["second"]}),
    ("noise_added", "In x_0 you added the noise; Eq. 15 subtracts it.",
     {"second": straight(noise=lambda s: -noise_factor(s))["second"]}),
    ("one_step",
     "You used alpha_t for alpha_bar_t; x_t is made from x_0 in one jump over all t steps.",
     straight(lambda s: s.alphas.sqrt(), lambda s: s.betas.sqrt())),
    ("on_the_circle",
     "You returned the v of lesson 8, sqrt(alpha_bar_t) eps - sqrt(1 - alpha_bar_t) x_0; "
     "on a straight path both have the factor 1.",
     {"first": lambda s: -noise_factor(s) / root(s), "second": lambda s: 1 / root(s)}),
    ("rescaled_down",
     "You divided by sqrt(alpha_bar_t) + sqrt(1 - alpha_bar_t); that rescales the state x_t, "
     "not its velocity.",
     times(lambda s: 1 / (root(s) + noise_factor(s)))),
    ("rescaled_up",
     "You multiplied by sqrt(alpha_bar_t) + sqrt(1 - alpha_bar_t); eps - x_0 is the velocity "
     "already.",
     times(lambda s: root(s) + noise_factor(s))),
    ("flow_of_lesson_8",
     "You returned the slope of lesson 8's differential equation, which goes by the time t; "
     "expected eps - x_0, by s.",
     {"first": lambda s: -s.betas / 2, "second": lambda s: s.betas / 2 / noise_factor(s)}),
    ("previous_product", "In x_0 you divided by the root of alpha_bar_{t-1}; it is alpha_bar_t.",
     straight(lambda s: before(s.alphas_bar).sqrt())),
    ("swapped", "You multiplied x_t by the factor of eps, and eps by that of x_t.",
     {"first": straight()["second"], "second": straight()["first"]}),
    ("along_columns",
     "alphas_bar[t] was not reshaped, and multiplied columns where B equals W; use sample_by_t.",
     {"lookup": along_columns}),
    COMMON["time"],
    COMMON["row"],
    ("clamped", "You clamped the result to [-1, 1]; a velocity leaves that range.",
     {"after": lambda v: v.clamp(-1, 1)}),
    ("in_place", "You changed x_t in place; the caller still needs it.", {"x": spoiled}),
    ("eps_in_place", "You changed eps in place; the caller still needs it.", {"y": spoiled}),
)  # fmt: skip
