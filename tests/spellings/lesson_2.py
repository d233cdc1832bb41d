"""Lesson 2: the product of two Gaussians, the mean of one step back."""

PRECISION = "w = 1 / variance_a + 1 / variance_b\n"
MISTAKES = {
    "product_of_gaussians": {
        "precision_returned": PRECISION + "(mean_a / variance_a + mean_b / variance_b) / w, 1 * w",
        "not_normalised": PRECISION + "mean_a / variance_a + mean_b / variance_b, 1 / w",
        "average_mean": PRECISION + "(mean_a + mean_b) / 2, 1 / w",
        "means_add": PRECISION + "mean_a + mean_b, 1 / w",
        "deviation_returned": PRECISION
        + "(mean_a / variance_a + mean_b / variance_b) / w, root(1 / w)",
        "weighted_by_variance": PRECISION
        + "(mean_a * variance_a + mean_b * variance_b) / (variance_a + variance_b), 1 / w",
        "swapped_results": PRECISION + "1 / w, (mean_a / variance_a + mean_b / variance_b) / w",
        "mean_only": PRECISION + "(mean_a / variance_a + mean_b / variance_b) / w",
    },
    "posterior_mean": {
        "swapped": "(root(a) * (1 - p) * x_0 + root(p) * b * x_t) / (1 - ab)",
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
        "precedence_of_x_0": "(root(p) * b / 1 - ab) * x_0 + root(a) * (1 - p) / (1 - ab) * x_t",
        "precedence_of_x_t": "root(p) * b / (1 - ab) * x_0 + (root(a) * (1 - p) / 1 - ab) * x_t",
    },
}
