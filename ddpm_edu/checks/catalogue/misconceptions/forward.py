"""Misconceptions about the forward process: look-ups, one step, one jump, signal over noise."""

import torch

from ddpm_edu.checks.catalogue.templates import (
    COMMON,
    before,
    one_time_earlier,
    same,
    two_terms,
    variations,
)


def looking_up(
    time=same, shape=lambda x_shape: (-1, *(1,) * (len(x_shape) - 1)), after=lambda v, x_shape: v
):
    """Build sample_by_t from the times, the shape, and what is done last."""
    return lambda values, t, x_shape: after(values[time(t)].reshape(shape(x_shape)), x_shape)


LOOK_UP = variations(
    looking_up,
    ("no_reshape",
     "You returned values[t] as (B,); it multiplies columns, not rows. Give it B, 1, ..., 1.",
     {"shape": lambda x_shape: (-1,)}),
    ("first_row_decides", "You used t[0] for the whole batch; each row has its own t.",
     {"time": lambda t: t[:1].expand(len(t))}),
    ("shifted_time",
     "You looked up t - 1; the tables have an entry 0, so that entry t belongs to time t.",
     {"time": one_time_earlier}),
    ("only_4d", "You reshaped to (B, 1, 1, 1) whatever x_shape is; use len(x_shape).",
     {"shape": lambda x_shape: (-1, 1, 1, 1)}),
    ("one_dimension_more",
     "You added a 1 for every dimension of x_shape, the batch included; it needs one less.",
     {"shape": lambda x_shape: (-1, *(1,) * len(x_shape))}),
    ("one_dimension_fewer",
     "Your result has a dimension too few: it has as many as x_shape, (B, 1, ..., 1).",
     {"shape": lambda x_shape: (-1, *(1,) * (len(x_shape) - 2))}),
    ("wrong_axis",
     "Your values lie along the last axis; they belong along the first, one for each row.",
     {"shape": lambda x_shape: (*(1,) * (len(x_shape) - 1), -1)}),
    ("expanded",
     "You expanded the result to x_shape; broadcasting does that, so (B, 1, ..., 1) is enough.",
     {"after": lambda v, x_shape: v.expand(x_shape)}),
    ("not_by_t", "You took the first B values of the table; expected those at the times t.",
     {"time": lambda t: torch.arange(len(t), device=t.device) + 1},
     {"time": lambda t: torch.arange(len(t), device=t.device)},
     {"time": lambda t: slice(1, len(t) + 1)}),
    ("whole_table", "You returned the whole table; expected its values at the times t.",
     {"time": lambda t: slice(None)}),
)  # fmt: skip

NOISING = ("x", "t", "schedule", "y")
step = two_terms(NOISING, lambda s: s.alphas.sqrt(), lambda s: s.betas.sqrt())
jump = two_terms(NOISING, lambda s: s.alphas_bar.sqrt(), lambda s: (1 - s.alphas_bar).sqrt())


def spoiled(x):
    """Return x, and scale the caller's own tensor, as `x *= ...` does."""
    kept = x.clone()
    x.mul_(0.5)
    return kept


def along_columns(table, t, x):
    """Return (B,) without reshaping: it meets the last axis, where that happens to fit."""
    return table[t].to(x.dtype)


def four_dimensions(table, t, x):
    """Reshape for images, whatever x is."""
    return table[t].reshape(-1, 1, 1, 1).to(x.dtype)


def with_ones(count):
    """Build a look-up that gives (B, 1, ..., 1) with as many ones as count(x)."""
    return lambda table, t, x: table[t].reshape(-1, *(1,) * count(x)).to(x.dtype)


FEWER = (
    "one_dimension_fewer",
    "The factors have fewer dimensions than x, so that they meet other axes than the rows; they "
    "need one for each of x, (B, 1, ..., 1).",
    {"lookup": with_ones(lambda x: x.ndim - 2)},
    *({"lookup": with_ones(lambda x, n=number: n)} for number in (1, 2)),
)
EITHER = (
    COMMON["time"],
    COMMON["row"],
    ("own_noise", "You drew noise of your own; the noise is given.", {"y": torch.randn_like}),
    ("uniform_noise", "You drew uniform noise (rand); the noise is given, and Gaussian.",
     {"y": torch.rand_like}),
    ("one_noise_for_all", "You used the noise of the first row for all; each row has its own.",
     {"y": lambda noise: noise[:1].expand(noise.shape)}),
    ("in_place", "You changed x in place; the caller still needs it.", {"x": spoiled}),
    ("clamped", "You clamped the result to [-1, 1]; noisy data leave that range, and must.",
     {"after": lambda x: x.clamp(-1, 1)}),
    ("along_columns",
     "values[t] was not reshaped: (B,) meets the last axis, not the rows; use sample_by_t.",
     {"lookup": along_columns}),
    ("only_4d",
     "You reshaped to (B, 1, 1, 1), whatever x is; points in the plane have two dimensions.",
     {"lookup": four_dimensions}),
    FEWER,
    ("swapped", "You swapped the two factors: the signal got the noise's, the noise the signal's.",
     {}),
)  # fmt: skip


def with_swap(first, second):
    both = {"first": second, "second": first}
    return tuple((*e[:2], e[2] or both, *e[3:]) for e in EITHER)


STEP = variations(
    step,
    ("noise_without_root", "You scaled the noise by beta_t; Eq. 2 scales it by the square root.",
     {"second": lambda s: s.betas}),
    ("signal_without_root", "You scaled x by 1 - beta_t; Eq. 2 scales it by the square root.",
     {"first": lambda s: s.alphas}),
    ("signal_not_scaled",
     "You added noise without shrinking x; then the variance grows without end.",
     {"first": lambda s: torch.ones_like(s.betas)}),
    ("alpha_bar",
     "You used alpha_bar_t, the product over all steps; one step has alpha_t = 1 - beta_t.",
     {"first": lambda s: s.alphas_bar.sqrt(), "second": lambda s: (1 - s.alphas_bar).sqrt()}),
    ("one_minus_root", "You scaled x by 1 - sqrt(beta_t); Eq. 2 has sqrt(1 - beta_t).",
     {"first": lambda s: 1 - s.betas.sqrt()}),
    *with_swap(lambda s: s.alphas.sqrt(), lambda s: s.betas.sqrt()),
)  # fmt: skip
JUMP = variations(
    jump,
    ("noise_without_root",
     "Your values equal those of multiplying the noise by 1 - alpha_bar_t; "
     "Eq. 4 scales it by the square root.",
     {"second": lambda s: 1 - s.alphas_bar}),
    ("signal_without_root", "You scaled x_0 by alpha_bar_t; Eq. 4 scales it by the square root.",
     {"first": lambda s: s.alphas_bar}),
    ("signal_not_scaled",
     "You added noise without shrinking x_0; Eq. 4 scales it by sqrt(alpha_bar_t).",
     {"first": lambda s: torch.ones_like(s.betas)}),
    ("one_step",
     "You took one step from x_0 (alpha_t for alpha_bar_t); Eq. 4 jumps over all t steps.",
     {"first": lambda s: s.alphas.sqrt(), "second": lambda s: s.betas.sqrt()}),
    ("alpha_under_signal",
     "You scaled x_0 by sqrt(alpha_t); Eq. 4 has alpha_bar_t, the product over all steps.",
     {"first": lambda s: s.alphas.sqrt()}),
    ("alpha_under_noise",
     "You scaled the noise by sqrt(1 - alpha_t); Eq. 4 has 1 - alpha_bar_t under the root.",
     {"second": lambda s: s.betas.sqrt()}),
    ("one_minus_root",
     "You scaled the noise by 1 - sqrt(alpha_bar_t); Eq. 4 has sqrt(1 - alpha_bar_t).",
     {"second": lambda s: 1 - s.alphas_bar.sqrt()}),
    ("squares", "You squared the factors where Eq. 4 takes roots.",
     {"first": lambda s: s.alphas_bar**2, "second": lambda s: (1 - s.alphas_bar) ** 2}),
    ("previous_product", "You used alpha_bar_{t-1}; Eq. 4 has alpha_bar_t.",
     {"first": lambda s: before(s.alphas_bar).sqrt()}),
    *with_swap(lambda s: s.alphas_bar.sqrt(), lambda s: (1 - s.alphas_bar).sqrt()),
)  # fmt: skip


COLUMNS = (
    {"after": lambda value: value[:, None]},
    {"after": lambda value: value[:, None, None, None]},
)


def ratio(above=lambda s: s.alphas_bar, below=lambda s: 1 - s.alphas_bar, time=same, after=same):
    """Build snr from what stands above and below the line."""
    return lambda t, schedule: after((above(schedule) / below(schedule))[time(t)])


RATIO = variations(
    ratio,
    ("inverted", "You returned noise over signal.", {"after": lambda value: 1 / value}),
    ("roots",
     "You returned the ratio of the factors of Eq. 4; "
     "the SNR is the ratio of variances, their squares.",
     {"after": torch.sqrt}),
    ("alpha", "You used alpha_t; the SNR of x_t has alpha_bar_t, the product over all steps.",
     {"above": lambda s: s.alphas, "below": lambda s: s.betas}),
    ("signal_only", "You returned alpha_bar_t; divide it by the noise's variance.",
     {"below": lambda s: 1.0}),
    ("decibels", "You returned decibels; expected the plain ratio.",
     {"after": lambda value: 10 * value.log10()}),
    ("logarithm", "You returned the logarithm; expected the plain ratio.", {"after": torch.log}),
    ("shifted_time", "You looked up t - 1; entry t belongs to time t.", {"time": one_time_earlier}),
    ("first_row_decides", "You used t[0] for all; each row has its own t.",
     {"time": lambda t: t[:1].expand(len(t))}),
    ("column", "You returned (B, 1) or more axes; expected (B,).", *COLUMNS),
    ("whole_table", "You returned the whole table; expected its entries at the times t.",
     {"time": lambda t: slice(None)}),
    ("over_beta", "You divided by beta_t; the noise in x_t has variance 1 - alpha_bar_t.",
     {"below": lambda s: s.betas}),
)  # fmt: skip
