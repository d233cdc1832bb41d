"""Lesson 1: a step of noise, the jump to time t, the signal-to-noise ratio, alpha_bar."""

MISTAKES = {
    "step_q": {
        "noise_without_root": "root(1 - b) * x_prev + b * noise",
        "signal_without_root": "(1 - b) * x_prev + root(b) * noise",
        "signal_not_scaled": "x_prev + root(b) * noise",
        "alpha_bar": "root(ab) * x_prev + root(1 - ab) * noise",
        "one_minus_root": "(1 - root(b)) * x_prev + root(b) * noise",
        "swapped": "root(b) * x_prev + root(1 - b) * noise",
        "clamped": "(root(1 - b) * x_prev + root(b) * noise).clamp(-1, 1)",
        "own_noise": "root(a) * x_prev + root(b) * drawn(x_prev)",
    },
    "sample_q": {
        "noise_without_root": "root(ab) * x_0 + (1 - ab) * noise",
        "signal_without_root": "ab * x_0 + root(1 - ab) * noise",
        "signal_not_scaled": "x_0 + root(1 - ab) * noise",
        "one_step": "root(a) * x_0 + root(b) * noise",
        "alpha_under_signal": "root(a) * x_0 + root(1 - ab) * noise",
        "alpha_under_noise": "root(ab) * x_0 + root(1 - a) * noise",
        "one_minus_root": "root(ab) * x_0 + (1 - root(ab)) * noise",
        "squares": "square(ab) * x_0 + square(1 - ab) * noise",
        "swapped": "root(1 - ab) * x_0 + root(ab) * noise",
        "clamped": "(root(ab) * x_0 + root(1 - ab) * noise).clamp(-1, 1)",
        "own_noise": "root(ab) * x_0 + root(1 - ab) * drawn(x_0)",
        "first_row_decides": "t = t[:1].expand(len(t))\nab = sample_by_t(schedule.alphas_bar, t, "
        "x_0.shape)\nroot(ab) * x_0 + root(1 - ab) * noise",
    },
    "snr": {
        "inverted": "(1 - ab) / ab",
        "roots": "root(ab) / root(1 - ab)",
        "alpha": "a / (1 - a)",
        "signal_only": "1 * ab",
        "logarithm": "log(ab / (1 - ab))",
        "over_beta": "ab / b",
        "column": "column(ab / (1 - ab))",
    },
    "cumulative_alphas": {
        "sum_of_alphas": "alphas = 1 - betas\nalphas, alphas.cumsum(0)",
        "product_of_betas": "1 - betas, torch.cumprod(betas, 0)",
        "alphas_are_betas": "betas, torch.cumprod(betas, 0)",
        "roots": "alphas = root(1 - betas)\nalphas, alphas.cumprod(0)",
        "root_of_product": "alphas = 1 - betas\nalphas, root(alphas.cumprod(0))",
        "swapped_results": "alphas = 1 - betas\nalphas.cumprod(0), alphas",
        "only_alphas_bar": "(1 - betas).cumprod(0)",
        "one_minus_sum": "1 - betas, 1 - betas.cumsum(0)",
    },
}
