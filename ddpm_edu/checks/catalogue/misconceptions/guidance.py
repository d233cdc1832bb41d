"""Misconceptions about guidance, and about the velocity as a target."""

import torch

from ddpm_edu.checks.catalogue.misconceptions.forward import FEWER, along_columns, spoiled
from ddpm_edu.checks.catalogue.templates import COMMON, before, same, two_terms, variations


def guided(
    order=lambda eps_cond, eps_uncond: (eps_cond, eps_uncond),
    strength=same,
    cond=lambda w: 1 + w,
    uncond=lambda w: -w,
    after=lambda eps, eps_cond: eps,
):
    """Build guided_noise from the two predictions and their factors."""

    def function(eps_cond, eps_uncond, guidance):
        first, second = order(eps_cond, eps_uncond)
        w = strength(guidance)
        return after(cond(w) * first + uncond(w) * second, first)

    return function


def with_deviation_of(eps, eps_cond):
    """Rescale each row to the standard deviation that it had before guidance."""
    axes = tuple(range(1, eps.ndim))
    return eps * eps_cond.std(axes, keepdim=True) / eps.std(axes, keepdim=True)


GUIDANCE = variations(
    guided,
    ("s_for_w",
     "You took w for the s of other libraries: w eps_cond + (1 - w) eps_uncond, "
     "which is eps_uncond plus w times the difference; s = 1 + w.",
     {"strength": lambda w: w - 1}),
    ("w_for_s", "You added 1 to w twice; with the label it counts 1 + w times.",
     {"strength": lambda w: w + 1}),
    ("plus_for_minus", "You added w eps_uncond; it is subtracted, so that the factors sum to 1.",
     {"uncond": lambda w: w}),
    ("swapped", "You swapped the predictions, with and without the label.",
     {"order": lambda c, u: (u, c)}),
    ("towards_uncond",
     "You have the sign of w wrong: "
     "(1 - w) eps_cond + w eps_uncond goes towards the prediction without the label.",
     {"strength": lambda w: -w}),
    ("no_one_plus",
     "You returned w (eps_cond - eps_uncond), the difference alone; eps_cond itself is missing.",
     {"cond": lambda w: w}),
    ("cond_counts_once",
     "You returned eps_cond - w eps_uncond; with the label it counts 1 + w times.",
     {"cond": lambda w: 1.0}),
    ("one_plus_twice",
     "You returned (1 + w) (eps_cond - eps_uncond); without the label it counts w times.",
     {"uncond": lambda w: -(1 + w)}),
    ("no_uncond", "You returned (1 + w) eps_cond; subtract w eps_uncond.",
     {"uncond": lambda w: 0.0}),
    ("average",
     "You averaged the two predictions; guidance goes beyond eps_cond, away from eps_uncond.",
     {"strength": lambda w: -0.5}),
    ("guidance_ignored", "You returned eps_cond, or used w = 0 throughout; use `guidance`.",
     {"strength": lambda w: 0.0}),
    ("rescaled", "You rescaled the result to the standard deviation of eps_cond; Eq. 6 does not.",
     {"after": with_deviation_of}),
    ("clamped", "You clamped the result to [-1, 1]; noise leaves that range.",
     {"after": lambda eps, eps_cond: eps.clamp(-1, 1)}),
    ("in_place", "You changed eps_cond in place; the caller still needs it.",
     {"order": lambda c, u: (spoiled(c), u)}),
)  # fmt: skip


def root_alpha_bar(s):
    return s.alphas_bar.sqrt()


def root_one_minus_alpha_bar(s):
    return (1 - s.alphas_bar).sqrt()


def minus_root_one_minus_alpha_bar(s):
    return -root_one_minus_alpha_bar(s)


velocity = two_terms(("y", "x", "t", "schedule"), root_alpha_bar, minus_root_one_minus_alpha_bar)


def ones(s):
    return torch.ones_like(s.betas)


VELOCITY = variations(
    velocity,
    ("plus_sign", "You added sqrt(1 - alpha_bar_t) x_0; it is subtracted.",
     {"second": root_one_minus_alpha_bar}),
    ("negative", "Your v has the opposite sign: sqrt(1 - alpha_bar_t) x_0 is what is subtracted.",
     {"after": lambda v: -v}),
    ("swapped_factors",
     "You swapped the factors: eps has sqrt(alpha_bar_t), x_0 has sqrt(1 - alpha_bar_t).",
     {"first": root_one_minus_alpha_bar, "second": lambda s: -root_alpha_bar(s)}),
    ("swapped_data", "You swapped x_0 and eps.",
     {"first": minus_root_one_minus_alpha_bar, "second": root_alpha_bar}),
    ("no_roots", "You left out the square roots.",
     {"first": lambda s: s.alphas_bar, "second": lambda s: s.alphas_bar - 1}),
    ("noise_without_root", "You scaled eps by alpha_bar_t; it is scaled by the square root.",
     {"first": lambda s: s.alphas_bar}),
    ("signal_without_root", "You scaled x_0 by 1 - alpha_bar_t; it is scaled by the square root.",
     {"second": lambda s: s.alphas_bar - 1}),
    ("one_minus_root", "You scaled x_0 by 1 - sqrt(alpha_bar_t); it is sqrt(1 - alpha_bar_t).",
     {"second": lambda s: s.alphas_bar.sqrt() - 1}),
    ("eps_only", "You returned the part of eps only; subtract that of x_0.",
     {"second": lambda s: 0 * s.betas}),
    ("x_0_only", "You returned the part of x_0 only; that of eps is missing.",
     {"first": lambda s: 0 * s.betas}),
    ("eps_itself", "You returned eps, the target of Eq. 14; v mixes it with x_0.",
     {"first": ones, "second": lambda s: 0 * s.betas}),
    ("flow",
     "You returned eps - x_0, the velocity of a straight path; "
     "this one has factors that turn with t.",
     {"first": ones, "second": lambda s: -ones(s)}),
    ("x_t_returned",
     "You returned x_t of Eq. 4; v is its derivative, with the factors exchanged and a minus.",
     {"first": root_one_minus_alpha_bar, "second": root_alpha_bar}),
    ("x_t_for_x_0", "You put x_t in the place of x_0.",
     {"first": lambda s: root_alpha_bar(s) - (1 - s.alphas_bar),
      "second": lambda s: -root_one_minus_alpha_bar(s) * root_alpha_bar(s)}),
    ("alpha_for_alpha_bar", "You used alpha_t; v has alpha_bar_t, the product over all steps.",
     {"first": lambda s: s.alphas.sqrt(), "second": lambda s: -s.betas.sqrt()}),
    ("previous_product", "You used alpha_bar_{t-1} before eps; it is alpha_bar_t.",
     {"first": lambda s: before(s.alphas_bar).sqrt()}),
    ("along_columns",
     "alphas_bar[t] was not reshaped, and multiplied columns where B equals W; use sample_by_t.",
     {"lookup": along_columns}),
    FEWER,
    COMMON["time"],
    COMMON["row"],
    ("clamped", "You clamped the result to [-1, 1]; v leaves that range.",
     {"after": lambda v: v.clamp(-1, 1)}),
    ("in_place", "You changed x_0 in place; the caller still needs it.", {"y": spoiled}),
)  # fmt: skip
