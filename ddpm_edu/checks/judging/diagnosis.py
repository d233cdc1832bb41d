"""Which misconception is it? Wrong functions run on the learner's cases and are compared."""

import math
from dataclasses import replace
from itertools import combinations

import torch

from ddpm_edu.checks.exercise import Exercise, Misconception
from ddpm_edu.checks.judging.alike import Outputs
from ddpm_edu.checks.judging.compare import TOLERANCE
from ddpm_edu.checks.judging.findings import Expectation, FindingKind, Trial
from ddpm_edu.checks.judging.rules import judge


def diagnose(exercise: Exercise, trials: list[Trial], course) -> list[tuple[Misconception, ...]]:
    """Return what explains every case, those that fail and those that hold: single misconceptions,
    else pairs.

    There are several where they have the same values on all cases; none explains an answer that is
    wrong in a way of its own, and one that explains most of it would mislead.

    Args:
        exercise: that was answered.
        trials: at least one of them failing.
        course: runs wrong functions, and has the pairs of misconceptions.
    """
    failed = sorted((trial for trial in trials if trial.finding), key=cost)
    if any(trial.finding and trial.finding.kind == FindingKind.ROUNDED for trial in trials):
        return []  # no formula explains digits that were cut off, and to try all takes time
    if not any(has_numbers(trial.got.output) for trial in failed):
        return []  # NaN throughout has too many causes for one of them to be named
    # Failing cases reject most; those that hold are looked at last.
    ordered = failed + [trial for trial in trials if not trial.finding]

    def explaining(choices, what):
        return [
            misconceptions
            for misconceptions, function in may_explain(choices, what, failed[0], course)
            if all(behaves_alike(function, trial, course) for trial in ordered)
        ]

    singles = list({m.id: (m,) for (m,) in explaining(singles_of(exercise), "singles")}.values())
    if singles or any(is_mostly_nan(trial.got.output) for trial in failed):
        return singles
    return explaining(course.pairs, "pairs")


def has_numbers(output):
    """Tell whether anything in a result is not NaN or infinite."""
    if type(output) in (list, tuple):
        return not output or any(map(has_numbers, output))
    if isinstance(output, torch.Tensor):
        return not output.numel() or bool(output.isfinite().any())
    return type(output) is not float or math.isfinite(output)


def is_mostly_nan(output):
    """Tell whether a result holds too few numbers to tell pairs apart."""
    is_tensor = isinstance(output, torch.Tensor) and output.numel() > 0
    return is_tensor and output.isfinite().double().mean().item() < 0.5


def cost(trial):
    """Order cases: those that compare values tell most apart, and small ones take least time."""
    arguments = trial.case.arguments.values()
    sizes = [value.numel() for value in arguments if isinstance(value, torch.Tensor)]
    return trial.case.compare != "values", sum(sizes)


def may_explain(choices, what, trial, course):
    """Return the choices that cannot be told from the learner's function by an output alone.

    Most can. They are all called on one case, once for all answers.

    Args:
        choices: (misconceptions, function).
        what: they are, in a word.
        trial: a failing one.
        course: calls them.
    """
    case, got, right = trial.case, trial.got, trial.expected
    right_times = times(right.observation)
    # Of a chain whose model was called at wrong times, the times are compared alone.
    is_in_time = len(right_times) < 2 or times(got) == right_times
    is_in_output = case.compare == "values" and is_in_time
    if not choices or not (is_in_output or got.failure) or (got.failure and case.gradients):
        return choices
    outputs = outputs_on(trial, choices, what, course)
    numbers = outputs.raised if got.failure else outputs.may_be(got.output)
    return [choices[number] for number in numbers]


def outputs_on(trial, choices, what, course) -> Outputs:
    """Return what some functions return on a trial's case, by their numbers among the choices."""
    functions, canonical = [function for _, function in choices], trial.expected.canonical
    return course.once(what, trial.case, lambda: Outputs(trial.case, functions, course, canonical))


def singles_on(exercise, trial, course) -> Outputs:
    """Return what the misconceptions of an exercise return on a trial's case."""
    return outputs_on(trial, singles_of(exercise), "singles", course)


def singles_of(exercise):
    return [((m,), function) for m in exercise.misconceptions for function in (m.function, *m.also)]


def pairs_of(exercise: Exercise) -> tuple:
    """Return (two misconceptions, the function that makes both mistakes) of an exercise."""
    if exercise.template is None:
        return ()
    pairs = ((pair, combine(exercise, *pair)) for pair in combinations(exercise.misconceptions, 2))
    return tuple((pair, combined) for pair, combined in pairs if combined)


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
