"""Misconceptions about noise schedules: tables of betas and their products."""

import math

import torch

from ddpm_edu.checks.catalogue.templates import same, variations


SINGLE_PRECISION = (
    "You made the table in float32, torch's default; make it in float64 (dtype=torch.float64), "
    "else 1 - alpha_bar_1 may be off by 1.7e-4."
)


def with_zero(values, first=0.0):
    return torch.cat([torch.full((1,), first, dtype=values.dtype), values])


def evenly(start, end, count):
    return torch.linspace(start, end, count, dtype=torch.float64)


def linear(spaced=evenly, table=with_zero, ends=lambda start, end: (start, end)):
    """Build linear_schedule from the spacing, the table made of it, and the ends."""
    return lambda num_timesteps, beta_start=1e-4, beta_end=0.02: table(
        spaced(*ends(beta_start, beta_end), num_timesteps)
    )


LINEAR = variations(
    linear,
    ("no_entry_0",
     "Your table has T entries; entry 0, the clean image with beta_0 = 0, is missing.",
     {"table": same}),
    ("entry_0_is_beta_1",
     "Entry 0 of your table is beta_1; it is the clean image, beta_0 = 0 (a bug of minDiffusion).",
     {"table": lambda betas: with_zero(betas, betas[0].item())}),
    ("zero_at_the_end", "The entry 0 stands at the end of your table; the clean image comes first.",
     {"table": lambda betas: torch.cat([betas, betas.new_zeros(1)])}),
    ("t_plus_1_betas",
     "You spread T + 1 betas from beta_start, "
     "so that entry 0 is not 0 and the steps are too small.",
     {"spaced": lambda a, b, n: evenly(a, b, n + 1), "table": same}),
    ("from_zero", "Your betas grow from 0; beta_1 is beta_start.",
     {"spaced": lambda a, b, n: evenly(0.0, b, n + 1)[1:]}),
    ("linear_in_the_root",
     "Your betas are squares of evenly spaced roots (\"scaled linear\"); they are evenly spaced.",
     {"spaced": lambda a, b, n: evenly(a**0.5, b**0.5, n) ** 2}),
    ("log_spaced",
     "Your betas are evenly spaced in the logarithm; they are evenly spaced themselves.",
     {"spaced":
      lambda a, b, n: torch.logspace(math.log10(a), math.log10(b), n, dtype=torch.float64)}),
    ("end_excluded", "Your betas stop one step short of beta_end; both ends are included.",
     {"spaced": lambda a, b, n: evenly(a, b, n + 1)[:-1]}),
    ("start_excluded", "Your betas begin one step after beta_start; both ends are included.",
     {"spaced": lambda a, b, n: evenly(a, b, n + 1)[1:]}),
    ("both_ends_excluded", "Your betas leave out both ends; they are included.",
     {"spaced": lambda a, b, n: evenly(a, b, n + 2)[1:-1]}),
    ("swapped_ends", "Your betas fall from beta_end to beta_start; noise grows with t.",
     {"ends": lambda a, b: (b, a)}),
    ("fixed_ends", "You wrote the paper's ends into the function; use beta_start and beta_end.",
     {"ends": lambda a, b: (1e-4, 0.02)}),
    ("float32", SINGLE_PRECISION, {"spaced": torch.linspace}),
)  # fmt: skip


def alphas(
    factor=lambda betas: 1 - betas, gather=lambda a: a.cumprod(0), result=lambda a, bar: (a, bar)
):
    """Build cumulative_alphas from the factors, how they are gathered, and what is returned."""
    return lambda betas: result(factor(betas), gather(factor(betas)))


def shifted_product(a):
    return torch.cat([a[:1], a.cumprod(0)[:-1]])


ALPHAS = variations(
    alphas,
    ("product_of_betas",
     "Your alpha_bar is 0 throughout: you multiplied up the betas, of which beta_0 is 0, or began "
     "a product with 0; alpha_bar is the product of 1 - beta, from 1 on.",
     {"gather": lambda a: (1 - a).cumprod(0)}),
    ("sum_of_alphas", "You summed the alphas (cumsum); alpha_bar is their product.",
     {"gather": lambda a: a.cumsum(0)}),
    ("one_minus_sum",
     "You took 1 - the sum of betas; that is only the beginning of the product of 1 - beta.",
     {"gather": lambda a: 1 - (1 - a).cumsum(0)}),
    ("exponential",
     "You took exp of minus the sum of betas; that is only near the product of 1 - beta.",
     {"gather": lambda a: torch.exp(-(1 - a).cumsum(0))}),
    ("product_of_all", "You took the product over all t; alpha_bar_t stops at t (cumprod).",
     {"gather": lambda a: a.prod().expand(a.shape)}),
    ("shifted_product", "Your alpha_bar_t stops at t - 1; it includes alpha_t.",
     {"gather": shifted_product}),
    ("product_from_the_end", "Your product runs from T down to t; it runs from 1 up to t.",
     {"gather": lambda a: a.flip(0).cumprod(0).flip(0)}),
    ("alphas_are_betas", "Your alphas are the betas; alpha_t = 1 - beta_t.",
     {"factor": lambda betas: betas}),
    ("roots", "You took roots; alpha_t = 1 - beta_t as it stands.",
     {"factor": lambda betas: (1 - betas).sqrt()}),
    ("betas_returned", "You returned betas in the place of alphas; alpha_t = 1 - beta_t.",
     {"result": lambda a, bar: (1 - a, bar)}),
    ("product_before_one_minus",
     "You took 1 - the product of betas; alpha_bar is the product of 1 - beta.",
     {"gather": lambda a: 1 - (1 - a).cumprod(0)}),
    ("last_product_only",
     "You took one product over all t; alpha_bar is a table, entry t stops at t (cumprod).",
     {"gather": lambda a: a.prod()}),
    ("entry_0_zero", "You set alpha_bar_0 to 0; it is 1, the clean image.",
     {"gather": lambda a: torch.cat([a.new_zeros(1), a.cumprod(0)[1:]])}),
    ("rolled", "You rolled the table, so that entry 0 is alpha_bar_T; alpha_bar_0 is 1.",
     {"gather": lambda a: a.cumprod(0).roll(1)}),
    ("root_of_product", "You took the root of the product; Eq. 4 does that later.",
     {"gather": lambda a: a.cumprod(0).sqrt()}),
    ("swapped_results", "You returned (alphas_bar, alphas); expected (alphas, alphas_bar).",
     {"result": lambda a, bar: (bar, a)}),
    ("no_entry_0", "You left out entry 0; it is 1 in both tables, the clean image.",
     {"result": lambda a, bar: (a[1:], bar[1:])}),
    ("only_alphas_bar", "You returned alphas_bar alone; expected the pair (alphas, alphas_bar).",
     {"result": lambda a, bar: bar}),
)  # fmt: skip


def squared_cosine(t, T, s):
    return torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2


def ratios(f):
    return 1 - f[1:] / f[:-1]


def cosine(
    f=squared_cosine,
    times=lambda T: torch.arange(T + 1, dtype=torch.float64),
    betas_of=ratios,
    cap=lambda betas, most: betas.clamp(max=most),
    table=with_zero,
):
    """Build cosine_schedule from f, the times, betas from f, the cap, and the table."""
    return lambda num_timesteps, s=0.008, max_beta=0.999: table(
        cap(betas_of(f(times(num_timesteps), num_timesteps, s)), max_beta)
    )


COSINE = variations(
    cosine,
    ("no_square", "Your f is a cosine; Eq. 17 squares it.",
     {"f": lambda t, T, s: torch.cos((t / T + s) / (1 + s) * math.pi / 2)}),
    ("no_quarter_turn", "You left out the factor pi / 2 in the cosine.",
     {"f": lambda t, T, s: torch.cos((t / T + s) / (1 + s)) ** 2}),
    ("half_a_turn", "Your angle runs to pi; Eq. 17 has pi / 2.",
     {"f": lambda t, T, s: torch.cos((t / T + s) / (1 + s) * math.pi) ** 2}),
    ("no_s", "You left s out; without it the first betas nearly vanish.",
     {"f": lambda t, T, s: squared_cosine(t, T, 0)}),
    ("s_not_divided",
     "You added s without dividing by 1 + s, so that the cosine passes zero before T.",
     {"f": lambda t, T, s: torch.cos((t / T + s) * math.pi / 2) ** 2}),
    ("s_alone_divided",
     "You divided s alone by 1 + s; in Eq. 17 the whole of t / T + s stands above the line.",
     {"f": lambda t, T, s: torch.cos(t / T + s / (1 + s) * math.pi / 2) ** 2},
     {"f": lambda t, T, s: torch.cos((t / T + s / (1 + s)) * math.pi / 2) ** 2}),
    ("no_cap", "You left out the cap max_beta; without it beta_T is 1 and Eq. 11 divides by zero.",
     {"cap": lambda betas, most: betas}),
    ("fixed_cap", "You wrote 0.999 into the function; use max_beta.",
     {"cap": lambda betas, most: betas.clamp(max=0.999)}),
    ("not_divided_by_f0",
     "You took alpha_bar_t = f(t) without dividing by f(0), so beta_1 lost its first factor.",
     {"betas_of": lambda f: 1 - f[1:] / torch.cat([f.new_ones(1), f[1:-1]])}),
    ("linspace_off_by_one", "You spread T points over 0..T; expected T + 1 points, one for each t.",
     {"times": lambda T: torch.linspace(0, T, T, dtype=torch.float64)}),
    ("steps_for_T", "You divided t by T + 1, the number of entries; Eq. 17 divides by T.",
     {"f": lambda t, T, s: squared_cosine(t, T + 1, s)}),
    ("returns_alphas_bar", "You returned alpha_bar; expected the betas.",
     {"betas_of": lambda f: f / f[0], "table": same, "cap": lambda betas, most: betas}),
    ("no_entry_0",
     "Your table has T entries; entry 0, the clean image with beta_0 = 0, is missing.",
     {"table": same}),
    ("entry_0_is_beta_1", "Entry 0 of your table is beta_1; it is the clean image, beta_0 = 0.",
     {"table": lambda betas: with_zero(betas, betas[0].item())}),
    ("zero_at_the_end", "The entry 0 stands at the end of your table; the clean image comes first.",
     {"table": lambda betas: torch.cat([betas, betas.new_zeros(1)])}),
    ("fixed_s", "You wrote 0.008 into the function; use s.",
     {"f": lambda t, T, s: squared_cosine(t, T, 0.008)}),
    ("differences",
     "You took differences of alpha_bar; beta_t = 1 - alpha_bar_t / alpha_bar_{t-1} is a ratio.",
     {"betas_of": lambda f: (f[:-1] - f[1:]) / f[0]}),
    ("inverted_ratio", "You took alpha_bar_{t-1} / alpha_bar_t; the later one is above.",
     {"betas_of": lambda f: 1 - f[:-1] / f[1:]}),
    ("float32", SINGLE_PRECISION, {"times": lambda T: torch.arange(T + 1).float()}),
    ("always_one",
     "You returned 1 - alpha_bar; beta_t compares neighbours: 1 - alpha_bar_t / alpha_bar_{t-1}.",
     {"betas_of": lambda f: 1 - f[1:] / f[0]}),
)  # fmt: skip
