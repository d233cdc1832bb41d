"""Lesson 6: one step of Algorithm 2."""

EPS = "with torch.no_grad():\n    eps = model(x_t, t)\n"
MEAN = EPS + "mu = (x_t - b / root(1 - ab) * eps) / root(a)\n"
MISTAKES = {
    "sample_p_unclipped": {
        "variance_as_deviation": MEAN + "mu + v * drawn(x_t)",
        "no_noise": MEAN + "1 * mu",
        "eps_as_noise": MEAN + "mu + root(v) * eps",
        "alpha_under_root": EPS + "(x_t - b / root(1 - a) * eps) / root(a) + root(v) * drawn(x_t)",
        "no_root": EPS + "(x_t - b / (1 - ab) * eps) / root(a) + root(v) * drawn(x_t)",
        "plus_sign": EPS + "(x_t + b / root(1 - ab) * eps) / root(a) + root(v) * drawn(x_t)",
        "no_rescaling": EPS + "x_t - b / root(1 - ab) * eps + root(v) * drawn(x_t)",
        "noise_subtracted_from_mean": EPS
        + "(x_t - b / root(1 - ab) * eps + root(v) * drawn(x_t)) / root(a)",
        "noise_at_last_step": MEAN + "mu + root(b) * drawn(x_t)",
    },
}
