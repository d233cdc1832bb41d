"""Misconceptions about attention."""

import math

import torch
from torch.nn.functional import normalize

from ddpm_edu.checks.catalogue.misconceptions.forward import spoiled
from ddpm_edu.checks.catalogue.templates import variations


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
    ("heads_together",
     "All heads share one set of weights, from the sum of their scores; each has weights of its "
     "own.",
     {"weigh": lambda scores, scale: (scores.sum(1, keepdim=True) * scale).softmax(-1)},
     {"weigh": lambda scores, scale: (
         scores.sum(1, keepdim=True) * scale * scores.shape[1] ** -0.5).softmax(-1)}),
    ("heads_averaged", "You averaged over the heads; each gives its own result.",
     {"after": lambda mixed, q, v: mixed.mean(1, keepdim=True).expand(mixed.shape)}),
    ("residual", "You added v to the result; the network adds its short cut itself.",
     {"after": lambda mixed, q, v: mixed + v}),
    ("residual_of_q", "You added q to the result; the network adds its short cut itself.",
     {"after": lambda mixed, q, v: mixed + q}),
)  # fmt: skip
