"""Lesson 3: the divergence, x_0 and the mean from the noise, the loss and its weight."""

KL = "{half}({distance} + variance_1 / variance_2 - {one} - {log})"
PARTS = {
    "half": "0.5 * ", "distance": "square(mean_1 - mean_2) / variance_2", "one": "1",
    "log": "log(variance_1 / variance_2)",
}  # fmt: skip


TABLES = (
    "beta = schedule.betas[{0}]\nalpha = schedule.alphas[{0}]\nbar = schedule.alphas_bar[{0}]\n"
)
FROM_TABLES = "(x_t - beta / root(1 - bar) * eps) / root(alpha)"
# The ways to look up with too few dimensions.
FEWER = ("{0}[t].view(-1, *[1] * (x_t.ndim - 2))", "{0}[t][:, None, None]", "{0}[t].unsqueeze(1)")
NOISED = "x_t = sample_q(x_0, t, schedule, noise)\n"


def kl(**parts):
    return KL.format(**{**PARTS, **parts})


MISTAKES = {
    "kl_gaussians": {
        "no_half": kl(half=""),
        "negative": kl(half="-0.5 * "),
        "log_sign": kl(log="log(variance_2 / variance_1)"),
        "no_logarithm": kl(log="0"),
        "no_minus_one": kl(one="0"),
        "plus_one": kl(one="-1"),
        "distance_not_squared": kl(distance="(mean_1 - mean_2) / variance_2"),
        "distance_over_variance_1": kl(distance="square(mean_1 - mean_2) / variance_1"),
        "distance_not_divided": kl(distance="square(mean_1 - mean_2)"),
        "average": "mean(" + kl() + ")",
        "swapped_arguments": "0.5 * (square(mean_2 - mean_1) / variance_1"
        " + variance_2 / variance_1 - 1 - log(variance_2 / variance_1))",
        "standard_normal": "0.5 * (square(mean_1) + variance_1 - 1 - log(variance_1))",
        "squared_variances": "log(variance_2 / variance_1) - 0.5"
        " + (square(variance_1) + square(mean_1 - mean_2)) / (2 * square(variance_2))",
        "deviation_for_variance": "s_1 = root(variance_1)\ns_2 = root(variance_2)\n"
        "0.5 * (square(mean_1 - mean_2) / s_2 + s_1 / s_2 - 1 - log(s_1 / s_2))",
        "whole_logarithm": "log(variance_2 / variance_1) - 0.5"
        " + (variance_1 + square(mean_1 - mean_2)) / (2 * variance_2)",
        "binary_logarithm": kl(log="torch.log2(variance_1 / variance_2)"),
        "no_distance": "ratio = variance_1 / variance_2\n(ratio - 1 - log(ratio)) / 2",
        "inverted_ratio": "ratio = variance_2 / variance_1\n"
        "0.5 * (square(mean_1 - mean_2) / variance_2 + ratio - 1 + log(ratio))",
        "total": "every = " + kl() + "\nevery.sum()",
        "bits": "nats = " + kl() + "\nnats / math.log(2)",
    },
    "predict_x0": {
        "divided_by_alpha_bar": "(x_t - root(1 - ab) * eps) / ab",
        "not_divided": "x_t - root(1 - ab) * eps",
        "multiplied": "(x_t - root(1 - ab) * eps) * root(ab)",
        "divided_by_alpha": "(x_t - root(1 - ab) * eps) / root(a)",
        "one_step": "(x_t - root(1 - a) * eps) / root(a)",
        "noise_without_root": "(x_t - (1 - ab) * eps) / root(ab)",
        "alpha_under_noise": "(x_t - root(1 - a) * eps) / root(ab)",
        "unscaled_noise": "(x_t - eps) / root(ab)",
        "plus_sign": "(x_t + root(1 - ab) * eps) / root(ab)",
        "one_outside_the_root": "x_t / root(ab) - (root(1 / ab) - 1) * eps",
        "noise_not_divided": "x_t / root(ab) - root(1 - ab) * eps",
        "only_noise_divided": "x_t - root(1 - ab) * eps / root(ab)",
        "noise_left_in": "(x_t - root(1 - ab / ab) * eps) / root(ab)",
        "clipped": "estimate = (x_t - root(1 - ab) * eps) / root(ab)\nestimate.clamp(-1, 1)",
        "swapped": "(eps - root(1 - ab) * x_t) / root(ab)",
        "along_columns": "bar = schedule.alphas_bar[t]\n(x_t - root(1 - bar) * eps) / root(bar)",
        "one_dimension_fewer": tuple(
            f"bar = {look.format('schedule.alphas_bar')}\n(x_t - root(1 - bar) * eps) / root(bar)"
            for look in FEWER
        ),
        "shifted_time": "(x_t - root(1 - p) * eps) / root(p)",
        "first_row_decides": "bar = schedule.alphas_bar[t[0]]\n"
        "(x_t - root(1 - bar) * eps) / root(bar)",
        "in_place": "x_t -= root(1 - ab) * eps\nx_t / root(ab)",
        "eps_in_place": "eps *= root(1 - ab)\n(x_t - eps) / root(ab)",
        "clips_x_t": "x_t = x_t.clamp(-1, 1)\n(x_t - root(1 - ab) * eps) / root(ab)",
    },
    "mean_from_noise": {
        "alpha_under_root": "(x_t - b / root(1 - a) * eps) / root(a)",
        "no_root": "(x_t - b / (1 - ab) * eps) / root(a)",
        "root_of_alpha_bar": "(x_t - b / root(ab) * eps) / root(a)",
        "root_of_beta": "(x_t - root(b) / root(1 - ab) * eps) / root(a)",
        "alpha_in_numerator": "(x_t - a / root(1 - ab) * eps) / root(a)",
        "plus_sign": "(x_t + b / root(1 - ab) * eps) / root(a)",
        "all_noise_at_once": "(x_t - root(1 - ab) * eps) / root(a)",
        "eps_whole": "(x_t - eps) / root(a)",
        "only_x_t_rescaled": "x_t / root(a) - b / root(1 - ab) * eps",
        "no_rescaling": "x_t - b / root(1 - ab) * eps",
        "rescaled_by_alpha": "(x_t - b / root(1 - ab) * eps) / a",
        "multiplied_by_root": "(x_t - b / root(1 - ab) * eps) * root(a)",
        "x_0_returned": "(x_t - root(1 - ab) * eps) / root(ab)",
        "only_noise_rescaled": "x_t - b / root(1 - ab) * eps / root(a)",
        "rescaled_by_alpha_bar": "(x_t - b / root(1 - ab) * eps) / root(ab)",
        "clipped": "mean_t = (x_t - b / root(1 - ab) * eps) / root(a)\nmean_t.clamp(-1, 1)",
        "along_columns": TABLES.format("t") + FROM_TABLES,
        "one_dimension_fewer": tuple(
            f"looks = [{look.format('table')} for table in "
            "(schedule.betas, schedule.alphas, schedule.alphas_bar)]\n"
            "beta, alpha, bar = looks\n" + FROM_TABLES
            for look in FEWER
        ),
        "shifted_time": "beta, alpha, bar = (sample_by_t(table, t - 1, x_t.shape) for table in "
        "(schedule.betas, schedule.alphas, schedule.alphas_bar))\n" + FROM_TABLES,
        "first_row_decides": TABLES.format("t[0]") + FROM_TABLES,
        "in_place": "x_t -= b / root(1 - ab) * eps\nx_t / root(a)",
        "eps_in_place": "eps *= b / root(1 - ab)\n(x_t - eps) / root(a)",
        "clips_x_t": "x_t = x_t.clamp(-1, 1)\n(x_t - b / root(1 - ab) * eps) / root(a)",
    },
    "compute_loss": {
        "target_x_0": NOISED + "mse(model(x_t, t), x_0)",
        "target_x_t": NOISED + "mse(model(x_t, t), x_t)",
        "model_sees_x_0": "mse(model(x_0, t), noise)",
        "shifted_time": "mse(model(root(ab) * x_0 + root(1 - ab) * noise, t - 1), noise)",
        "root": NOISED + "root(mse(model(x_t, t), noise))",
        "halved": NOISED + "0.5 * mse(model(x_t, t), noise)",
        "absolute": NOISED + "error = model(x_t, t) - noise\nmean(error.abs())",
        "total": NOISED + "square(model(x_t, t) - noise).sum()",
        "not_reduced": NOISED + "square(model(x_t, t) - noise)",
        "number_returned": NOISED + "mse(model(x_t, t), noise).item()",
        "one_step": "x_t = root(a) * x_0 + root(b) * noise\nmse(noise, model(x_t, t))",
        "scaled_time": NOISED + "mse(model(x_t, t / schedule.num_timesteps), noise)",
        "float_time": (
            NOISED + "mse(model(x_t, t.float()), noise)",
            NOISED + "eps = model(x_t, t.to(x_t.dtype))\nmse(eps, noise)",
            NOISED + "times = t.double()\nmse(model(x_t, times), noise)",
        ),
        "x_0_error": (
            NOISED + "mse(predict_x0(x_t, t, model(x_t, t), schedule), x_0)",
            "x_t = root(ab) * x_0 + root(1 - ab) * noise\n"
            "estimate = (x_t - root(1 - ab) * model(x_t, t)) / root(ab)\nmse(estimate, x_0)",
            NOISED + "estimate = predict_x0(x_t, t, model(x_t, t), schedule)\n"
            "mean(square(x_0 - estimate))",
        ),
        "called_twice": "x_t = root(ab) * x_0 + root(1 - ab) * noise\n"
        "((noise - model(x_t, t)) * (noise - model(x_t, t))).mean()",
        "target_difference": NOISED + "mse(model(x_t, t), x_t - x_0)",
        "other_target": NOISED + "mse(model(x_t, t), drawn(x_0))",
        "own_noise": "noise = drawn(x_0)\n" + NOISED + "mse(model(x_t, t), noise)",
        "huber": "F.smooth_l1_loss(model(root(ab) * x_0 + root(1 - ab) * noise, t), noise)",
        "total_of_a_row": NOISED + "square(model(x_t, t) - noise).flatten(1).sum(1).mean()",
        "one_for_each_row": NOISED + "square(model(x_t, t) - noise).flatten(1).mean(1)",
        "averaged_over_batch_only": NOISED + "square(model(x_t, t) - noise).mean(0)",
        "rows_against_rows": NOISED + "predicted = model(x_t, t).flatten(1).mean(1)\n"
        "mean(square(predicted - column(noise.flatten(1).mean(1))))",
        "bound_weights": NOISED + "error = square(model(x_t, t) - noise)\n"
        "mean(b / (2 * a * (1 - ab)) * error)",
        "no_gradients": NOISED + "with torch.no_grad():\n    eps = model(x_t, t)\nmse(eps, noise)",
        "in_place": "x_0 *= root(ab)\nx_t = x_0 + root(1 - ab) * noise\nmse(model(x_t, t), noise)",
    },
    "vlb_weight": {
        "no_half": "b / (a * (1 - ab))",
        "half_for_two": "b / (0.5 * a * (1 - ab))",
        "no_noise_level": "b / (2 * a)",
        "no_sigma": "square(b) / (2 * a * (1 - ab))",
        "beta_not_squared": "1 / (2 * a * (1 - ab))",
        "alpha_bar_for_alpha": "b / (2 * ab * (1 - ab))",
        "root_of_alpha": "b / (2 * root(a) * (1 - ab))",
        "no_alpha": "b / (2 * (1 - ab))",
        "root_of_rest": "b / (2 * a * root(1 - ab))",
        "no_one_minus": "b / (2 * a * ab)",
        "inverted": "2 * a * (1 - ab) / b",
        "posterior_variance": "square(b) / (2 * v * a * (1 - ab))",
        "sigma_not_squared": "square(b) / (2 * root(b) * a * (1 - ab))",
        "alpha_for_alpha_bar": "b / (2 * a * (1 - a))",
        "eq_8": "1 / (2 * b)",
        "normalised": "weight = b / (2 * a * (1 - ab))\nweight / weight.sum()",
        "column": "weight = b / (2 * a * (1 - ab))\ncolumn(weight)",
        "whole_table": TABLES.format(":") + "beta / (2 * alpha * (1 - bar))",
        "shifted_time": TABLES.format("t - 1") + "beta / (2 * alpha * (1 - bar))",
        "first_row_decides": TABLES.format("t[0]")
        + "weight = beta / (2 * alpha * (1 - bar))\nweight * torch.ones_like(schedule.betas[t])",
    },
}
