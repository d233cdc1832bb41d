"""Misconceptions about the embedding of time, and about attention."""

import math

import torch
from torch.nn.functional import normalize, pad

from ddpm_edu.checks.catalogue.misconceptions.forward import spoiled
from ddpm_edu.checks.catalogue.templates import one_time_earlier, same, variations


def falling(max_period, half, device):
    """Return frequencies from 1 down to almost 1 / max_period."""
    return max_period ** (-torch.arange(half, device=device) / half)


def outer(t, frequencies):
    return t[:, None] * frequencies


def cosines_and_sines(angles):
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def embedding(
    time=same,
    period=same,
    half=lambda dim: dim // 2,
    frequencies=falling,
    angles=outer,
    columns=cosines_and_sines,
    padded=lambda columns, dim: pad(columns, (0, dim % 2)),
):
    """Build timestep_embedding from times, frequencies, columns, and what fills up an odd dim."""

    def function(t, dim, max_period=10_000):
        omega = frequencies(period(max_period), half(dim), t.device)
        return padded(columns(angles(time(t), omega)), dim)

    return function


def with_h_minus_1(t, dim, max_period=10_000):
    """Embed times with h - 1 in the place of h, as Ho's code does."""

    # The slowest frequency is then 1 / max_period.
    def reaching_the_end(period, half, device):
        return period ** (-torch.arange(half, device=device) / (half - 1))

    return embedding(frequencies=reaching_the_end)(t, dim, max_period)


EMBEDDING = variations(
    embedding,
    ("scaled_time",
     "You divided t by 1000; with frequencies below 1 all times then look alike. Embed t in steps.",
     {"time": lambda t: t / 1000}),
    ("shifted_time", "You embedded t - 1; expected t as it is.", {"time": one_time_earlier}),
    ("first_row_decides", "You embedded t[0] for the whole batch; each row has its own t.",
     {"time": lambda t: t[:1].expand(len(t))}),
    ("fixed_period", "You wrote 10 000 into the function; use max_period.",
     {"period": lambda period: 10_000}),
    ("no_zero_column", "With an odd dim you gave one column too few; fill up with zeros.",
     {"padded": lambda columns, dim: columns}),
    ("last_column_twice",
     "You filled up an odd dim with a copy of the last column; it is filled up with zeros.",
     {"padded": lambda columns, dim: torch.cat([columns, columns[:, -1:]], dim=1)[:, :dim]}),
    ("twice_the_columns",
     "You took dim frequencies, and with sines and cosines twice the columns; take dim // 2.",
     {"half": same, "padded": lambda columns, dim: columns}),
    ("extra_dimension", "Your result has a dimension too many, (B, 1, dim); expected (B, dim).",
     {"angles": lambda t, omega: t[:, None, None] * omega}),
    ("growing_frequencies",
     "Your frequencies grow with k: the minus in max_period^(-k / h) is missing.",
     {"frequencies": lambda period, half, device: 1 / falling(period, half, device)}),
    ("over_dim",
     "You divided k by dim, so that the slowest frequency is 1 / sqrt(max_period); "
     "divide by dim // 2.",
     {"half": lambda dim: (dim // 2, dim),
      "frequencies": lambda period, half, device: (
          period ** (-torch.arange(half[0], device=device) / half[1]))}),
    ("twice_the_exponent",
     "Your exponent is twice too large: k / h runs from 0 to 1, and 2 k stands over dim.",
     {"frequencies": lambda period, half, device: falling(period, half, device) ** 2}),
    ("whole_division", "You divided k by h with //, which makes every frequency 1; use /.",
     {"frequencies": lambda period, half, device: torch.ones(half, device=device)}),
    ("log_10", "You took exp of a logarithm to the base 10; exp goes with the natural logarithm.",
     {"frequencies":
      lambda period, half, device: falling(math.exp(math.log10(period)), half, device)}),
    ("from_k_1", "Your k runs from 1; the fastest frequency is k = 0, which is 1.",
     {"frequencies":
      lambda period, half, device: falling(period, half, device) * period ** (-1 / half)}),
    ("evenly_spaced", "Your frequencies are evenly spaced; expected powers, 1, r, r^2, ....",
     {"frequencies":
      lambda period, half, device: torch.linspace(1, 1 / period, half, device=device)}),
    ("turns", "You multiplied the angles by 2 pi; the angle is t omega_k as it is.",
     {"angles": lambda t, omega: 2 * math.pi * outer(t, omega)}),
    ("frequency_outside",
     "You multiplied sin(t) and cos(t) by the frequencies; they belong inside, sin(t omega_k).",
     {"columns": same,
      "angles": lambda t, omega: torch.cat([outer(t.cos(), omega), outer(t.sin(), omega)], dim=1)}),
    ("sines_only", "You took sines twice; one half of the columns is cosines.",
     {"columns": lambda angles: torch.cat([angles.sin(), angles.sin()], dim=-1)}),
    ("cosines_only", "You took cosines twice; one half of the columns is sines.",
     {"columns": lambda angles: torch.cat([angles.cos(), angles.cos()], dim=-1)}),
    ("angles_returned", "You returned the angles; expected their sines and cosines.",
     {"columns": lambda angles: torch.cat([angles, angles], dim=-1)}),
)  # fmt: skip


def attention(
    inputs=lambda q, k, v: (q, k, v),
    scale=lambda q: q.shape[-1] ** -0.5,
    weigh=lambda scores, scale: (scores * scale).softmax(-1),
    mix=torch.matmul,
    after=lambda mixed, q, v: mixed,
):
    """Build self_attention from its inputs' order, the scale, the weights, and their use."""

    def function(q, k, v):
        asked, known, held = inputs(q, k, v)
        return after(mix(weigh(asked @ known.mT, scale(asked)), held), q, v)

    return function


def causal(scores, scale):
    later = torch.ones_like(scores, dtype=torch.bool).triu(1)
    return (scores * scale).masked_fill(later, -math.inf).softmax(-1)


ATTENTION = variations(
    attention,
    ("over_queries",
     "Your softmax runs over the queries; those of each query, along the keys, sum to 1 (dim=-1).",
     {"weigh": lambda scores, scale: (scores * scale).softmax(-2)}),
    ("over_heads", "Your softmax runs over the heads; it runs over the keys (dim=-1).",
     {"weigh": lambda scores, scale: (scores * scale).softmax(1)}),
    ("over_batch", "Your softmax runs over the batch; it runs over the keys (dim=-1).",
     {"weigh": lambda scores, scale: (scores * scale).softmax(0)}),
    ("not_scaled",
     "You left out 1 / sqrt(d); without it the softmax picks one key as soon as d is large.",
     {"scale": lambda q: 1.0}),
    ("over_d", "You divided by d (or scaled twice); the scores are divided once by its root.",
     {"scale": lambda q: 1 / q.shape[-1]}),
    ("times_root", "You multiplied the scores by sqrt(d); they are divided by it.",
     {"scale": lambda q: q.shape[-1] ** 0.5}),
    ("over_positions",
     "You divided by sqrt(N), the number of positions; d is the last axis, the length of a query.",
     {"scale": lambda q: q.shape[-2] ** -0.5}),
    ("over_all_heads", "You divided by the root of heads times d; each head has its own d columns.",
     {"scale": lambda q: (q.shape[1] * q.shape[-1]) ** -0.5}),
    ("scaled_after_softmax",
     "You divided by sqrt(d) after the softmax; the scores are scaled before it.",
     {"weigh": lambda scores, scale: scores.softmax(-1) * scale}),
    ("no_softmax", "You left out the softmax.", {"weigh": lambda scores, scale: scores * scale}),
    ("sigmoid",
     "You took a sigmoid of each score; the softmax makes the weights of a query sum to 1.",
     {"weigh": lambda scores, scale: (scores * scale).sigmoid()}),
    ("causal",
     "You let a position look only at those before it; an image has no before, so all are seen.",
     {"weigh": causal}),
    ("k_and_v_swapped", "You swapped k and v: the keys make the scores, the values are mixed.",
     {"inputs": lambda q, k, v: (q, v, k)}),
    ("q_and_k_swapped", "You swapped q and k: a row of the scores belongs to one query.",
     {"inputs": lambda q, k, v: (k, q, v)}),
    ("q_and_v_swapped", "You swapped q and v: the queries make the scores, the values are mixed.",
     {"inputs": lambda q, k, v: (v, k, q)}),
    ("cosine_similarity",
     "You normalised q and k; the scores are their plain products over sqrt(d).",
     {"inputs": lambda q, k, v: (normalize(q, dim=-1), normalize(k, dim=-1), v)}),
    ("in_place", "You scaled q in place; the caller still needs it.",
     {"inputs": lambda q, k, v: (spoiled(q), k, v)}),
    ("weights_returned", "You returned the weights; they still have to mix v.",
     {"mix": lambda weights, v: weights}),
    ("weights_transposed",
     "You mixed v by the transposed weights: row i of the weights belongs to query i.",
     {"mix": lambda weights, v: weights.mT @ v}),
    ("transposed", "You returned (B, heads, d, N); expected (B, heads, N, d), as it came.",
     {"after": lambda mixed, q, v: mixed.mT}),
    ("heads_behind", "You returned (B, N, heads, d); expected (B, heads, N, d), as it came.",
     {"after": lambda mixed, q, v: mixed.transpose(1, 2)}),
    ("heads_joined",
     "You joined the heads, (B, N, heads d); expected (B, heads, N, d), as it came.",
     {"after": lambda mixed, q, v: mixed.transpose(1, 2).flatten(2)}),
    ("heads_averaged", "You averaged over the heads; each gives its own result.",
     {"after": lambda mixed, q, v: mixed.mean(1, keepdim=True).expand(mixed.shape)}),
    ("residual", "You added v to the result; the network adds its short cut itself.",
     {"after": lambda mixed, q, v: mixed + v}),
    ("residual_of_q", "You added q to the result; the network adds its short cut itself.",
     {"after": lambda mixed, q, v: mixed + q}),
)  # fmt: skip
