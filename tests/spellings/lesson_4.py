"""Lesson 4: attention and the embedding of times; the blocks are in a file beside."""

from spellings import lesson_4_blocks as blocks
from spellings import own_macros


own_macros.add(
    ten_thousand=("10_000 ** ({0})", "torch.exp(math.log(10000) * ({0}))",
                  "torch.pow(torch.tensor(10000.0), {0})"),
    log10=("math.log10({0})", "math.log({0}, 10)", "torch.tensor(float({0})).log10()"),
    exp=("torch.exp({0})", "({0}).exp()", "math.e ** ({0})"),
    evenly=("torch.linspace(1, {0}, h)", "1 - (1 - {0}) * k / (h - 1)",
           "torch.arange(h) / (h - 1) * ({0} - 1) + 1"),
    inserted=("({0})[:, None]", "({0}).unsqueeze(1)", "torch.stack([{0}], dim=1)"),
    root_of=("math.sqrt({0})", "({0}) ** 0.5", "torch.tensor({0}, dtype=q.dtype).sqrt()"),
    earlier=("({0}).masked_fill(torch.ones_like({0}).triu(1).bool(), -math.inf)",
             "torch.where(torch.tril(torch.ones_like({0})) == 1, {0}, -torch.inf)",
             "({0}) + torch.full(({0}).shape[-2:], -math.inf).triu(1)"),
    unit=("F.normalize({0}, dim=-1)", "{0} / {0}.norm(dim=-1, keepdim=True)",
          "{0} / ({0} * {0}).sum(-1, keepdim=True).sqrt()"),
    scaled=("{0}.div_({1})", "torch.div({0}, {1}, out={0})", "{0}.mul_(1 / {1})"),
    turned=("({0}).mT", "({0}).transpose(-2, -1)", "torch.permute({0}, (0, 1, 3, 2))"),
    behind=("({0}).transpose(1, 2)", "({0}).permute(0, 2, 1, 3)",
            "torch.stack([*({0}).unbind(1)], dim=2)"),
    joined=("({0}).transpose(1, 2).flatten(2)",
            "({0}).permute(0, 2, 1, 3).reshape(q.shape[0], q.shape[2], -1)",
            "torch.cat([*({0}).unbind(1)], dim=-1)"),
    over_heads=("({0}).mean(dim=1, keepdim=True).expand_as(q)",
                "({0}).mean(1).unsqueeze(1).repeat(1, q.shape[1], 1, 1)",
                "torch.stack([sum(({0}).unbind(1)) / q.shape[1]] * q.shape[1], dim=1)"),
)  # fmt: skip
SCORES = "scores = products(q, k) / q.shape[-1] ** 0.5\n"
ANGLES = "h = dim // 2\nk = torch.arange(h, dtype=torch.float64)\n"
WAVES = "angles = column(t) * powers(-k / h)\n"
JOINED = "e = cat(torch.cos(angles), torch.sin(angles), 1)\nF.pad(e, (0, dim % 2))"
MISTAKES = {
    **blocks.MISTAKES,
    "self_attention": {
        "over_queries": SCORES + "mix(soft(scores, -2), v)",
        "over_heads": SCORES + "mix(soft(scores, 1), v)",
        "over_batch": SCORES + "mix(soft(scores, 0), v)",
        "not_scaled": "mix(soft(products(q, k), -1), v)",
        "over_d": "mix(soft(products(q, k) / q.shape[-1], -1), v)",
        "times_root": "mix(soft(products(q, k) * q.shape[-1] ** 0.5, -1), v)",
        "no_softmax": SCORES + "mix(scores, v)",
        "k_and_v_swapped": "scores = products(q, v) / q.shape[-1] ** 0.5\nmix(soft(scores, -1), k)",
        "weights_returned": SCORES + "soft(scores, -1)",
        "residual": SCORES + "v + mix(soft(scores, -1), v)",
        "over_positions": "mix(soft(products(q, k) / root_of(q.shape[2]), -1), v)",
        "over_all_heads": "b, heads, n, d = q.shape\n"
        "mix(soft(products(q, k) / root_of(heads * d), -1), v)",
        "scaled_after_softmax": "mix(soft(products(q, k), -1) / root_of(q.shape[-1]), v)",
        "sigmoid": SCORES + "mix(torch.sigmoid(scores), v)",
        "causal": SCORES + "mix(soft(earlier(scores), -1), v)",
        "q_and_k_swapped": "scores = products(k, q) / root_of(k.shape[-1])\n"
        "mix(soft(scores, -1), v)",
        "q_and_v_swapped": "scores = products(v, k) / root_of(k.shape[-1])\n"
        "mix(soft(scores, -1), q)",
        "cosine_similarity": "scores = products(unit(q), unit(k)) / root_of(q.shape[-1])\n"
        "mix(soft(scores, -1), v)",
        "in_place": "scaled(q, q.shape[-1] ** 0.5)\nmix(soft(products(q, k), -1), v)",
        "weights_transposed": SCORES + "weights = turned(soft(scores, -1))\nmix(weights, v)",
        "transposed": SCORES + "turned(mix(soft(scores, -1), v))",
        "heads_behind": SCORES + "behind(mix(soft(scores, -1), v))",
        "heads_joined": SCORES + "joined(mix(soft(scores, -1), v))",
        "heads_averaged": SCORES + "mixed = mix(soft(scores, -1), v)\nover_heads(mixed)",
        "heads_together": (
            "b, h, n, d = q.shape\nscores = (q @ k.mT).sum(1, keepdim=True) / d ** 0.5\n"
            "scores.softmax(-1) @ v",
            "scores = torch.einsum('bhnd,bhmd->bnm', q, k) / q.shape[-1] ** 0.5\n"
            "scores.softmax(-1).unsqueeze(1) @ v",
            "b, h, n, d = q.shape\n"
            "Q, K, V = (x.transpose(1, 2).reshape(b, n, h * d) for x in (q, k, v))\n"
            "mixed = (Q @ K.mT / (h * d) ** 0.5).softmax(-1) @ V\n"
            "mixed.reshape(b, n, h, d).transpose(1, 2)",
        ),
        "residual_of_q": SCORES + "mix(soft(scores, -1), v) + q",
    },
    "timestep_embedding": {
        "over_dim": ANGLES + "angles = column(t) * powers(-k / dim)\n" + JOINED,
        "twice_the_exponent": ANGLES + "angles = column(t) * powers(-2 * k / h)\n" + JOINED,
        "from_k_1": ANGLES + "angles = column(t) * powers(-(k + 1) / h)\n" + JOINED,
        "shifted_time": ANGLES + "angles = column(t - 1) * powers(-k / h)\n" + JOINED,
        "turns": ANGLES + "angles = 2 * math.pi * column(t) * powers(-k / h)\n" + JOINED,
        "no_zero_column": ANGLES + WAVES + "cat(torch.sin(angles), torch.cos(angles), 1)",
        "sines_only": ANGLES
        + WAVES
        + "F.pad(cat(torch.sin(angles), torch.sin(angles), 1), (0, dim % 2))",
        "scaled_time": ANGLES + "angles = column(t / 1000) * powers(-k / h)\n" + JOINED,
        "first_row_decides": ANGLES + "t = t[0].repeat(len(t))\n" + WAVES + JOINED,
        "fixed_period": ANGLES + "angles = column(t) * ten_thousand(-k / h)\n" + JOINED,
        "last_column_twice": tuple(
            ANGLES + WAVES + f"e = cat(torch.{first}(angles), torch.{second}(angles), 1)\n"
            "if dim % 2:\n    e = cat(e, e[:, -1:], 1)\ne"
            for first, second in (("cos", "sin"), ("sin", "cos"), ("cos", "sin"))
        ),
        "twice_the_columns": "k = torch.arange(dim, dtype=torch.float64)\n"
        "angles = column(t) * powers(-k / dim)\ncat(torch.sin(angles), torch.cos(angles), 1)",
        "extra_dimension": ANGLES + WAVES + "e = cat(torch.cos(angles), torch.sin(angles), 1)\n"
        "inserted(F.pad(e, (0, dim % 2)))",
        "growing_frequencies": ANGLES + "angles = column(t) * powers(k / h)\n" + JOINED,
        "no_max_period": ANGLES + "angles = column(t) * exp(-k / h)\n" + JOINED,
        "half_rounded_up": ANGLES.replace("dim // 2", "(dim + 1) // 2")
        + WAVES
        + "e = cat(torch.cos(angles), torch.sin(angles), 1)\ne[:, :dim]",
        "columns_stacked": (
            ANGLES + WAVES + "torch.stack([torch.sin(angles), torch.cos(angles)], dim=-1)",
            ANGLES + WAVES + "torch.stack((angles.cos(), angles.sin()), 2)",
            ANGLES + WAVES + "out = [angles.sin(), angles.cos()]\ntorch.stack(out, -1)",
        ),
        "joined_below": (
            ANGLES + WAVES + "F.pad(torch.cat([angles.cos(), angles.sin()]), (0, dim % 2))",
            ANGLES + WAVES + "F.pad(torch.vstack([angles.sin(), angles.cos()]), (0, dim % 2))",
            ANGLES + WAVES + "F.pad(torch.cat((angles.sin(), angles.cos()), 0), (0, dim % 2))",
        ),
        "whole_division": ANGLES + "angles = column(t) * powers(-(k // h))\n" + JOINED,
        "log_10": ANGLES + "angles = column(t) * exp(-log10(max_period) * k / h)\n" + JOINED,
        "evenly_spaced": ANGLES + "angles = column(t) * evenly(1 / max_period)\n" + JOINED,
        "frequency_outside": ANGLES + "omega = powers(-k / h)\n"
        "e = cat(column(torch.cos(t)) * omega, column(torch.sin(t)) * omega, 1)\n"
        "F.pad(e, (0, dim % 2))",
        "cosines_only": ANGLES + WAVES + "e = cat(torch.cos(angles), torch.cos(angles), 1)\n"
        "F.pad(e, (0, dim % 2))",
        "angles_returned": ANGLES + WAVES + "F.pad(cat(angles, angles, 1), (0, dim % 2))",
    },
}
