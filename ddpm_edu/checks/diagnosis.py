"""Which mistake is it? The wrong functions are run on the learner's cases, and compared with the learner's own."""

from dataclasses import dataclass
from itertools import combinations

from ddpm_edu.checks.caller import Observation, observe
from ddpm_edu.checks.compare import Expectation, Finding
from ddpm_edu.checks.exercise import Case, Exercise, Misconception
from ddpm_edu.checks.judge import judge


@dataclass(frozen=True)
class Trial:
    """One case: what was expected, what was seen, what was found wrong."""

    case: Case
    expected: Expectation
    seen: Observation
    found: Finding | None


def diagnose(exercise: Exercise, trials: list[Trial], seed: int) -> tuple[Misconception, ...]:
    """Give the mistake, or the two mistakes, that explain every failing case; nothing when none does.

    One that also leaves right what the learner has right is preferred to one that does not.
    """
    failed = [trial for trial in trials if trial.found]
    failed.sort(key=lambda trial: trial.case.compare != "values")  # the cases that tell most apart come first
    passed = [trial for trial in trials if not trial.found]
    explains = []
    for mistake in exercise.misconceptions:
        if all(same(mistake.function, trial, seed) for trial in failed):
            if all(same(mistake.function, trial, seed) for trial in passed):
                return (mistake,)
            explains.append(mistake)
    for pair in () if explains or exercise.template is None else combinations(exercise.misconceptions, 2):
        combined = combine(exercise, *pair)
        if combined and all(same(combined, trial, seed) for trial in failed + passed):
            return pair
    return tuple(explains[:1])


def combine(exercise, first, second):
    """Give the function that makes both mistakes, if they change different parts."""
    if not first.parts or not second.parts or first.parts.keys() & second.parts.keys():
        return None
    return exercise.template(**first.parts, **second.parts)


def same(wrong_function, trial, seed):
    """Tell whether a wrong function does on a case what the learner's did."""
    case, expected, seen, found = trial.case, trial.expected, trial.seen, trial.found
    if found and found.kind == "reference":
        return False
    wrong = observe(wrong_function, case, seed, trusted=True)
    as_wrong = judge(case, expected, wrong)
    if (as_wrong is None) != (found is None):
        return False
    if found is None:
        return True
    if case.compare == "values" and not (wrong.failure or seen.failure):
        return judge(case, Expectation(wrong, form=expected.form), seen) is None
    return as_wrong.kind == found.kind
