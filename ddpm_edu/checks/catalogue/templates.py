"""Functions with exchangeable parts: right as they stand, wrong in one way per part exchanged."""

import torch

from ddpm_edu.checks.exercise import Misconception
from ddpm_edu.schedule import at


def variations(template, *wrong, alone=()) -> tuple[Misconception, ...]:
    """Return misconceptions that each change parts of a template: (id, message, {part: change}).

    More such parts after the first make the same mistake with other numbers. Those `alone` are not
    tried in pairs: they are rare, or hide any second misconception, and every pair takes time.
    """

    def varied(id, message, parts, *others, paired=True):
        also = tuple(template(**other) for other in others)
        return Misconception(id, message, template(**parts), parts if paired else {}, also)

    return tuple(varied(*each) for each in wrong) + tuple(
        varied(*each, paired=False) for each in alone
    )


def same(value):
    """Change nothing."""
    return value


def before(table):
    """Return the table one step earlier: entry t is the value at t - 1; entry 0 stays."""
    return torch.cat([table[:1], table[:-1]])


def two_terms(names, first, second):
    """Build the template of first[t] * x + second[t] * y, with tables made from the schedule.

    Args:
        names: of the arguments in order: "x", "y", "t" and "schedule".
        first: schedule -> (T+1,) table before x.
        second: schedule -> (T+1,) table before y.
    Returns:
        A template with the parts first, second, time (of t), x, y (of the tensors: x -> x'), after
        (of the result) and lookup.
    """

    def template(first=first, second=second, time=same, x=same, y=same, after=same, lookup=at):
        def function(*arguments):
            given = dict(zip(names, arguments, strict=False))
            a, b, t, schedule = x(given["x"]), y(given["y"]), time(given["t"]), given["schedule"]
            return after(lookup(first(schedule), t, a) * a + lookup(second(schedule), t, b) * b)

        return function

    return template


def one_row(table, t, x):
    """Look up as if the first row's time were that of all."""
    return at(table, t[:1].expand(len(t)), x)


def one_time_earlier(t):
    """Return t - 1."""
    return t - 1


COMMON = {
    "time": (
        "shifted_time",
        "You looked up t - 1; entry t belongs to time t.",
        {"time": one_time_earlier},
    ),
    "row": (
        "first_row_decides",
        "You used t[0] for the whole batch; each row has its own t.",
        {"lookup": one_row},
    ),
}
