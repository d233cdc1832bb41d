"""Lesson 1: looking up by time, a step of noise, the jump to time t, the signal-to-noise ratio."""

from spellings import schedules


ONES = "ones = [1] * (len(x_shape) - 1)\n"


def noisings(x: str, table: str) -> dict:
    """Return what people get wrong in Eq. 2 and Eq. 4 alike.

    Args:
        x: what is noised, by its name.
        table: of the schedule, from which the formula is written.
    """
    signal = {"betas": "root(1 - {0})", "alphas_bar": "root({0})"}[table]
    noise = {"betas": "root({0})", "alphas_bar": "root(1 - {0})"}[table]
    factors, values = [part.format("value") for part in (signal, noise)], f"schedule.{table}"
    whole = f"{factors[0]} * {x} + {factors[1]} * noise"
    found = f"value = look({values}, t, {x})\n"
    alone = f"value = pick({values}, t)"
    return {
        "shifted_time": f"value = look({values}, t - 1, {x})\n{whole}",
        "first_row_decides": (
            f"value = {values}[t[0]]\n{whole}",
            f"time = int(t[0])\nvalue = {values}[time]\n{whole}",
            f"value = pick({values}, t)[:1]\n{whole}",
        ),
        "uniform_noise": f"{found}noise = uniform({x})\n{whole}",
        "one_noise_for_all": (
            f"{found}noise = noise[0]\n{whole}",
            f"{found}noise = noise[:1].expand_as({x})\n{whole}",
            f"{found}noise = torch.stack([noise[0]] * len(t))\n{whole}",
        ),
        "in_place": (
            f"{found}{x} *= {factors[0]}\n{x} += {factors[1]} * noise\n1 * {x}",
            f"{found}{x}.mul_({factors[0]}).add_({factors[1]} * noise)",
            f"{found}{x}[:] = {whole}\nreturn {x}",
        ),
        "along_columns": f"{alone}\n{whole}",
        "one_dimension_fewer": (
            f"{alone}.view(-1, *[1] * ({x}.ndim - 2))\n{whole}",
            f"{alone}[:, None, None]\n{whole}",
            f"{alone}.unsqueeze(1)\n{whole}",
        ),
        "only_4d": (
            f"{alone}[:, None, None, None]\n{whole}",
            f"{alone}.view(-1, 1, 1, 1)\n{whole}",
            f"{alone}.unsqueeze(1).unsqueeze(2).unsqueeze(3)\n{whole}",
        ),
    }


MISTAKES = {
    **schedules.MISTAKES,
    "sample_by_t": {
        "no_reshape": "pick(values, t)",
        "first_row_decides": (
            ONES + "values[t[0]].repeat(len(t)).reshape(-1, *ones)",
            ONES + "row = values[t[0].item()]\nrow * torch.ones(len(t), *ones, dtype=values.dtype)",
            ONES + "torch.full((len(t), *ones), values[t[0]].item(), dtype=values.dtype)",
        ),
        "shifted_time": ONES + "pick(values, (t - 1)).view(len(t), *ones)",
        "only_4d": (
            "values[t][:, None, None, None]",
            "values.gather(0, t).view(-1, 1, 1, 1)",
            "out = values[t]\nfor _ in range(3):\n    out = out.unsqueeze(-1)\n1 * out",
        ),
        "one_dimension_more": (
            "values[t].reshape(-1, *[1] * len(x_shape))",
            "out = values[t]\nfor _ in x_shape:\n    out = out.unsqueeze(-1)\n1 * out",
            "out = values[t]\nwhile out.ndim <= len(x_shape):\n    out = out[..., None]\n1 * out",
        ),
        "one_dimension_fewer": (
            "values[t].reshape(-1, *[1] * (len(x_shape) - 2))",
            "out = values[t]\nfor _ in x_shape[2:]:\n    out = out.unsqueeze(-1)\n1 * out",
            "values.gather(0, t).view(len(t), *(1 for _ in x_shape[:-2]))",
        ),
        "whole_table": (
            ONES + "values.reshape(-1, *ones)",
            ONES + "values.view(len(values), *ones)",
            "out = 1 * values\nfor _ in x_shape[1:]:\n    out = out.unsqueeze(-1)\nreturn out",
        ),
        "wrong_axis": (
            ONES + "values[t].reshape(*ones, -1)",
            "out = values[t]\nwhile out.ndim < len(x_shape):\n    out = out.unsqueeze(0)\n1 * out",
            ONES + "values.gather(0, t).view(ones + [len(t)])",
        ),
        "expanded": (
            ONES + "values[t].reshape(-1, *ones).expand(x_shape)",
            ONES + "chosen = values.gather(0, t).view(-1, *ones)\n"
            "chosen * torch.ones(x_shape, dtype=values.dtype)",
            ONES + "torch.broadcast_to(values[t].view(len(t), *ones), x_shape)",
        ),
        "not_by_t": (
            ONES + "values[torch.arange(1, len(t) + 1)].reshape(-1, *ones)",
            ONES + "torch.stack([values[i + 1] for i in range(len(t))]).view(-1, *ones)",
            ONES + "values[:len(t)].reshape(-1, *ones)",
        ),
    },
    "step_q": {
        **noisings("x_prev", "betas"),
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
        **noisings("x_0", "alphas_bar"),
        "noise_without_root": "root(ab) * x_0 + (1 - ab) * noise",
        "signal_without_root": "ab * x_0 + root(1 - ab) * noise",
        "signal_not_scaled": "x_0 + root(1 - ab) * noise",
        "one_step": "root(a) * x_0 + root(b) * noise",
        "alpha_under_signal": "root(a) * x_0 + root(1 - ab) * noise",
        "alpha_under_noise": "root(ab) * x_0 + root(1 - a) * noise",
        "one_minus_root": "root(ab) * x_0 + (1 - root(ab)) * noise",
        "squares": "square(ab) * x_0 + square(1 - ab) * noise",
        "previous_product": "root(p) * x_0 + root(1 - ab) * noise",
        "swapped": "root(1 - ab) * x_0 + root(ab) * noise",
        "clamped": "(root(ab) * x_0 + root(1 - ab) * noise).clamp(-1, 1)",
        "own_noise": "root(ab) * x_0 + root(1 - ab) * drawn(x_0)",
    },
    "snr": {
        "inverted": "(1 - ab) / ab",
        "roots": "root(ab) / root(1 - ab)",
        "alpha": "a / (1 - a)",
        "signal_only": "1 * ab",
        "decibels": (
            "10 * torch.log10(ab / (1 - ab))",
            "10 * (torch.log10(ab) - torch.log10(1 - ab))",
            "20 * (root(ab) / root(1 - ab)).log10()",
        ),
        "logarithm": "log(ab / (1 - ab))",
        "shifted_time": "before = pick(schedule.alphas_bar, (t - 1))\nbefore / (1 - before)",
        "first_row_decides": (
            "first = schedule.alphas_bar[t[0]]\n(first / (1 - first)).expand(len(t))",
            "first = schedule.alphas_bar[t[0]]\nratio = first / (1 - first)\n"
            "torch.stack([ratio for _ in t])",
            "ratios = ab / (1 - ab)\ntorch.ones_like(ratios) * ratios[0]",
        ),
        "over_beta": "ab / b",
        "whole_table": "bar = schedule.alphas_bar\nbar / (1 - bar)",
        "column": "column(ab / (1 - ab))",
    },
}
