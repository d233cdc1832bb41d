"""Lesson 7: the distance of Gaussians, what a grey level costs, bits per dimension."""

from spellings import own_macros


own_macros.add(
    log2=("torch.log2({0})", "torch.log({0}) / math.log(2)", "({0}).log() * math.log2(math.e)"),
    trace=("torch.trace({0})", "({0}).diagonal().sum()", "torch.einsum('ii->', {0})"),
    length=("torch.linalg.norm({0})", "({0}).pow(2).sum().sqrt()", "torch.dot({0}, {0}) ** 0.5"),
    manhattan=("({0}).abs().sum()", "torch.linalg.norm({0}, ord=1)",
               "F.l1_loss({0}, torch.zeros_like({0}), reduction='sum')"),
    roots=("torch.linalg.eigvals({0}).real.clamp(min=0).sqrt().sum()",
           "torch.linalg.eig({0}).eigenvalues.sqrt().real.sum()",
           "(torch.linalg.eigvals({0}) ** 0.5).sum().real"),
    complex_roots=("torch.linalg.eigvals({0}).sqrt().sum()",
                   "(torch.linalg.eig({0}).eigenvalues ** 0.5).sum()",
                   "torch.sqrt(torch.linalg.eig({0})[0]).sum()"),
    matrix_root=(
        "torch.from_numpy(scipy.linalg.sqrtm(({0}).numpy()).real)",
        "(lambda e, v: (v @ torch.diag(e.sqrt()) @ v.inverse()).real)(*torch.linalg.eig({0}))",
        "(lambda e, v: torch.linalg.solve(v, v * e.sqrt(), left=False).real)"
        "(*torch.linalg.eig({0}))",
    ),
    symmetric_root=(
        "(lambda e, v: v @ torch.diag(e.sqrt()) @ v.T)(*torch.linalg.eigh({0}))",
        "(lambda u, s, vh: u * s.sqrt() @ vh)(*torch.linalg.svd({0}))",
        "torch.from_numpy(scipy.linalg.sqrtm(({0}).numpy()).real)",
    ),
    singular=("torch.linalg.svdvals({0})", "torch.linalg.svd({0}).S", "torch.svd({0})[1]"),
    halved_eigh=("torch.linalg.eigvalsh({0})", "torch.linalg.eigh({0}).eigenvalues",
                 "torch.linalg.eigh({0})[0]"),
    below=("torch.special.ndtr({0})", "0.5 * (1 + torch.erf(({0}) / math.sqrt(2)))",
           "torch.distributions.Normal(0.0, 1.0).cdf({0})"),
    chosen=("torch.where({0}, {1}, {2})", "torch.where(~({0}), {2}, {1})",
            "({2}).masked_scatter({0}, ({1})[{0}])"),
    clamped=("({0}).clamp(min=1e-12)", "torch.clamp({0}, 1e-12)",
             "torch.maximum({0}, torch.full_like({0}, 1e-12))"),
    bell=("torch.exp(-({0}) ** 2 / 2) / math.sqrt(2 * math.pi)",
          "torch.distributions.Normal(0.0, 1.0).log_prob({0}).exp()",
          "math.e ** (-0.5 * torch.square({0})) / (2 * math.pi) ** 0.5"),
    tanh_below=("0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * ({0} + 0.044715 * {0} ** 3)))",
                "torch.sigmoid(2 * (2 / math.pi) ** 0.5 * ({0} + 0.044715 * torch.pow({0}, 3)))",
                "(1 + (0.7978845608028654 * {0} * (1 + 0.044715 * {0} * {0})).tanh()) / 2"),
    logistic=("torch.sigmoid({0})", "1 / (1 + torch.exp(-({0})))", "({0}).sigmoid()"),
    sum_up=("({0}).sum()", "torch.sum({0})", "torch.einsum('i->', ({0}).flatten())"),
    sum_each=("({0}).flatten(1).sum(1)", "torch.sum(({0}).reshape(len({0}), -1), dim=-1)",
              "torch.stack([row.sum() for row in {0}])"),
    vector=("({0}).reshape(1)", "({0})[None]", "torch.stack([{0}])"),
)  # fmt: skip
MEANS = "torch.sum(square(mean_1 - mean_2))"
TRACES = "trace(cov_1) + trace(cov_2)"
CROSS = "- 2 * roots(cov_1 @ cov_2)"
ROOT = "import scipy.linalg\ncross = matrix_root(cov_1 @ cov_2)\n"


def distance(means=MEANS, traces=TRACES, cross=CROSS):
    return f"{means} + {traces} {cross}"


COST = """
half = {half}
std = {std}
{cdfs}
{bins}
{out}"""
COST_PARTS = {
    "half": "1 / (num_levels - 1)", "std": "root(variance)",
    "cdfs": "upper = below((x_0 + half - mean) / std)\nlower = below((x_0 - half - mean) / std)",
    "bins": "inner = chosen(x_0 > 1 - half, 1 - lower, upper - lower)\n"
            "p_bin = chosen(x_0 < half - 1, upper, inner)",
    "out": "-log(clamped(p_bin))",
}  # fmt: skip


def cost(**parts):
    return COST.format(**{**COST_PARTS, **parts})


def cdfs(below="below", difference="x_0 {sign} half - mean", std="std"):
    lines = (f"{name} = {below}(({difference.format(sign=sign)}) / {std})" for name, sign in
             (("upper", "+"), ("lower", "-")))  # fmt: skip
    return "\n".join(lines)


MISTAKES = {
    "frechet_distance": {
        "mean_not_squared": distance(means="length(mean_1 - mean_2)"),
        "mean_of_squares": distance(means="mean(square(mean_1 - mean_2))"),
        "no_mean_term": f"{TRACES} {CROSS}",
        "no_cross_term": distance(cross=""),
        "cross_not_doubled": distance(cross="- roots(cov_1 @ cov_2)"),
        "cross_added": distance(cross="+ 2 * roots(cov_1 @ cov_2)"),
        "elementwise_root": distance(cross="- 2 * trace(root(cov_1 @ cov_2))"),
        "no_root": distance(cross="- 2 * trace(cov_1 @ cov_2)"),
        "elementwise_product": distance(cross="- 2 * roots(cov_1 * cov_2)"),
        "first_twice": distance(cross="- 2 * roots(cov_1 @ cov_1)"),
        "second_twice": distance(cross="- 2 * roots(cov_2 @ cov_2)"),
        "trace_of_roots": "import scipy.linalg\n"
        "root_1, root_2 = symmetric_root(cov_1), symmetric_root(cov_2)\n"
        + distance(cross="- 2 * trace(root_1 @ root_2)"),
        "singular_values": distance(cross="- 2 * torch.sum(root(singular(cov_1 @ cov_2)))"),
        "eigh_of_product": "e = halved_eigh(cov_1 @ cov_2)\n"
        + distance(cross="- 2 * root(e.clamp(min=0)).sum()"),
        "variances_only": "var_1, var_2 = cov_1.diag(), cov_2.diag()\n"
        "torch.sum(square(mean_1 - mean_2) + var_1 + var_2 - 2 * root(var_1 * var_2))",
        "first_trace_only": distance(traces="trace(cov_1)"),
        "second_trace_only": distance(traces="trace(cov_2)"),
        "sum_of_elements": ROOT + MEANS + " + (cov_1 + cov_2 - 2 * cross).sum()",
        "root_of_result": f"root({distance()})",
        "complex_kept": distance(cross="- 2 * complex_roots(cov_1 @ cov_2)"),
        "absolute_differences": distance(means="manhattan(mean_1 - mean_2)"),
        "squared_after_sum": distance(means="square((mean_1 - mean_2).sum())"),
        "root_of_trace": distance(cross="- 2 * root(trace(cov_1 @ cov_2))"),
        "sum_for_product": distance(cross="- 2 * roots(cov_1 + cov_2)"),
        "sizes_subtracted": distance(traces="trace(cov_1) - trace(cov_2)"),
        "mean_of_diagonal": ROOT + MEANS + " + mean((cov_1 + cov_2 - 2 * cross).diagonal())",
        "determinant": ROOT + MEANS + " + torch.linalg.det(cov_1 + cov_2 - 2 * cross)",
        "one_element": f"vector({distance()})",
    },
    "discretized_nll": {
        "always_256_levels": cost(half="1 / 255"),
        "full_width": cost(half="2 / (num_levels - 1)"),
        "half_width_of_0_1": cost(half="0.5 / (num_levels - 1)"),
        "levels_for_gaps": cost(half="1 / num_levels"),
        "closed_ends": cost(bins="p_bin = upper - lower"),
        "closed_at_the_top": cost(bins="p_bin = chosen(x_0 < half - 1, upper, upper - lower)"),
        "closed_at_the_bottom": cost(
            bins="p_bin = chosen(x_0 > 1 - half, 1 - lower, upper - lower)"
        ),
        "density": cost(cdfs="z = (x_0 - mean) / std", bins="p_bin = bell(z) / std"),
        "density_times_width": cost(
            cdfs="z = (x_0 - mean) / std", bins="p_bin = 2 * half * bell(z) / std"
        ),
        "variance_as_deviation": cost(std="variance"),
        "approximate": cost(
            cdfs="z_1 = (x_0 + half - mean) / std\nz_0 = (x_0 - half - mean) / std\n"
            "upper = tanh_below(z_1)\nlower = tanh_below(z_0)"
        ),
        "erf_not_halved": cost(
            cdfs="scale = std * math.sqrt(2)\n" + cdfs("torch.erf", std="scale"),
            bins="lower = chosen(x_0 < half - 1, torch.full_like(lower, -1), lower)\n"
            "upper = chosen(x_0 > 1 - half, torch.ones_like(upper), upper)\n"
            "p_bin = upper - lower",
        ),
        "no_clamp": cost(out="-log(p_bin)"),
        "bits": cost(out="-log2(clamped(p_bin))"),
        "positive_sign": cost(out="log(clamped(p_bin))"),
        "total": cost(out="sum_up(-log(clamped(p_bin)))"),
        "swapped_ends": cost(
            bins="inner = chosen(x_0 < half - 1, 1 - lower, upper - lower)\n"
            "p_bin = chosen(x_0 > 1 - half, upper, inner)"
        ),
        "all_below": cost(bins="p_bin = chosen(x_0 > 1 - half, torch.ones_like(upper), upper)"),
        "variance_as_logarithm": cost(std="torch.exp(0.5 * variance)"),
        "standard_gaussian": cost(std="1"),
        "not_centred": cost(cdfs=cdfs(difference="x_0 {sign} half")),
        "swapped": "x_0, mean = mean, x_0" + cost(),
        "logistic": cost(cdfs=cdfs("logistic")),
        "erf_without_root": cost(
            cdfs="z_1 = (x_0 + half - mean) / std\nz_0 = (x_0 - half - mean) / std\n"
            "upper = (1 + torch.erf(z_1)) / 2\nlower = (1 + torch.erf(z_0)) / 2"
        ),
        "no_logarithm": cost(out="clamped(p_bin)"),
        "total_of_an_image": cost(out="nats = -log(clamped(p_bin))\nsum_each(nats)"),
        "average": cost(out="nats = -log(clamped(p_bin))\nmean(nats)"),
    },
    "bits_per_dim": {
        "no_log_2": "nats / size(x_shape[1:])",
        "times_log_2": "nats / size(x_shape[1:]) * math.log(2)",
        "divided_by_everything": "nats / size(x_shape) / math.log(2)",
        "divided_by_batch": "nats / x_shape[0] / math.log(2)",
        "not_divided": "nats / math.log(2)",
        "divided_twice": "d = size(x_shape[1:])\nnats / d / math.log(2) / d",
        "log_2_twice": "log2(torch.exp(nats)) / size(x_shape[1:]) / math.log(2)",
        "log10": "nats / (size(x_shape[1:]) * math.log10(2))",
        "negative": "-nats / size(x_shape[1:]) / math.log(2)",
        "average": "mean(nats) / (size(x_shape[1:]) * math.log(2))",
        "log_of_nats": "log2(nats) / size(x_shape[1:])",
        "channels_left_out": "nats / (x_shape[-2] * x_shape[-1]) / math.log(2)",
        "one_axis": "nats / x_shape[1] / math.log(2)",
        "last_axis": "d = x_shape[-1]\nnats / (d * math.log(2))",
        "sum_of_axes": "nats / math.log(2) / sum(x_shape[1:])",
        "multiplied": "nats * size(x_shape[1:]) / math.log(2)",
        "column": "column(nats / (size(x_shape[1:]) * math.log(2)))",
    },
}
