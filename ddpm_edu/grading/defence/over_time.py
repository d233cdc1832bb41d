"""At which time a change of a function shows: at each, the difference of two results."""

import torch

from ddpm_edu.checks.catalogue.derived import pick
from ddpm_edu.checks.exercise import Case
from ddpm_edu.grading.defence.draws import T
from ddpm_edu.grading.defence.outcomes import distance, outcome, tensors
from ddpm_edu.grading.defence.readings import NOISE


def over_time(exercise, arguments, found, name):
    """Return t -> how far a changed function is off; None where t has no part or a call fails.

    Args:
        exercise: whose function is changed.
        arguments: of a call.
        found: as of `outcomes`.
        name: id of the misconception that changes it.
    """
    times = range(1, T + 1)
    if "t_prev" in arguments:  # a step needs both
        return None
    if "t" in exercise.rows and "schedule" in arguments:
        function = next(m.function for m in exercise.misconceptions if m.id == name)
        differences = {}
        for t in times:
            given = one_row(exercise, arguments, t)
            pair = [outcome(exercise, f, given)[0] for f in (exercise.reference, function)]
            if any(value is None for value in pair) or not same_shape(*pair):
                return None
            differences[t] = distance(*pair)
        return differences
    one, other = found[None], found[name]
    if not exercise.over_t or not same_shape(one, other) or len(one) != T + 1:
        return None
    return {t: distance(one[t], other[t]) for t in times}


def same_shape(one, other):
    first, second = tensors(one), tensors(other)
    return [part.shape for part in first] == [part.shape for part in second]


def one_row(exercise, arguments, t):
    """Return the first row alone, at one time."""
    if "t" not in arguments:
        return arguments
    picked = pick(exercise, Case("defence", arguments, NOISE), torch.tensor([0]))
    return {**picked, "t": torch.tensor([t])}
