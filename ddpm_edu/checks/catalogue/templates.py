"""Functions with exchangeable parts: right as they stand, wrong in one way for each part that is exchanged."""

import torch


def same(value):
    """Change nothing."""
    return value


def look_up(table, t, x):
    """Give table[t] for each row, shaped to multiply x."""
    return table[t].reshape(-1, *(1,) * (x.ndim - 1)).to(x.dtype)


def before(table):
    """Give the table one step earlier: entry t is the value at t - 1; entry 0 stays."""
    return torch.cat([table[:1], table[:-1]])


def two_terms(names, first, second):
    """Build the template of a result first[t] * x + second[t] * y, with tables made from the schedule.

    Args:
        names: of the arguments in order: "x", "y", "t" and "schedule".
        first: schedule -> (T+1,) table before x.
        second: schedule -> (T+1,) table before y.
    Returns:
        A template with the parts first, second, time (of t), x, y (of the tensors: x -> x'), after (of the result)
        and lookup.
    """
    right = {"first": first, "second": second}

    def template(first=right["first"], second=right["second"], time=same, x=same, y=same, after=same, lookup=look_up):
        def function(*arguments):
            given = dict(zip(names, arguments, strict=False))
            a, b, t = x(given["x"]), y(given["y"]), time(given["t"])
            return after(lookup(first(given["schedule"]), t, a) * a + lookup(second(given["schedule"]), t, b) * b)

        return function

    return template


def one_row(table, t, x):
    """Look up as if the first row's time were that of all."""
    return look_up(table, t[:1].expand(len(t)), x)


def one_time_earlier(t):
    """Give t - 1."""
    return t - 1


COMMON = {
    "time": (
        "shifted_time",
        "You looked up t - 1; entry t belongs to time t.",
        {"time": one_time_earlier},
    ),
    "row": ("first_row_decides", "You used t[0] for the whole batch; each row has its own t.", {"lookup": one_row}),
}
