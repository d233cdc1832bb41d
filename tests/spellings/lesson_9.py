"""Lesson 9: the loss of flow matching, velocities from predicted noise, Heun's step."""

from spellings import own_macros


own_macros.add(
    row=("({0}).reshape(-1, *(1,) * ({1}.ndim - 1))",
         "({0}).view(len({0}), *[1] * ({1}.dim() - 1))",
         "({0})[(slice(None), *[None] * ({1}.ndim - 1))]"),
    half=("({0}) / 2", "0.5 * ({0})", "torch.div({0}, 2)"),
    first_of=("({0})[0]", "({0})[:1].sum()", "torch.select({0}, 0, 0)"),
    gap=("({0} - {1}) ** 2", "({0} - {1}).pow(2)", "torch.square({0} - {1})"),
)  # fmt: skip
PATH = {
    "r": "row(s, x_0)",
    "x_s": "(1 - r) * x_0 + r * noise",
    "v": "model(x_s, s)",
    "target": "noise - x_0",
    "found": "mse(v, target)",
}
HEUN = {
    "h": "row(s_prev - s, x_s)",
    "one": "model(x_s, s)",
    "there": "x_s + h * one",
    "two": "model(there, s_prev)",
    "found": "x_s + h * half(one + two)",
}


def lines(parts):
    *before, last = parts.items()
    return "".join(f"{name} = {text}\n" for name, text in before) + last[1]


def loss(**parts):
    """Write flow_loss with other lines for some of its names."""
    return lines({**PATH, **parts})


def heun(**parts):
    """Write heun_step with other lines for some of its names."""
    return lines({**HEUN, **parts})


def noise(before):
    """Write velocity_from_noise with another estimate of x_0."""
    return f"eps - {before}"


MISTAKES = {
    "flow_loss": {
        "reversed_path": loss(x_s="r * x_0 + (1 - r) * noise"),
        "reversed_target": loss(target="x_0 - noise"),
        "time_from_noise": loss(x_s="r * x_0 + (1 - r) * noise", target="x_0 - noise"),
        "target_noise": loss(target="1 * noise"),
        "target_x_0": loss(target="1 * x_0"),
        "target_x_s": loss(target="1 * x_s"),
        "target_sum": loss(target="noise + x_0"),
        "target_from_x_s": loss(target="noise - x_s"),
        "target_step": loss(target="r * (noise - x_0)"),
        "target_circle": loss(
            target="torch.cos(math.pi / 2 * r) * noise - torch.sin(math.pi / 2 * r) * x_0"
        ),
        "roots": loss(x_s="root(1 - r) * x_0 + root(r) * noise"),
        "signal_not_scaled": loss(x_s="x_0 + r * noise"),
        "noise_not_scaled": loss(x_s="(1 - r) * x_0 + noise"),
        "path_squared": loss(x_s="(1 - square(r)) * x_0 + square(r) * noise"),
        "model_sees_x_0": loss(v="model(x_0, s)"),
        "told_the_rest": loss(v="model(x_s, 1 - s)"),
        "told_thousandths": loss(v="model(x_s, 1000 * s)"),
        "called_twice": loss(v="model(x_s, s)\nv = model(x_s, s)"),
        "own_noise": "noise = drawn(x_0)\n" + loss(),
        "other_noise": loss(target="drawn(noise) - x_0"),
        "absolute": loss(found="(v - target).abs().mean()"),
        "huber": loss(found="F.huber_loss(v, target)"),
        "total": loss(found="(gap(v, target)).sum()"),
        "total_of_a_row": loss(found="(gap(v, target)).sum() / len(x_0)"),
        "not_reduced": loss(found="gap(v, target)"),
        "one_for_each_row": loss(found="(gap(v, target)).flatten(1).mean(1)"),
        "root": loss(found="root(mse(v, target))"),
        "halved": loss(found="half(mse(v, target))"),
        "first_row_decides": loss(r="first_of(s)"),
        "along_columns": loss(r="1 * s"),
        "clamped": loss(x_s="clip((1 - r) * x_0 + r * noise, -1, 1)"),
        "no_gradients": loss(found="(mse(v, target)).detach()"),
        "number_returned": loss(found="(mse(v, target)).item()"),
        "in_place": "target = noise - x_0\nr = row(s, x_0)\nx_0 *= 1 - r\n"
        "mse(model(x_0 + r * noise, s), target)",
    },
    "velocity_from_noise": {
        "x_0_returned": "(x_t - root(1 - ab) * eps) / root(ab)",
        "eps_returned": "1 * eps",
        "negative": "(x_t - root(1 - ab) * eps) / root(ab) - eps",
        "sum": "eps + (x_t - root(1 - ab) * eps) / root(ab)",
        "x_t_for_x_0": noise("x_t"),
        "x_t_less_x_0": "x_t - (x_t - root(1 - ab) * eps) / root(ab)",
        "not_divided": noise("(x_t - root(1 - ab) * eps)"),
        "divided_by_alpha_bar": noise("(x_t - root(1 - ab) * eps) / ab"),
        "only_x_t_divided": noise("(x_t / root(ab) - root(1 - ab) * eps)"),
        "only_noise_divided": noise("(x_t - root(1 - ab) * eps / root(ab))"),
        "noise_without_root": noise("(x_t - (1 - ab) * eps) / root(ab)"),
        "noise_unscaled": noise("(x_t - eps) / root(ab)"),
        "noise_added": noise("(x_t + root(1 - ab) * eps) / root(ab)"),
        "one_step": noise("(x_t - root(1 - a) * eps) / root(a)"),
        "on_the_circle": "x_0 = (x_t - root(1 - ab) * eps) / root(ab)\n"
        "root(ab) * eps - root(1 - ab) * x_0",
        "rescaled_down": "x_0 = (x_t - root(1 - ab) * eps) / root(ab)\n"
        "(eps - x_0) / (root(ab) + root(1 - ab))",
        "rescaled_up": "x_0 = (x_t - root(1 - ab) * eps) / root(ab)\n"
        "(eps - x_0) * (root(ab) + root(1 - ab))",
        "flow_of_lesson_8": "-b / 2 * (x_t - eps / root(1 - ab))",
        "previous_product": noise("(x_t - root(1 - ab) * eps) / root(p)"),
        "swapped": "(1 + root(1 - ab) / root(ab)) * x_t - eps / root(ab)",
        "along_columns": "c = schedule.alphas_bar[t]\n"
        + noise("(x_t - root(1 - c) * eps) / root(c)"),
        "shifted_time": noise("(x_t - root(1 - p) * eps) / root(p)"),
        "first_row_decides": "c = schedule.alphas_bar[t[0]]\n"
        + noise("(x_t - root(1 - c) * eps) / root(c)"),
        "clamped": "v = eps - (x_t - root(1 - ab) * eps) / root(ab)\nclip(v, -1, 1)",
        "in_place": "x_t -= root(1 - ab) * eps\n" + noise("x_t / root(ab)"),
        "eps_in_place": "x_0 = (x_t - root(1 - ab) * eps) / root(ab)\neps -= x_0\n1 * eps",
    },
    "heun_step": {
        "euler": "h = row(s_prev - s, x_s)\nx_s + h * model(x_s, s)",
        "second_only": heun(found="x_s + h * two"),
        "first_only": heun(found="x_s + h * one"),
        "sum": heun(found="x_s + h * (one + two)"),
        "difference": heun(found="x_s + h * half(one - two)"),
        "second_where_it_began": heun(there="1 * x_s"),
        "second_half_way": heun(there="x_s + half(h) * one"),
        "second_at_s": heun(two="model(there, s)"),
        "first_at_s_prev": heun(one="model(x_s, s_prev)"),
        "midpoint": heun(
            there="x_s + half(h) * one", two="model(there, half(s + s_prev))", found="x_s + h * two"
        ),
        "added_to_the_end": heun(found="there + h * half(one + two)"),
        "wrong_way": heun(h="row(s - s_prev, x_s)"),
        "half_the_length": heun(h="half(row(s_prev - s, x_s))"),
        "to_the_end": heun(h="row(-s, x_s)"),
        "not_multiplied": heun(found="x_s - half(one + two)"),
        "told_thousandths": heun(one="model(x_s, 1000 * s)", two="model(there, 1000 * s_prev)"),
        "told_the_rest": heun(one="model(x_s, 1 - s)", two="model(there, 1 - s_prev)"),
        "called_three_times": heun(
            there="x_s + h * model(x_s, s)", one="model(x_s, s)", two="model(there, s_prev)"
        ),
        "first_row_decides": heun(h="first_of(s_prev - s)"),
        "along_columns": heun(h="s_prev - s"),
        "clamped_ahead": heun(there="clip(x_s + h * one, -1, 1)"),
        "clamped": heun(found="clip(x_s + h * half(one + two), -1, 1)"),
        "in_place": "h = row(s_prev - s, x_s)\none = model(x_s, s)\nkept = x_s.clone()\n"
        "x_s += h * one\nkept + h * half(one + model(x_s, s_prev))",
    },
}
