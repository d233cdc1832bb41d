"""Lesson 6: one step of Algorithm 2, clipped or not, and the whole chain."""

NO_GRAD = "with torch.no_grad():\n    "
EPS = NO_GRAD + "eps = model(x_t, t)\n"
EQ_11 = "(x_t - b / root(1 - ab) * eps) / root(a)"
EQ_7 = "(root(p) * b * x_0 + root(a) * (1 - p) * x_t) / (1 - ab)"
X_0 = "(x_t - root(1 - ab) * eps) / root(ab)"
MEAN = f"mu = {EQ_11}\n"
NOISY = "mu + root(v) * drawn(x_t)"
QUIET = "z = drawn(x_t)\nz[t == 1] = 0\n"
# Of both steps: how the mean becomes the result, and how the model is called.
NOISES = {
    "variance_as_deviation": "mu + v * drawn(x_t)",
    "no_noise": "1 * mu",
    "eps_as_noise": "mu + root(v) * eps",
    "beta_variance": QUIET + "mu + root(b) * z",
    "noise_at_last_step": "mu + root(b) * drawn(x_t)",
    "first_row_decides": "if t[0] == 1:\n    return mu\n" + NOISY,
    "first_row_variance": "mu + root(schedule.posterior_variance[t[0]]) * drawn(x_t)",
    "variance_of_t_2_at_t_1": "mu + root(at(schedule.posterior_variance, t.clamp(min=2)))"
    " * drawn(x_t)",
    "noise_at_t_1_too": "mu + root(torch.where(v > 0, v, b)) * drawn(x_t)",
    "unscaled_noise": QUIET + "mu + z",
    "forward_noise": QUIET + "mu + root(1 - ab) * z",
    "next_variance": "later = (t + 1).clamp(max=schedule.num_timesteps)\n"
    "mu + root(at(schedule.posterior_variance, later)) * drawn(x_t)",
    "previous_variance": "mu + root(at(schedule.posterior_variance, t - 1)) * drawn(x_t)",
    "one_noise_for_all": "mu + root(v) * drawn(x_t[0])",
    "one_number_for_an_image": "mu + root(v) * drawn(v)",
    "one_number_for_all": "mu + root(v) * torch.randn(1)",
    "any_row_decides": "if (t == 1).any():\n    return mu\n" + NOISY,
    "uniform_noise": "mu + root(v) * torch.rand_like(x_t)",
    "noise_subtracted_from_mean": "mu + root(v / a) * drawn(x_t)",
}
CALLS = {
    "shifted_time": NO_GRAD + "eps = model(x_t, t - 1)\n",
    "scaled_time": NO_GRAD + "eps = model(x_t, t / schedule.num_timesteps)\n",
    "float_time": NO_GRAD + "eps = model(x_t, t.float())\n",
    "one_time_given": NO_GRAD + "eps = model(x_t, t[:1])\n",
    "model_not_called": "eps = drawn(x_t)\n",
}


def clipped(x_0=f"clip({X_0}, -1, 1)", eq_7=EQ_7):
    """Write the mean of the step with clipping, from what is in its first branch."""
    return f"if clipping:\n    x_0 = {x_0}\n    mu = {eq_7}\nelse:\n    mu = {EQ_11}\n"


OVERWRITTEN = (
    "with torch.no_grad():\n    if clipping:\n"
    "        x_0 = clip(predict_x0(x_t, t, model(x_t, t), schedule), -1, 1)\n"
    "        mu = ddpm_edu.posterior_mean(x_0, x_t, t, schedule)\n"
    "    mu = mean_from_noise(x_t, t, model(x_t, t), schedule)\n"
)
CLIPPED_STEP = {
    "missing_else": OVERWRITTEN + NOISY,
    "as_scraped": OVERWRITTEN + "if t[0] == 1:\n    return mu\n" + NOISY,
    "clips_x_t": EPS + "x_t = clip(x_t, -1, 1)\n" + clipped() + NOISY,
    "clips_eps": (
        EPS + "eps = clip(eps, -1, 1)\n" + clipped(X_0) + NOISY,
        EPS + "if clipping:\n    eps = clip(eps, -1, 1)\n" + MEAN + NOISY,
        EPS + "if clipping:\n    eps = clip(eps, -1, 1)\n" + clipped() + NOISY,
    ),
    "clips_to_0_1": EPS + clipped(f"clip({X_0}, 0, 1)") + NOISY,
    "never_clips": EPS + clipped(X_0) + NOISY,
    "clips_the_mean": EPS + MEAN + "if clipping:\n    mu = clip(mu, -1, 1)\n" + NOISY,
    "always_clips": EPS + f"x_0 = clip({X_0}, -1, 1)\nmu = {EQ_7}\n" + NOISY,
    "clips_x_t_in_eq_11": EPS + "if clipping:\n    x_t = clip(x_t, -1, 1)\n" + MEAN + NOISY,
    "clips_x_t_in_eq_7": EPS + f"x_0 = {X_0}\nif clipping:\n    x_t = clip(x_t, -1, 1)\n"
    f"mu = {EQ_7}\n" + NOISY,
    "x_0_as_mean": EPS + clipped(eq_7="x_0") + NOISY,
    "swapped_in_eq_7": EPS
    + clipped(eq_7="ddpm_edu.posterior_mean(x_t, x_0, t, schedule)") + NOISY,
    "clipped_x_0_as_eps": EPS + clipped(eq_7=EQ_11.replace("eps", "x_0")) + NOISY,
    "noised_again": tuple(
        EPS + f"x_0 = {X_0}\nif clipping:\n    x_0 = clip(x_0, -1, 1)\n"
        f"root(p) * x_0 + root(1 - p) * {noise}"
        for noise in ("torch.randn_like(x_t)", "eps", "torch.randn(x_t.shape)")
    ),
    "clipping_off_by_default": "def (model, x_t, t, schedule, clipping=False)\n"
    + EPS + clipped() + NOISY,
    "clips_the_result": EPS + MEAN + f"clip({NOISY}, -1, 1)",
    "called_twice": NO_GRAD
    + "x_0 = clip(predict_x0(x_t, t, model(x_t, t), schedule), -1, 1)\n"
    "    mu = mean_from_noise(x_t, t, model(x_t, t), schedule)\nif clipping:\n"
    "    mu = ddpm_edu.posterior_mean(x_0, x_t, t, schedule)\n" + NOISY,
    **{id: EPS + clipped() + noise for id, noise in NOISES.items()},
    **{id: call + clipped() + NOISY for id, call in CALLS.items()},
}  # fmt: skip

NEXT = "    x = ddpm_edu.sample_p(model, x, full(shape[0], i), schedule)\n"
KEEP = "    if i <= image_noise_steps_to_keep:\n        kept.append(x.cpu())\n"


def chain(start="gauss(shape)", loop="down(T, 1)", next=NEXT, keep=KEEP, result="kept", before=""):
    """Write the loop of Algorithm 2 from its parts."""
    start = f"T = schedule.num_timesteps\nx = {start}\nkept = []\n{before}"
    return f"{start}for i in {loop}:\n{next}{keep}{result}"


LAST = "kept[-image_noise_steps_to_keep:]"
ALL = "    kept.append(x.cpu())\n"
TIMELY = "        kept.append(x.cpu())\n"
MISTAKES = {
    "sample_p_unclipped": {
        "alpha_under_root": EPS + "(x_t - b / root(1 - a) * eps) / root(a) + root(v) * drawn(x_t)",
        "no_root": EPS + "(x_t - b / (1 - ab) * eps) / root(a) + root(v) * drawn(x_t)",
        "root_of_beta": EPS
        + "(x_t - root(b) / root(1 - ab) * eps) / root(a) + root(v) * drawn(x_t)",
        "plus_sign": EPS + "(x_t + b / root(1 - ab) * eps) / root(a) + root(v) * drawn(x_t)",
        "all_noise_at_once": EPS + "mu = (x_t - root(1 - ab) * eps) / root(a)\n" + NOISY,
        "no_rescaling": EPS + "x_t - b / root(1 - ab) * eps + root(v) * drawn(x_t)",
        "alpha_in_numerator": EPS + "mu = (x_t - a / root(1 - ab) * eps) / root(a)\n" + NOISY,
        "rescaled_by_alpha": EPS + "mu = (x_t - b / root(1 - ab) * eps) / a\n" + NOISY,
        "multiplied_by_root": EPS + "mu = (x_t - b / root(1 - ab) * eps) * root(a)\n" + NOISY,
        "rescaled_by_alpha_bar": EPS + "mu = (x_t - b / root(1 - ab) * eps) / root(ab)\n" + NOISY,
        "x_0_returned": EPS + f"mu = {X_0}\n" + NOISY,
        "noised_again": tuple(
            EPS + f"x_0 = {X_0}\nroot(p) * x_0 + root(1 - p) * {noise}"
            for noise in ("torch.randn_like(x_t)", "eps", "torch.randn(x_t.shape)")
        ),
        "called_twice": EPS + MEAN.replace("eps", "model(x_t, t)") + NOISY,
        **{id: EPS + MEAN + noise for id, noise in NOISES.items()},
        **{id: call + MEAN + NOISY for id, call in CALLS.items()},
        "noise_subtracted_from_mean": EPS
        + "(x_t - b / root(1 - ab) * eps + root(v) * drawn(x_t)) / root(a)",
    },
    "sample_p": CLIPPED_STEP,
    "repair_sampler": CLIPPED_STEP,
    "sampling": {
        "uniform_start": chain("torch.rand(shape)"),
        "ascending": chain(loop="range(1, T + 1)"),
        "stops_at_2": chain(loop="down(T, 2)", keep=ALL, result=LAST),
        "starts_below_T": chain(loop="down(T - 1, 1)"),
        "unclipped": chain(next=NEXT.replace("schedule)", "schedule, clipping=False)")),
        "keeps_one_more": chain(keep=ALL, result="kept[-image_noise_steps_to_keep - 1:]"),
        "reversed_states": chain(keep=KEEP.replace("append(", "insert(0, ")),
        "one_start_for_all": chain("gauss(shape[1:]).expand(shape)"),
        "starts_from_zeros": chain("torch.zeros(shape)"),
        "shifted_time": chain(next=NEXT.replace(", i)", ", max(i - 1, 1))")),
        "same_noise_in_every_step": chain(
            before="z = gauss(shape)\n", next=NEXT.replace("schedule)", "schedule, noise=z)")
        ),
        "no_noise": chain(next=NEXT.replace("schedule)", "schedule, noise=torch.zeros_like(x))")),
        "keeps_one_less": chain(keep=KEEP.replace("<=", "<")),
        "keeps_all": chain(keep=ALL),
        "keeps_the_first": (
            chain(keep=ALL, result="kept[:image_noise_steps_to_keep]"),
            chain(keep="    if len(kept) < image_noise_steps_to_keep:\n" + TIMELY),
            chain(keep="    if i > T - image_noise_steps_to_keep:\n" + TIMELY),
        ),
        "keeps_x_before_the_step": (
            chain(next=KEEP + NEXT, keep=""),
            chain(next=ALL + NEXT, keep="", result=LAST),
            chain(before="kept.append(x)\n", keep=ALL, result=LAST[:-2] + " - 1:-1]"),
        ),
        "states_clamped": (
            chain(keep=KEEP.replace("x.cpu()", "x.clamp(-1, 1)")),
            chain(result="[x.clamp(-1, 1) for x in kept]"),
            chain(keep=KEEP.replace("x.cpu()", "torch.clip(x, -1, 1).cpu()")),
        ),
        "states_rescaled": (
            chain(keep=KEEP.replace("x.cpu()", "(x + 1) / 2")),
            chain(result="[((x + 1) / 2).clamp(0, 1) for x in kept]"),
            chain(keep=KEEP.replace("x.cpu()", "0.5 * x.clamp(-1, 1) + 0.5")),
        ),
        "stacked": (
            chain(result="torch.stack(kept)"),
            chain(result="torch.cat([x[None] for x in kept])"),
            chain(result="torch.cat(kept)"),
        ),
        "only_the_last": chain(keep="", result="[x.cpu()]"),
        "tensor_returned": chain(keep="", result="x.cpu()"),
        "gradients_kept": chain(
            next="    t = full(shape[0], i)\n"
            "    x_0 = clip(predict_x0(x, t, model(x, t), schedule), -1, 1)\n"
            "    x = ddpm_edu.posterior_mean(x_0, x, t, schedule)\n"
            "    if i > 1:\n"
            "        x = x + root(schedule.posterior_variance[i]) * drawn(x)\n"
        ),
    },
}
