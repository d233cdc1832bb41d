"""Cases that follow from an exercise's own by rule; they are tried once all of those hold.

Two ask whether anything is kept between calls, some whether a row of the batch decides for others,
one for the gradient. All of their inputs are legal, since they are rearranged from legal ones.
"""

from dataclasses import replace

import torch

from ddpm_edu.checks.catalogue.edges import edges
from ddpm_edu.checks.exercise import Case, Exercise, Probe
from ddpm_edu.checks.worker.messages import pack
from ddpm_edu.checks.worker.probes import NETWORKS


QUIET = 0.05  # times a row at the first time: nothing of it lies outside [-1, 1] any more
KEPT = (
    "Cases with the same shapes held before, so something is kept from one call to the next: a "
    "cache, a counter, or a default argument that is changed"
)
ROWS = (
    "Cases with these rows in another order held, so one row may decide for all: the first, the "
    "last, the one with the largest t, any or all of them"
)
ALONE = (
    "Cases with more rows held: an axis of length 1 may have been dropped (squeeze), or something "
    "is taken over the whole batch"
)


def derived_cases(exercise: Exercise, cases: list[Case], seed: int) -> list[Case]:
    """Return further cases of an exercise.

    Args:
        exercise: whose cases they are.
        cases: its own, of this seed.
        seed: of the cases.
    """
    found = repeated(cases, exercise.cases(seed + 1))
    if batched := [case for case in cases if is_plain(case) and number_of_rows(exercise, case) > 1]:
        found += rearranged(exercise, max(batched, key=lambda case: variety(exercise, case)))
    if exercise.gradients:
        plain = [*filter(is_plain, cases)]
        most = max(len(case.arguments) for case in plain)
        whole = [case for case in plain if len(case.arguments) == most > len(plain[0].arguments)]
        found += [differentiated(exercise, case) for case in (*plain[:1], *whole[-1:])]
    return found + edges(exercise, cases, seed)


def is_plain(case):
    """Tell the cases that compare values in float64 on the CPU."""
    return case.compare == "values" and case.device == "cpu" and not case.name.startswith("float32")


def repeated(cases, others):
    """Call again with other numbers in the shapes of a case, and then with the numbers it had."""
    plain = [n for n, case in enumerate(cases) if is_plain(case)]
    number = max(plain, key=lambda n: how_many_differ(cases[n].arguments, others[n].arguments))
    return [
        replace(others[number], name="other numbers in shapes that were there", reason=KEPT),
        replace(cases[number], name="a case once more", reason=KEPT),
    ]


def how_many_differ(one, other):
    return sum(pack(one[name]) != pack(other[name]) for name in one)


def differentiated(exercise, case):
    return replace(
        case,
        name="the gradient",
        gradients=exercise.gradients,
        same_gradients=exercise.trained_through,
        tolerance=(1e-5, 1e-8),  # slopes lose more digits than values, each formula others
    )


def number_of_rows(exercise, case):
    sizes = [
        len(value) if isinstance(value, torch.Tensor) else value[0]
        for name, value in case.arguments.items()
        if name in exercise.rows and has_rows(value)
    ]
    return max(sizes, default=0)


def has_rows(value):
    return isinstance(value, tuple) or (isinstance(value, torch.Tensor) and value.ndim > 0)


def variety(exercise, case):
    """Order batches by what they can tell: different times, noise, and few rows to try."""
    t = times_of(case, 1)
    return len(t.unique()), case.noise == "ones", -number_of_rows(exercise, case)


def times_of(case, rows):
    """Return the times of a case's rows, whole ones or real ones; zeros where there are none."""
    arguments = case.arguments
    return next((arguments[name] for name in ("t", "s") if name in arguments), torch.zeros(rows))


def rearranged(exercise, case):
    """Put every row first once, the earliest one quiet; then try the latest alone.

    Of a network, which takes long to build, only one order is tried. The first time alone is among
    the ends (edges.py).
    """
    rows = number_of_rows(exercise, case)
    t = times_of(case, rows)
    earliest, latest = int(t.argmin()), int(t.argmax())
    quiet = pick(exercise, case, torch.arange(rows))
    for name in exercise.rows if "t" in exercise.rows else ():
        value = quiet.get(name)
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            value[earliest] *= QUIET
    found = []
    if any(isinstance(case.arguments.get(name), torch.Tensor) for name in exercise.rows):
        for first in (1,) if is_slow(case) else range(rows):
            order = torch.arange(rows).roll(-first)
            arguments = pick(exercise, replace(case, arguments=quiet), order)
            found.append(
                replace(case, name="rows in another order", arguments=arguments, reason=ROWS)
            )
    arguments = pick(exercise, case, torch.tensor([latest]))
    return [*found, replace(case, name="one row alone", arguments=arguments, reason=ALONE)]


def is_slow(case):
    return any(isinstance(v, Probe) and v.name in NETWORKS for v in case.arguments.values())


def pick(exercise, case, order):
    """Return a case's arguments with the rows of this order."""
    picked, rows = dict(case.arguments), number_of_rows(exercise, case)
    for name in exercise.rows:
        value = picked.get(name)
        if isinstance(value, tuple):
            picked[name] = (len(order), *value[1:])
        elif isinstance(value, torch.Tensor) and has_rows(value) and len(value) == rows:
            picked[name] = value[order]
    return picked
