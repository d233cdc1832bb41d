"""Lesson 2: the product of two Gaussians, the variance and the mean of one step back."""

PRECISION = "w = 1 / variance_a + 1 / variance_b\n"
MEAN = "(mean_a / variance_a + mean_b / variance_b) / w"
SQUARED = "w = 1 / square(variance_a) + 1 / square(variance_b)\n"
PRODUCT = {
    "precision_returned": f"{PRECISION}{MEAN}, 1 * w",
    "precision_throughout": f"{PRECISION}w * (mean_a / variance_a + mean_b / variance_b), 1 * w",
    "variances_add": f"{PRECISION}{MEAN}, variance_a + variance_b",
    "variances_multiply": f"{PRECISION}{MEAN}, variance_a * variance_b",
    "harmonic_mean": f"{PRECISION}{MEAN}, 2 / w",
    "average_variance": f"{PRECISION}{MEAN}, (variance_a + variance_b) / 2",
    "not_normalised": f"{PRECISION}mean_a / variance_a + mean_b / variance_b, 1 / w",
    "average_mean": f"{PRECISION}(mean_a + mean_b) / 2, 1 / w",
    "means_add": f"{PRECISION}mean_a + mean_b, 1 / w",
    "deviation_returned": f"{PRECISION}{MEAN}, root(1 / w)",
    "weighted_by_variance": PRECISION
    + "(mean_a * variance_a + mean_b * variance_b) / (variance_a + variance_b), 1 / w",
    "weighted_by_deviation": "s_a = root(variance_a)\ns_b = root(variance_b)\n"
    "mean = (mean_a / s_a + mean_b / s_b) / (1 / s_a + 1 / s_b)\n"
    "mean, variance_a * variance_b / (variance_a + variance_b)",
    "variances_squared": SQUARED
    + "(mean_a / square(variance_a) + mean_b / square(variance_b)) / w, 1 / w",
    "swapped_results": f"{PRECISION}1 / w, {MEAN}",
    "mean_only": f"{PRECISION}{MEAN}",
    "in_place": (
        f"{PRECISION}mean_a /= variance_a\nmean_b /= variance_b\n(mean_a + mean_b) / w, 1 / w",
        f"{PRECISION}mean_a.mul_(1 / variance_a)\nmean_b.mul_(1 / variance_b)\n"
        "(mean_a + mean_b) / w, 1 / w",
        "both = variance_a + variance_b\nmean_a *= variance_b / both\n"
        "mean_b *= variance_a / both\nmean_a + mean_b, variance_a * variance_b / both",
    ),
}

WHOLE = """bar = schedule.alphas_bar
beta = schedule.betas
prev = cat(torch.ones(1), bar[:-1], 0)
variance = {}
{}"""
STEPS = """bar = schedule.alphas_bar[1:]
beta = schedule.betas[1:]
prev = {}
front((1 - prev) / (1 - bar) * beta)"""


def variance(formula: str, last: str = "front(variance[1:])") -> str:
    """Return Eq. 7 on whole tables with another formula, or other last lines."""
    return WHOLE.format(formula, last)


EQ_7 = "beta * (1 - prev) / (1 - bar)"
VARIANCE = {
    "beta_itself": ("1 * schedule.betas", "schedule.betas.clone()", "1 - schedule.alphas"),
    "inverted_ratio": variance("beta * (1 - bar) / (1 - prev)"),
    "first_product_zero": STEPS.format("front(bar[:-1])"),
    "first_product_alpha_1": STEPS.format("cat(bar[:1], bar[:-1], 0)"),
    "padded_on_the_right": STEPS.format("cat(bar[:-1], torch.ones(1), 0)"),
    "rolled": (
        STEPS.format("bar.roll(1)"),
        STEPS.format("torch.roll(bar, shifts=1, dims=0)"),
        STEPS.format("cat(bar[-1:], bar[:-1], 0)"),
    ),
    "no_beta": variance("(1 - prev) / (1 - bar)"),
    "not_divided": variance("beta * (1 - prev)"),
    "alpha_for_beta": variance("schedule.alphas * (1 - prev) / (1 - bar)"),
    "no_one_minus": variance("beta * prev / bar"),
    "root_of_ratio": variance("beta * root((1 - prev) / (1 - bar))"),
    "precedence": variance("beta * (1 - prev) / 1 - bar"),
    "factor_of_x_0": variance("root(prev) * beta / (1 - bar)"),
    "alpha": variance(EQ_7).replace("alphas_bar", "alphas"),
    "deviation": variance(EQ_7, "root(front(variance[1:]))"),
    "logarithm": variance(EQ_7, "log(front(variance[1:]))"),
    "nan_at_0": variance(EQ_7, "1 * variance"),
    "entry_1_from_2": (
        variance(EQ_7, "variance[0] = 0\nvariance[1] = variance[2]\n1 * variance"),
        variance(EQ_7, "front(cat(variance[2:3], variance[2:], 0))"),
        variance(EQ_7, "first = variance[2]\n"
                 "torch.hstack((torch.zeros(1), first, variance[2:]))"),
    ),
    "no_entry_0": variance(EQ_7, "variance[1:]"),
    "float32": (
        variance(EQ_7, "front(variance[1:]).float()"),
        variance(EQ_7, "out = torch.zeros(len(beta))\nout[1:] = variance[1:]\n1 * out"),
        variance(EQ_7, "torch.tensor([0.0] + variance[1:].tolist())"),
    ),
    "fixed_schedule": "betas = front(even(0.0001, 0.02, 1000)).to(schedule.betas.dtype)\n"
    "noise = 1 - running(1 - betas)\nfront(betas[1:] * noise[:-1] / noise[1:])",
    "in_place": (
        "noise = 1 - schedule.alphas_bar\nbeta = schedule.betas\n"
        "beta[1:] *= noise[:-1] / noise[1:]\nreturn beta",
        "noise = 1 - schedule.alphas_bar\nbeta = schedule.betas[1:]\n"
        "front(beta.mul_(noise[:-1]).div_(noise[1:]))",
        "noise = 1 - schedule.alphas_bar\nbeta = schedule.betas\n"
        "for t in range(1, len(beta)):\n    beta[t] = noise[t - 1] / noise[t] * beta[t]\n"
        "return beta",
    ),
}  # fmt: skip

TERMS = "root(q) * beta / (1 - bar) * x_0 + root(alpha) * (1 - q) / (1 - bar) * x_t"


def mean(how: str, now: str = "t", before: str = "t - 1") -> str:
    """Return Eq. 7 with tables looked up in some way at some times."""
    looks = {"beta": "betas", "alpha": "alphas", "bar": "alphas_bar"}
    lines = [f"{name} = " + how.format(f"schedule.{table}", now) for name, table in looks.items()]
    lines.append("q = " + how.format("schedule.alphas_bar", before))
    return "\n".join([*lines, TERMS])


POSTERIOR = {
    "swapped": "(root(a) * (1 - p) * x_0 + root(p) * b * x_t) / (1 - ab)",
    "alpha_at_x_0": "q = look(schedule.alphas, t - 1, x_t)\n"
    "(root(q) * b * x_0 + root(a) * (1 - p) * x_t) / (1 - ab)",
    "alpha_bar_t_at_x_0": "(root(ab) * b * x_0 + root(a) * (1 - p) * x_t) / (1 - ab)",
    "alpha_bar_at_x_t": "(root(p) * b * x_0 + root(ab) * (1 - p) * x_t) / (1 - ab)",
    "no_root_at_x_0": "(p * b * x_0 + root(a) * (1 - p) * x_t) / (1 - ab)",
    "no_root_at_x_t": "(root(p) * b * x_0 + a * (1 - p) * x_t) / (1 - ab)",
    "beta_missing": "(root(p) * x_0 + root(a) * (1 - p) * x_t) / (1 - ab)",
    "root_of_beta": "(root(p) * root(b) * x_0 + root(a) * (1 - p) * x_t) / (1 - ab)",
    "rest_of_t": "root(p) * b / (1 - ab) * x_0 + root(a) * x_t",
    "beta_at_x_t": "(root(p) * b * x_0 + root(a) * b * x_t) / (1 - ab)",
    "earlier_denominator": "root(p) * b / (1 - p) * x_0 + root(a) * (1 - p) / (1 - p) * x_t",
    "not_divided": "root(p) * b * x_0 + root(a) * (1 - p) * x_t",
    "root_in_denominator": "(root(p) * b * x_0 + root(a) * (1 - p) * x_t) / root(1 - ab)",
    "precedence": "c_0 = root(p) * b / 1 - ab\nc_t = root(a) * (1 - p) / 1 - ab\n"
    "c_0 * x_0 + c_t * x_t",
    "precedence_of_x_0": "(root(p) * b / 1 - ab) * x_0 + root(a) * (1 - p) / (1 - ab) * x_t",
    "precedence_of_x_t": "root(p) * b / (1 - ab) * x_0 + (root(a) * (1 - p) / 1 - ab) * x_t",
    "first_product_zero": "bars = front(schedule.alphas_bar[1:])\nq = look(bars, t - 1, x_t)\n"
    "(root(q) * b * x_0 + root(a) * (1 - q) * x_t) / (1 - ab)",
    "alpha": "q = look(schedule.alphas, t - 1, x_t)\n"
    "(root(q) * b * x_0 + root(a) * (1 - q) * x_t) / (1 - a)",
    "clipped": (
        "x_0 = x_0.clamp(-1, 1)\n(root(p) * b * x_0 + root(a) * (1 - p) * x_t) / (1 - ab)",
        "x_0 = torch.clip(x_0, min=-1.0, max=1.0)\n"
        "root(p) * b / (1 - ab) * x_0 + root(a) * (1 - p) / (1 - ab) * x_t",
        "x_0 = F.hardtanh(x_0)\n(root(p) * b * x_0 + root(a) * (1 - p) * x_t) / (1 - ab)",
    ),
    "along_columns": mean("pick({}, ({}))"),
    "one_dimension_fewer": (
        mean("{}[{}].view(-1, *[1] * (x_t.ndim - 2))"),
        mean("{}[{}][:, None, None]"),
        mean("{}[{}].unsqueeze(1)"),
    ),
    "shifted_time": mean("look({}, {}, x_t)", "t - 1", "(t - 2).clamp(min=0)"),
    "first_row_decides": (
        mean("{}[{}]", "t[0]", "t[0] - 1"),
        "time = t[0].item()\n" + mean("{}[{}]", "time", "time - 1"),
        "t = torch.full_like(t, t[0])\n" + mean("look({}, {}, x_t)"),
    ),
    "counts_t_down": tuple(
        f"{down}\nq = look(schedule.alphas_bar, t, x_t)\n"
        "(root(q) * b * x_0 + root(a) * (1 - q) * x_t) / (1 - ab)"
        for down in ("t -= 1", "t.sub_(1)", "t[:] = t - 1")
    ),
    "in_place": (
        "x_0 *= root(p) * b / (1 - ab)\nx_0 += root(a) * (1 - p) / (1 - ab) * x_t\nreturn x_0",
        "x_0.mul_(root(p) * b).add_(root(a) * (1 - p) * x_t).div_(1 - ab)",
        "x_0 *= root(p) * b\nx_t = root(a) * (1 - p) * x_t\n(x_0 + x_t) / (1 - ab)",
    ),
}
MISTAKES = {
    "product_of_gaussians": PRODUCT,
    "posterior_variance": VARIANCE,
    "posterior_mean": POSTERIOR,
}
