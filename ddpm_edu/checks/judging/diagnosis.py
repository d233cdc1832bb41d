"""Which misconception is it? Wrong functions run on the learner's cases and are compared."""

import math
from dataclasses import replace
from itertools import combinations

import torch

from ddpm_edu.checks.exercise import Exercise, Misconception
from ddpm_edu.checks.judging.compare import TOLERANCE, form, values
from ddpm_edu.checks.judging.findings import Expectation, FindingKind, Trial
from ddpm_edu.checks.judging.rules import judge
from ddpm_edu.checks.worker.observation import Observation


def diagnose(exercise: Exercise, trials: list[Trial], course) -> list[tuple[Misconception, ...]]:
    """Return what explains every case, those that fail and those that hold: single misconceptions,
    else pairs.

    There are several where they have the same values on all cases; none explains an answer that is
    wrong in a way of its own, and one that explains most of it would mislead.

    Args:
        exercise: that was answered.
        trials: at least one of them failing.
        course: runs wrong functions: `observe(function, case)` and, quicker, `output_of(...)`.
    """
    failed = sorted((trial for trial in trials if trial.finding), key=cost)
    if any(trial.finding and trial.finding.kind == FindingKind.ROUNDED for trial in trials):
        return []  # no formula explains digits that were cut off, and to try all takes time
    if not any(has_numbers(trial.got.output) for trial in failed):
        return []  # NaN throughout has too many causes for one of them to be named
    # Failing cases reject most; those that hold are looked at last.
    ordered = failed + [trial for trial in trials if not trial.finding]

    def explains(function):
        is_candidate = may_explain(function, failed[0], course)
        return is_candidate and all(behaves_alike(function, trial, course) for trial in ordered)

    singles = [(m,) for m in exercise.misconceptions if explains(m.function)]
    if singles or exercise.template is None:
        return singles
    pairs = ((pair, combine(exercise, *pair)) for pair in combinations(exercise.misconceptions, 2))
    return [pair for pair, combined in pairs if combined and explains(combined)]


def has_numbers(output):
    """Tell whether anything in a result is not NaN or infinite."""
    if type(output) in (list, tuple):
        return not output or any(map(has_numbers, output))
    if isinstance(output, torch.Tensor):
        return not output.numel() or bool(output.isfinite().any())
    return type(output) is not float or math.isfinite(output)


def cost(trial):
    """Order cases: those that compare values tell most apart, and small ones take least time."""
    arguments = trial.case.arguments.values()
    sizes = [value.numel() for value in arguments if isinstance(value, torch.Tensor)]
    return trial.case.compare != "values", sum(sizes)


def may_explain(function, trial, course):
    """Tell quickly whether a wrong function's output may be the learner's.

    Most are not. They are rejected here by their output alone, before anything else is observed.
    """
    case, got = trial.case, trial.got
    is_chain = len(trial.expected.observation.calls) > 1
    if case.compare != "values" or got.failure or is_chain:
        return True
    try:
        wrong = Observation(course.output_of(function, case))
    except Exception:
        return False
    got = replace(got, devices=())  # of which an output alone says nothing
    as_if_right = Expectation(wrong, canonical=trial.expected.canonical)
    return form(case, as_if_right, got) is None and values(case, as_if_right, got) is None


def combine(exercise, first, second):
    """Return the function that makes both mistakes, if they change different parts."""
    if not first.parts or not second.parts or first.parts.keys() & second.parts.keys():
        return None
    return exercise.template(**first.parts, **second.parts)


def behaves_alike(wrong_function, trial, course):
    """Tell whether a wrong function does on a case what the learner's function did.

    The same finding is not enough where values are compared: many answers are "wrong at [0, 0]".
    So the learner's result is judged with that of the wrong function as the expected one: if it
    passes, the two behave alike.
    """
    case, expected, got, finding = trial.case, trial.expected, trial.got, trial.finding
    if type(got.output) is float and case.tolerance is None:
        # Its precision is not known: it may have been a float32.
        case = replace(case, tolerance=TOLERANCE[torch.float32])
    wrong = course.observe(wrong_function, case)
    as_wrong = judge(case, expected, wrong)
    if finding is None or as_wrong is None:
        return finding is as_wrong
    if finding.kind == FindingKind.CHANGED_INPUT and as_wrong.resembles(finding):
        return True  # what they were changed to depends on the order of two lines
    right_times = times(expected.observation)
    if len(right_times) > 1 and times(got) != right_times:
        # The model was called at wrong times, so the states that were kept add no information.
        return times(wrong) == times(got)
    if case.compare == "values" and not (wrong.failure or got.failure):
        as_if_right = Expectation(wrong, canonical=expected.canonical)
        return judge(case, as_if_right, got) is None
    return as_wrong.resembles(finding)


def times(observation):
    """Return the times at which the model was called."""
    calls = observation.calls
    return [call.t.tolist() if isinstance(call.t, torch.Tensor) else call.t for call in calls]
