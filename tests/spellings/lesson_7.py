"""Lesson 7: the distance of Gaussians, what a grey level costs, bits per dimension."""

from spellings import MACROS


MACROS.update(
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
    vector=("({0}).reshape(1)", "({0})[None]", "torch.stack([{0}])"),
)  # fmt: skip
MEANS = "torch.sum(square(mean_1 - mean_2))"
TRACES = "trace(cov_1) + trace(cov_2)"
CROSS = "- 2 * roots(cov_1 @ cov_2)"
ROOT = "import scipy.linalg\ncross = matrix_root(cov_1 @ cov_2)\n"


def distance(means=MEANS, traces=TRACES, cross=CROSS):
    return f"{means} + {traces} {cross}"


MISTAKES = {
    "frechet_distance": {
        "mean_not_squared": distance(means="length(mean_1 - mean_2)"),
        "mean_of_squares": distance(means="mean(square(mean_1 - mean_2))"),
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
    "bits_per_dim": {
        "no_log_2": "nats / size(x_shape[1:])",
        "times_log_2": "nats / size(x_shape[1:]) * math.log(2)",
        "divided_by_everything": "nats / size(x_shape) / math.log(2)",
        "divided_by_batch": "nats / x_shape[0] / math.log(2)",
        "not_divided": "nats / math.log(2)",
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
