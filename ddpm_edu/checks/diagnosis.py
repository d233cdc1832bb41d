"""Which mistake is it? The wrong functions are run on the learner's cases, and compared with the learner's own."""

from dataclasses import dataclass, replace
from itertools import combinations

import torch

from ddpm_edu.checks.arguments import make
from ddpm_edu.checks.caller import Observation, observe
from ddpm_edu.checks.compare import Expectation, Finding, form, values
from ddpm_edu.checks.exercise import Case, Exercise, Misconception
from ddpm_edu.checks.judge import judge
from ddpm_edu.checks.noise import ControlledNoise
from ddpm_edu.checks.plain import plain
from ddpm_edu.checks.settings import Settings


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
    failed = sorted((trial for trial in trials if trial.found), key=cost)
    passed = [trial for trial in trials if not trial.found]

    def explained_by(function, trials=failed):
        return resembles(function, failed[0], seed) and all(same(function, trial, seed) for trial in trials)

    explains = [mistake for mistake in exercise.misconceptions if explained_by(mistake.function)]
    for mistake in explains:
        if all(same(mistake.function, trial, seed) for trial in passed):
            return (mistake,)
    for pair in () if explains or exercise.template is None else combinations(exercise.misconceptions, 2):
        combined = combine(exercise, *pair)
        if combined and explained_by(combined, failed + passed):
            return pair
    return tuple(explains[:1])


def cost(trial):
    """Order cases: those that compare values tell most apart, and small ones take least time."""
    sizes = [value.numel() for value in trial.case.arguments.values() if isinstance(value, torch.Tensor)]
    return trial.case.compare != "values", sum(sizes)


def resembles(function, trial, seed):
    """Tell quickly whether a wrong function's result may be the learner's; most are not, and are done with here."""
    case, seen = trial.case, trial.seen
    if case.compare != "values" or seen.failure or len(trial.expected.seen.calls) > 1:
        return True
    made = make(case.arguments, case.device, trusted=True)
    try:
        with Settings(), ControlledNoise(case.noise, seed):
            output = plain(function(*made.values()))
    except Exception:
        return False
    ours, seen = Observation(output), replace(seen, devices=())
    wanted, theirs = Expectation(overlaid(ours, seen), form=trial.expected.form), overlaid(seen, ours)
    return form(case, wanted, theirs) is None and values(case, wanted, theirs) is None


def combine(exercise, first, second):
    """Give the function that makes both mistakes, if they change different parts."""
    if not first.parts or not second.parts or first.parts.keys() & second.parts.keys():
        return None
    return exercise.template(**first.parts, **second.parts)


def same(wrong_function, trial, seed):
    """Tell whether a wrong function does on a case what the learner's did."""
    case, expected, seen, found = trial.case, trial.expected, trial.seen, trial.found
    wrong = observe(wrong_function, case, seed, trusted=True)
    as_wrong = judge(case, expected, wrong)
    if (as_wrong is None) != (found is None):
        return False
    if found is None:
        return True
    if as_wrong.kind == found.kind and found.kind.startswith("changed"):
        return True  # what they were changed to depends on the order of two lines
    if len(expected.seen.calls) > 1 and times(seen) != times(expected.seen):
        return times(wrong) == times(seen)  # a chain through the wrong times: what it keeps of it says no more
    if case.compare == "values" and not (wrong.failure or seen.failure):
        as_if_right = Expectation(overlaid(wrong, seen), form=expected.form)
        return judge(case, as_if_right, overlaid(seen, wrong)) is None
    return as_wrong.kind == found.kind


def times(observation):
    """Give the times at which the model was called."""
    return [call.t.tolist() if isinstance(call.t, torch.Tensor) else call.t for call in observation.calls]


def overlaid(one, other):
    """Put the other's values where one's are not finite: of two answers alike, one may guard a root, the other not."""
    under, over = other.output, one.output
    both = isinstance(under, torch.Tensor) and isinstance(over, torch.Tensor) and under.shape == over.shape
    if not both or over.isfinite().double().mean() < 0.25:  # too little is left to tell by
        return one
    return replace(one, output=torch.where(over.isfinite(), over, under.to(over.dtype)))
