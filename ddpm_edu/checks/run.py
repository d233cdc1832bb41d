"""From an exercise and a function to a report."""

import dataclasses
import inspect
import time

from ddpm_edu.checks import judge
from ddpm_edu.checks.caller import Observation, observe
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.files import nearest


@dataclasses.dataclass(frozen=True)
class Report:
    """What a check found.

    Args:
        exercise: its id.
        status: passed, wrong, crashed, not_attempted or timed_out.
        score: share of the cases that hold, 0..1.
        points: earned, out of the exercise's.
        misconception: id of the mistake recognised, or None.
        feedback: what the learner reads, plain text.
        seconds: that the check took.
        cases: (name, complaint or None) for each case.
    """

    exercise: str
    status: str
    score: float
    points: float
    misconception: str | None
    feedback: str
    seconds: float
    cases: tuple[tuple[str, str | None], ...] = ()


def exercises() -> list[Exercise]:
    """Give all exercises in course order."""
    return list(CATALOGUE.values())


def find(exercise_id: str) -> Exercise:
    """Give an exercise by its id, or a KeyError that suggests the nearest one."""
    if exercise_id not in CATALOGUE:
        raise KeyError(f"exercise: wanted {nearest(exercise_id, list(CATALOGUE))}, saw {exercise_id!r}")
    return CATALOGUE[exercise_id]


def run_check(exercise_id: str, function, seed: int = 0) -> Report:
    """Judge a function; nothing is shown and nothing the function does is raised.

    Args:
        exercise_id: as in `exercises()`.
        function: the learner's.
        seed: of the cases.
    Raises:
        KeyError: an id that is none.
    """
    exercise, begin = find(exercise_id), time.perf_counter()
    if not callable(function):
        text = f"wanted a function, saw a {type(function).__name__}; write check({exercise.id!r}, {exercise.id})"
        return Report(exercise.id, "crashed", 0.0, 0.0, None, text, time.perf_counter() - begin)
    trials = []
    for case in exercise.cases(seed):
        seen = observe(function, case, seed)
        if isinstance(seen.error, NotImplementedError) or (not trials and empty(function, seen)):
            return Report(exercise.id, "not_attempted", 0.0, 0.0, None, "not written yet", time.perf_counter() - begin)
        expected = expect(exercise, case, seed)
        trials.append((case, expected, seen, judge.complain(case, expected, seen)))
    return report(exercise, trials, time.perf_counter() - begin)


def expect(exercise: Exercise, case: Case, seed: int) -> judge.Expectation:
    """Observe the reference; under random noise also without noise and with ones, which gives mean and deviation."""
    seen = observe(exercise.reference, case, seed)
    if case.noise != "stream" or isinstance(seen.output, list):
        return judge.Expectation(seen)
    zeros, ones = (
        observe(exercise.reference, dataclasses.replace(case, noise=noise), seed).output for noise in ("zeros", "ones")
    )
    return judge.Expectation(seen, zeros, ones - zeros)


def report(exercise, trials, seconds) -> Report:
    failed = [trial for trial in trials if trial[3]]
    score = 1 - len(failed) / len(trials)
    status = "passed" if not failed else "crashed" if all(trial[2].error for trial in trials) else "wrong"
    mistake = diagnose(exercise, trials) if status == "wrong" else None
    lines = [f"{exercise.id}: {len(trials) - len(failed)} of {len(trials)} cases hold"]
    if failed:
        case, _, _, complaint = failed[0]
        lines += [f"First: {case.name}: {complaint}", *([mistake.message] if mistake else [])]
        lines.append(f"Read again: {exercise.equation}")
    return Report(
        exercise.id,
        status,
        score,
        round(score * exercise.points, 2),
        mistake.id if mistake else None,
        "\n".join(lines),
        seconds,
        tuple((trial[0].name, trial[3]) for trial in trials),
    )


def diagnose(exercise, trials):
    """Find the wrong function that does what was seen, in the cases that hold as in those that do not."""
    for mistake in exercise.misconceptions:
        if all(same(mistake, *trial) for trial in trials):
            return mistake
    return None


def same(mistake, case, expected, seen, complaint):
    wrong = observe(mistake.function, case)
    if case.noise == "stream" or wrong.error or seen.error:
        return judge.complain(case, expected, wrong) == complaint
    return judge.complain(case, judge.Expectation(wrong), seen) is None


def empty(function, seen: Observation) -> bool:
    """Tell a body that does nothing (`pass`, `...`) from an answer that forgets its return."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return seen.output is None and seen.error is None and code is not None and not code.co_names
