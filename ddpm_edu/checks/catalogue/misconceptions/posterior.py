"""Misconceptions about one step back with x_0 known: its variance and its mean."""

from types import SimpleNamespace

import torch
from torch.nn.functional import pad

from ddpm_edu.checks.catalogue.misconceptions.forward import FEWER, along_columns, spoiled
from ddpm_edu.checks.catalogue.templates import COMMON, before, same, two_terms, variations
from ddpm_edu.schedule import cumulative_alphas, linear_schedule


def with_zero(values, first=0.0):
    """Put entry 0 before a table, on whatever device that is."""
    return pad(values, (1, 0), value=first)


def eq_7(prev, now, beta):
    return (1 - prev) / (1 - now) * beta


def variance(
    source=same,
    product=lambda s: s.alphas_bar,
    previous=lambda bar: bar[:-1],
    formula=eq_7,
    table=with_zero,
):
    """Build posterior_variance from alpha_bar, now and one step earlier, Eq. 7, and the table."""

    def function(schedule):
        s = source(schedule)
        return table(formula(previous(product(s)), product(s)[1:], s.betas[1:]))

    return function


def tables(betas):
    """Make the tables of Eq. 7 anew, as an answer does that pays no heed to the schedule given."""
    alphas, alphas_bar = cumulative_alphas(betas)
    return SimpleNamespace(betas=betas, alphas=alphas, alphas_bar=alphas_bar)


VARIANCE = variations(
    variance,
    ("beta_itself",
     "You returned beta_t; Eq. 7 shrinks it by (1 - alpha_bar_{t-1}) / (1 - alpha_bar_t).",
     {"formula": lambda prev, now, beta: beta}),
    ("inverted_ratio",
     "You turned the ratio of Eq. 7 upside down; 1 - alpha_bar_t, the larger, is below.",
     {"formula": lambda prev, now, beta: (1 - now) / (1 - prev) * beta}),
    ("first_product_zero", "You took alpha_bar_0 = 0; an empty product is 1, so that entry 1 is 0.",
     {"previous": lambda bar: with_zero(bar[1:-1])}),
    ("first_product_alpha_1",
     "You took alpha_bar_1 for alpha_bar_0, which is 1; entry 1 must be 0.",
     {"previous": lambda bar: torch.cat([bar[1:2], bar[1:-1]])}),
    ("padded_on_the_right",
     "You put the 1 after the alpha_bar of the steps; alpha_bar_0 = 1 comes before them.",
     {"previous": lambda bar: pad(bar[1:-1], (0, 1), value=1.0)}),
    ("rolled", "You rolled alpha_bar, so that alpha_bar_T stands for alpha_bar_0; that is 1.",
     {"previous": lambda bar: bar[1:].roll(1)}),
    ("no_beta", "You left out the factor beta_t of Eq. 7.",
     {"formula": lambda prev, now, beta: (1 - prev) / (1 - now)}),
    ("not_divided", "You left out the division by 1 - alpha_bar_t in Eq. 7.",
     {"formula": lambda prev, now, beta: (1 - prev) * beta}),
    ("alpha_for_beta", "You multiplied by alpha_t; Eq. 7 has beta_t = 1 - alpha_t.",
     {"formula": lambda prev, now, beta: (1 - prev) / (1 - now) * (1 - beta)}),
    ("no_one_minus", "You took alpha_bar_{t-1} / alpha_bar_t; both are 1 - alpha_bar in Eq. 7.",
     {"formula": lambda prev, now, beta: prev / now * beta}),
    ("root_of_ratio", "You took a root of the ratio; Eq. 7 has none in the variance.",
     {"formula": lambda prev, now, beta: ((1 - prev) / (1 - now)).sqrt() * beta}),
    ("precedence", "`a / 1 - b` divides by 1 and then subtracts b; write `a / (1 - b)`.",
     {"formula": lambda prev, now, beta: beta * (1 - prev) / 1 - now}),
    ("factor_of_x_0", "You returned the factor of x_0 in the mean of Eq. 7; expected the variance.",
     {"formula": lambda prev, now, beta: prev.sqrt() * beta / (1 - now)}),
    ("alpha", "You used alpha_t; Eq. 7 has alpha_bar_t, the product over all steps.",
     {"product": lambda s: s.alphas}),
    ("deviation", "You returned the standard deviation; expected the variance, without a root.",
     {"table": lambda v: with_zero(v).sqrt()}),
    ("logarithm", "You returned the logarithm; expected the variance itself.",
     {"table": lambda v: with_zero(v).log()}),
    ("nan_at_0", "Entry 0 is NaN (0 / 0); the clean image has no step back, so set it to 0.",
     {"table": lambda v: with_zero(v, float("nan"))}),
    ("entry_1_from_2",
     "You put entry 2 in the place of entry 1, as code does that takes logarithms; entry 1 is 0.",
     {"table": lambda v: with_zero(torch.cat([v[1:2], v[1:]]))}),
    ("no_entry_0", "Your table has T entries; entry 0, the clean image, is missing.",
     {"table": same}),
    ("float32", "You returned float32 whatever the schedule has; keep the dtype of its tables.",
     {"table": lambda v: with_zero(v).float()}),
    ("fixed_schedule",
     "You computed the paper's schedule again; use the tables of the one you are given.",
     {"source": lambda s: tables(linear_schedule(1000).to(s.betas))}),
    ("in_place", "You changed schedule.betas in place; others read the same table.",
     {"formula": lambda prev, now, beta: beta.mul_((1 - prev) / (1 - now))}),
)  # fmt: skip


def earlier(s):
    """Return alpha_bar_{t-1} at entry t."""
    return before(s.alphas_bar)


def earlier_from_0(s):
    """Return alpha_bar_{t-1} at entry t, with alpha_bar_0 = 0."""
    return pad(s.alphas_bar[1:-1], (2, 0))


def of_x_0(
    root=lambda s: earlier(s).sqrt(), beta=lambda s: s.betas, below=lambda s: 1 - s.alphas_bar
):
    """Build the factor of x_0 in Eq. 7."""
    return lambda s: root(s) * beta(s) / below(s)


def of_x_t(
    root=lambda s: s.alphas.sqrt(), rest=lambda s: 1 - earlier(s), below=lambda s: 1 - s.alphas_bar
):
    """Build the factor of x_t in Eq. 7."""
    return lambda s: root(s) * rest(s) / below(s)


def counted_down(t):
    """Return t, and leave the caller's own one lower, as `t -= 1` does."""
    return t.sub_(1) + 1


mean = two_terms(("x", "y", "t", "schedule"), of_x_0(), of_x_t())

MEAN = variations(
    mean,
    ("swapped", "You multiplied x_0 by the factor of x_t, and x_t by that of x_0.",
     {"first": of_x_t(), "second": of_x_0()}),
    ("alpha_at_x_0", "You have sqrt(alpha_{t-1}) before x_0; Eq. 7 has sqrt(alpha_bar_{t-1}).",
     {"first": of_x_0(lambda s: before(s.alphas).sqrt())}),
    ("alpha_bar_t_at_x_0", "You have sqrt(alpha_bar_t) before x_0; Eq. 7 has that of t - 1.",
     {"first": of_x_0(lambda s: s.alphas_bar.sqrt())}),
    ("alpha_bar_at_x_t",
     "You have sqrt(alpha_bar_t) before x_t; Eq. 7 has sqrt(alpha_t), one step only.",
     {"second": of_x_t(lambda s: s.alphas_bar.sqrt())}),
    ("no_root_at_x_0", "You left out the root of alpha_bar_{t-1} before x_0.",
     {"first": of_x_0(earlier)}),
    ("no_root_at_x_t", "You left out the root of alpha_t before x_t.",
     {"second": of_x_t(lambda s: s.alphas)}),
    ("beta_missing", "You left out beta_t before x_0.",
     {"first": of_x_0(beta=lambda s: torch.ones_like(s.betas))}),
    ("root_of_beta", "You have sqrt(beta_t) before x_0; Eq. 7 has beta_t itself.",
     {"first": of_x_0(beta=lambda s: s.betas.sqrt())}),
    ("rest_of_t",
     "You have 1 - alpha_bar_t before x_t, which cancels; Eq. 7 has 1 - alpha_bar_{t-1} there.",
     {"second": of_x_t(rest=lambda s: 1 - s.alphas_bar)}),
    ("beta_at_x_t", "You have beta_t before x_t; Eq. 7 has 1 - alpha_bar_{t-1} there.",
     {"second": of_x_t(rest=lambda s: s.betas)}),
    ("earlier_denominator",
     "You divided by 1 - alpha_bar_{t-1}, 0 at t = 1; Eq. 7 divides by 1 - alpha_bar_t.",
     {"first": of_x_0(below=lambda s: 1 - earlier(s)),
      "second": of_x_t(below=lambda s: 1 - earlier(s))}),
    ("not_divided", "You left out the division by 1 - alpha_bar_t.",
     {"first": of_x_0(below=lambda s: 1.0), "second": of_x_t(below=lambda s: 1.0)}),
    ("root_in_denominator", "You divided by sqrt(1 - alpha_bar_t); Eq. 7 has no root there.",
     {"first": of_x_0(below=lambda s: (1 - s.alphas_bar).sqrt()),
      "second": of_x_t(below=lambda s: (1 - s.alphas_bar).sqrt())}),
    ("precedence", "`a / 1 - b` divides by 1 and then subtracts b; write `a / (1 - b)`.",
     {"first": lambda s: earlier(s).sqrt() * s.betas / 1 - s.alphas_bar,
      "second": lambda s: s.alphas.sqrt() * (1 - earlier(s)) / 1 - s.alphas_bar}),
    ("precedence_of_x_0",
     "Before x_0, `a / 1 - b` divides by 1 and then subtracts b; write `a / (1 - b)`.",
     {"first": lambda s: earlier(s).sqrt() * s.betas / 1 - s.alphas_bar}),
    ("precedence_of_x_t",
     "Before x_t, `a / 1 - b` divides by 1 and then subtracts b; write `a / (1 - b)`.",
     {"second": lambda s: s.alphas.sqrt() * (1 - earlier(s)) / 1 - s.alphas_bar}),
    ("first_product_zero",
     "You took alpha_bar_0 = 0; it is 1, so that the mean at t = 1 is x_0 itself.",
     {"first": of_x_0(lambda s: earlier_from_0(s).sqrt()),
      "second": of_x_t(rest=lambda s: 1 - earlier_from_0(s))}),
    ("alpha", "You used alpha for alpha_bar throughout; alpha_bar is the product over all steps.",
     {"first": of_x_0(lambda s: before(s.alphas).sqrt(), below=lambda s: s.betas),
      "second": of_x_t(rest=lambda s: before(s.betas), below=lambda s: s.betas)}),
    ("clipped", "You clipped x_0; Eq. 7 takes it as it is given.", {"x": lambda x: x.clamp(-1, 1)}),
    ("along_columns",
     "The factors were not reshaped, and multiplied columns where B equals W; use sample_by_t.",
     {"lookup": along_columns}),
    FEWER,
    COMMON["time"],
    COMMON["row"],
    ("counts_t_down", "You changed t in place; write t - 1, which makes a new tensor.",
     {"time": counted_down}),
    ("in_place", "You changed x_0 in place; the caller still needs it.", {"x": spoiled}),
)  # fmt: skip
