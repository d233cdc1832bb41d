"""From an exercise and a function to a report."""

import dataclasses
import time
from typing import Any

import torch

from ddpm_edu.checks.caller import Failure, Observation, observe
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.compare import Expectation
from ddpm_edu.checks.diagnosis import Trial, diagnose
from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.checks.function import examine
from ddpm_edu.checks.judge import judge
from ddpm_edu.files import nearest


SECONDS = 10.0  # for a whole check
DIAGNOSIS = "Diagnosis: "
REFERENCE = "calls_reference"  # in the place of a misconception's id


@dataclasses.dataclass(frozen=True)
class Report:
    """What a check found.

    Args:
        exercise: its id.
        status: passed, wrong, crashed, not_attempted or timed_out.
        score: share of the cases that hold, 0..1.
        points: earned, out of the exercise's.
        misconception: id of the mistake recognised, "a+b" for two at once, "calls_reference", or None.
        feedback: what the learner reads, plain text.
        seconds: that the check took.
        cases: (name, what was found wrong or None) for each case.
        printed: what the answer wrote in its first case.
        picture: what to draw beside it, or None: {"t", "wanted", "seen"} tensors.
    """

    exercise: str
    status: str
    score: float
    points: float
    misconception: str | None
    feedback: str
    seconds: float
    cases: tuple[tuple[str, str | None], ...] = ()
    printed: str = ""
    picture: dict[str, Any] | None = dataclasses.field(default=None, compare=False, repr=False)


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
    return check_with(Here(function), find(exercise_id), seed)


@dataclasses.dataclass(frozen=True)
class Here:
    """The caller in this process; spawned.py has the other one."""

    function: Any

    def examine(self, exercise: Exercise) -> Failure | None:
        """Say what is wrong with the function as it stands."""
        return examine(exercise.id, exercise.signature, self.function)

    def observe(self, exercise: Exercise, case: Case, seed: int, seconds: float) -> Observation:
        """Call it on a case."""
        return observe(self.function, case, seed, exercise.spellings, seconds)


def check_with(caller, exercise: Exercise, seed: int) -> Report:
    """Judge what a caller observes: `Here`, or one in another process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(
        1
    )  # for tensors this small, threads cost more than they bring, and far more on a busy machine
    try:
        return judged(caller, exercise, seed)
    finally:
        torch.set_num_threads(threads)


def judged(caller, exercise, seed):
    begin = time.perf_counter()
    fault = caller.examine(exercise)
    if fault and fault.type == "NotWritten":
        return not_attempted(exercise, begin)
    if fault:
        text = fault.trace or fault.message
        return Report(exercise.id, "crashed", 0.0, 0.0, None, text, time.perf_counter() - begin)
    trials, cases = [], exercise.cases(seed)
    for case in cases:
        left = SECONDS - (time.perf_counter() - begin)
        expected = expect(exercise, case, seed)
        seen = caller.observe(exercise, case, seed, max(0.1, left))
        trials.append(Trial(case, expected, seen, best(exercise, case, expected, seen, seed)))
        if trials[-1].found and trials[-1].found.kind == "timed out":
            break  # the rest would take as long again
    if all(trial.found and trial.found.kind == "not written" for trial in trials):
        return not_attempted(exercise, begin)
    return report(exercise, trials, len(cases), seed, begin)


def expect(exercise: Exercise, case: Case, seed: int, reference=None) -> Expectation:
    """Observe the reference on a case."""
    seen = observe(reference or exercise.reference, case, seed, trusted=True)
    recovered = exercise.recovered and (lambda seen: exercise.recovered(case, seen))
    return Expectation(seen, recovered, exercise.canonical or (lambda output: output), exercise.over_t)


def best(exercise, case, expected, seen, seed):
    """Judge by the reference, and where that objects by each other function that is also right."""
    found = judge(case, expected, seen)
    others = (expect(exercise, case, seed, right) for right in exercise.also_right if found)
    return None if any(judge(case, other, seen) is None for other in others) else found


def report(exercise, trials, total, seed, begin) -> Report:
    failed = [trial for trial in trials if trial.found]
    score = (len(trials) - len(failed)) / total
    status = status_of(failed)
    copied = any(trial.seen.reference for trial in failed)
    mistakes = diagnose(exercise, trials, seed) if failed and status != "timed_out" and not copied else ()
    names = [REFERENCE] if copied else [mistake.id for mistake in mistakes]
    lines = [f"{exercise.id}: {len(trials) - len(failed)} of {total} cases hold"]
    if failed:
        first = failed[0]
        lines += [
            f"First: {first.case.name}: {first.found.text}",
            *(DIAGNOSIS + mistake.message for mistake in mistakes),
        ]
        lines.append(f"Read again: {exercise.equation}")
    return Report(
        exercise=exercise.id,
        status=status,
        score=score,
        points=round(score * exercise.points, 2),
        misconception="+".join(names) or None,
        feedback="\n".join(lines),
        seconds=time.perf_counter() - begin,
        cases=tuple((trial.case.name, trial.found and trial.found.text) for trial in trials),
        printed=(failed or trials)[0].seen.printed,
        picture=picture(failed[0]) if failed else None,
    )


def status_of(failed):
    """Name the outcome: what stopped with an error in every failing case has crashed."""
    if not failed:
        return "passed"
    if any(trial.found.kind == "timed out" for trial in failed):
        return "timed_out"
    return "crashed" if all(trial.seen.failure for trial in failed) else "wrong"


def picture(trial):
    """Give what the first failing case wanted and saw, where both are tensors of one shape."""
    wanted, seen = trial.expected.seen.output, trial.seen.output
    if trial.found.kind != "values" or not isinstance(wanted, torch.Tensor) or not isinstance(seen, torch.Tensor):
        return None
    t = trial.case.arguments.get("t")
    return {"t": torch.arange(len(wanted)) if trial.expected.over_t else t, "wanted": wanted, "seen": seen}


def not_attempted(exercise, begin):
    return Report(exercise.id, "not_attempted", 0.0, 0.0, None, "not written yet", time.perf_counter() - begin)
