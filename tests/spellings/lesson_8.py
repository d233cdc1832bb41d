"""Lesson 8: a step of DDIM, guidance and the velocity; the times it visits are beside."""

from spellings import ddim_times


PARTS = {
    "now": "at(schedule.alphas_bar, t)",
    "prev": "at(schedule.alphas_bar, t_prev)",
    "full": "root((1 - prev) / (1 - now) * (1 - now / prev))",
    "sigma": "eta * full",
    "x_0": "(x_t - root(1 - now) * eps) / root(now)",
    "z": "drawn(x_t) if noise is None else noise",
    "signal": "root(prev) * x_0",
    "direction": "root(1 - prev - square(sigma)) * eps",
    "noisy": "mean + sigma * z",
}


def step(**parts):
    """Write ddim_step with other lines for some of its names; what is left is added up."""
    parts = {**PARTS, **parts}
    lines = [f"{name} = {parts[name]}\n" for name in parts if name != "noisy"]
    return "".join([*lines, "mean = signal + direction\n", parts["noisy"]])


def at(t, t_prev):
    """Look both times up."""
    return step(now=f"at(schedule.alphas_bar, {t})", prev=f"at(schedule.alphas_bar, {t_prev})")


def own(draw):
    """Draw the noise in another way where none is given."""
    return step(z=f"{draw} if noise is None else noise")


CLIPPED = "clip((x_t - root(1 - now) * eps) / root(now), -1, 1)"
OF_C = "root(c) * eps - root(1 - c) * x_0"
MISTAKES = {
    "ddim_timesteps": ddim_times.TIMES,
    "ddim_step": {
        "last_target_ab_1": at("t", "t_prev.clamp(min=1)"),
        "one_step_back": at("t", "t - 1"),
        "alpha_for_alpha_bar": at("t", "t_prev").replace("alphas_bar", "alphas"),
        "direction_sigma": step(direction="sigma * eps"),
        "direction_not_reduced": step(direction="root(1 - prev) * eps"),
        "direction_for_eta_1": step(direction="root(1 - prev - square(full)) * eps"),
        "direction_without_root": step(direction="(1 - prev - square(sigma)) * eps"),
        "sigma_without_ratio": step(full="root(1 - now / prev)"),
        "sigma_without_beta": step(full="root((1 - prev) / (1 - now))"),
        "sigma_without_root": step(full="(1 - prev) / (1 - now) * (1 - now / prev)"),
        "eta_not_squared": step(sigma="root(eta * square(full))"),
        "eta_ignored": step(sigma="1 * full"),
        "default_eta_1": "def (x_t, t, t_prev, eps, schedule, eta=1.0, noise=None)\n" + step(),
        "unscaled_noise": step(noisy="if eta == 0:\n    return mean\nmean + z"),
        "noise_ignored": step(z="drawn(x_t)"),
        "noise_not_drawn": own("0"),
        "x_0_without_root": step(x_0="(x_t - root(1 - now) * eps) / now"),
        "x_0_noise_without_root": step(x_0="(x_t - (1 - now) * eps) / root(now)"),
        "clips_x_0": (
            step(x_0=CLIPPED),
            step(x_0=f"{CLIPPED}\neps = (x_t - root(now) * x_0) / root(1 - now)"),
            step(x_0=CLIPPED),
        ),
        "sigma_upside_down": step(full="root((1 - prev) / (1 - now) * (1 - prev / now))"),
        "signal_not_scaled": step(signal="1 * x_0"),
        "signal_without_root": step(signal="prev * x_0"),
        "shifted_times": step(
            now="schedule.alphas_bar[t - 1].reshape(-1, *[1] * (x_t.ndim - 1))",
            prev="schedule.alphas_bar[t_prev - 1].reshape(-1, *[1] * (x_t.ndim - 1))",
        ),
        "swapped_times": step(
            now="at(schedule.alphas_bar, t_prev)",
            prev="at(schedule.alphas_bar, t)",
            full="root(((1 - prev) / (1 - now) * (1 - now / prev)).clamp(min=0))",
        ),
        "first_row_decides": step(
            now="schedule.alphas_bar[t[0]]", prev="schedule.alphas_bar[t_prev[0]]"
        ),
        "along_columns": step(now="schedule.alphas_bar[t]", prev="schedule.alphas_bar[t_prev]"),
        "direction_less_sigma": step(direction="root(1 - prev - sigma) * eps"),
        "direction_at_t": step(direction="root(1 - now - square(sigma)) * eps"),
        "no_direction": step(direction="0"),
        "direction_subtracted": step(direction="-root(1 - prev - square(sigma)) * eps"),
        "sigma_from_t_only": step(full="root(1 - now)"),
        "sigma_inverted": step(full="root((1 - now) / (1 - prev) * (1 - now / prev))"),
        "eta_squared_twice": step(sigma="eta ** 2 * full"),
        "never_random": step(direction="root(1 - prev) * eps", noisy="1 * mean"),
        "eta_only_under_root": step(noisy="mean + full * z"),
        "unscaled_noise_always": step(noisy="mean + z"),
        "eps_as_noise": own("eps"),
        "uniform_noise": own("torch.rand_like(x_t)"),
        "one_noise_for_all": own("drawn(x_t[0])"),
        "x_0_not_divided": step(x_0="x_t - root(1 - now) * eps"),
        "x_t_for_x_0": step(signal="root(prev) * x_t"),
        "signal_at_t": step(signal="root(now) * x_0"),
        "clamped": step(noisy="clip(mean + sigma * z, -1, 1)"),
    },
    "guided_noise": {
        "s_for_w": "guidance * eps_cond + (1 - guidance) * eps_uncond",
        "plus_for_minus": "(1 + guidance) * eps_cond + guidance * eps_uncond",
        "swapped": "(1 + guidance) * eps_uncond - guidance * eps_cond",
        "towards_uncond": "(1 - guidance) * eps_cond + guidance * eps_uncond",
        "no_one_plus": "guidance * (eps_cond - eps_uncond)",
        "cond_counts_once": "eps_cond - guidance * eps_uncond",
        "w_for_s": "s = 1 + guidance\n(1 + s) * eps_cond - s * eps_uncond",
        "one_plus_twice": "(1 + guidance) * (eps_cond - eps_uncond)",
        "average": "(eps_cond + eps_uncond) / 2",
        "guidance_ignored": "1 * eps_cond",
        "rescaled": "eps = (1 + guidance) * eps_cond - guidance * eps_uncond\n"
        "axes = tuple(range(1, eps.ndim))\n"
        "eps * (eps_cond.std(axes, keepdim=True) / eps.std(axes, keepdim=True))",
        "clamped": "clip((1 + guidance) * eps_cond - guidance * eps_uncond, -1, 1)",
        "in_place": "eps_cond *= 1 + guidance\neps_cond - guidance * eps_uncond",
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
        "eps_itself": "1 * eps",
        "x_t_returned": "root(ab) * x_0 + root(1 - ab) * eps",
        "x_t_for_x_0": "x_t = root(ab) * x_0 + root(1 - ab) * eps\n"
        "root(ab) * eps - root(1 - ab) * x_t",
        "previous_product": "root(p) * eps - root(1 - ab) * x_0",
        "along_columns": "c = schedule.alphas_bar[t]\nroot(c) * eps - root(1 - c) * x_0",
        "one_dimension_fewer": (
            "c = schedule.alphas_bar[t].view(-1, *[1] * (x_0.ndim - 2))\n" + OF_C,
            "c = schedule.alphas_bar[t][:, None, None]\n" + OF_C,
            "c = schedule.alphas_bar[t].unsqueeze(1)\n" + OF_C,
        ),
        "shifted_time": "root(p) * eps - root(1 - p) * x_0",
        "first_row_decides": "c = schedule.alphas_bar[t[0]]\nroot(c) * eps - root(1 - c) * x_0",
        "clamped": "clip(root(ab) * eps - root(1 - ab) * x_0, -1, 1)",
        "in_place": "x_0 *= root(1 - ab)\nroot(ab) * eps - x_0",
        "alpha_for_alpha_bar": "root(a) * eps - root(1 - a) * x_0",
    },
}
