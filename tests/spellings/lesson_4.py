"""Lesson 4: attention and the embedding of times."""

SCORES = "scores = products(q, k) / q.shape[-1] ** 0.5\n"
ANGLES = "h = dim // 2\nk = torch.arange(h, dtype=torch.float64)\n"
JOINED = "e = cat(torch.cos(angles), torch.sin(angles), 1)\nF.pad(e, (0, dim % 2))"
MISTAKES = {
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
    },
    "timestep_embedding": {
        "over_dim": ANGLES + "angles = column(t) * powers(-k / dim)\n" + JOINED,
        "twice_the_exponent": ANGLES + "angles = column(t) * powers(-2 * k / h)\n" + JOINED,
        "from_k_1": ANGLES + "angles = column(t) * powers(-(k + 1) / h)\n" + JOINED,
        "shifted_time": ANGLES + "angles = column(t - 1) * powers(-k / h)\n" + JOINED,
        "turns": ANGLES + "angles = 2 * math.pi * column(t) * powers(-k / h)\n" + JOINED,
        "no_zero_column": ANGLES + "angles = column(t) * powers(-k / h)\n"
        "cat(torch.sin(angles), torch.cos(angles), 1)",
        "sines_only": ANGLES + "angles = column(t) * powers(-k / h)\n"
        "F.pad(cat(torch.sin(angles), torch.sin(angles), 1), (0, dim % 2))",
    },
}
