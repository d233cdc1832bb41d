"""Lesson 8: guidance and the velocity."""

MISTAKES = {
    "guided_noise": {
        "s_for_w": "guidance * eps_cond + (1 - guidance) * eps_uncond",
        "plus_for_minus": "(1 + guidance) * eps_cond + guidance * eps_uncond",
        "swapped": "(1 + guidance) * eps_uncond - guidance * eps_cond",
        "towards_uncond": "(1 - guidance) * eps_cond + guidance * eps_uncond",
        "no_one_plus": "guidance * (eps_cond - eps_uncond)",
        "cond_counts_once": "eps_cond - guidance * eps_uncond",
        "no_uncond": "(1 + guidance) * eps_cond",
    },
    "velocity": {
        "plus_sign": "root(ab) * eps + root(1 - ab) * x_0",
        "negative": "root(1 - ab) * x_0 - root(ab) * eps",
        "swapped_factors": "root(1 - ab) * eps - root(ab) * x_0",
        "swapped_data": "root(ab) * x_0 - root(1 - ab) * eps",
        "no_roots": "ab * eps - (1 - ab) * x_0",
        "noise_without_root": "ab * eps - root(1 - ab) * x_0",
        "signal_without_root": "root(ab) * eps - (1 - ab) * x_0",
        "one_minus_root": "root(ab) * eps - (1 - root(ab)) * x_0",
        "eps_only": "root(ab) * eps",
        "x_0_only": "-root(1 - ab) * x_0",
        "flow": "eps - x_0",
        "alpha_for_alpha_bar": "root(a) * eps - root(1 - a) * x_0",
    },
}
