"""Run a check: the only module that imports the worker's, the judge's and the answers together."""

import dataclasses
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.checks.judging.findings import FindingKind, Trial
from ddpm_edu.checks.judging.randomness import same_draws
from ddpm_edu.checks.judging.verdict import expectation, find_fault, report_on, report_on_failure
from ddpm_edu.checks.prepared import prepared
from ddpm_edu.checks.report import Report
from ddpm_edu.checks.worker.function import examine
from ddpm_edu.checks.worker.observation import Failure, Observation
from ddpm_edu.checks.worker.observe import observe
from ddpm_edu.checks.worker.source import edited, sources
from ddpm_edu.checks.worker.versions import outputs
from ddpm_edu.devices import one_thread
from ddpm_edu.files import did_you_mean


SECONDS = 10.0  # for a whole check
LEAST_SECONDS = 0.1  # for a case, however little of them is left


def exercises() -> list[Exercise]:
    """Return all exercises in course order."""
    return list(CATALOGUE.values())


class UnknownExercise(KeyError):  # noqa: N818  it reads as what happened
    """There is no exercise of this name; the message suggests the nearest one."""

    def __str__(self):
        return self.args[0]  # a KeyError would show it in quotes

    def _render_traceback_(self):
        return [f"UnknownExercise: {self}"]  # IPython: one sentence, no frames of a library


def find(exercise_id: str) -> Exercise:
    """Return an exercise by its id.

    Raises:
        UnknownExercise: a KeyError that suggests the nearest one.
    """
    if isinstance(exercise_id, str) and exercise_id in CATALOGUE:
        return CATALOGUE[exercise_id]
    is_function = callable(exercise_id)
    name = getattr(exercise_id, "__name__", "") if is_function else str(exercise_id)
    suggestion = did_you_mean(name.lower(), CATALOGUE) or "; progress() lists them"
    got = f"the function {name}" if is_function else repr(exercise_id)
    raise UnknownExercise(f"exercise: expected the name of one{suggestion}, got {got}")


def run_check(exercise_id: str, function, seed: int = 0) -> Report:
    """Judge a function; nothing is shown, and nothing that the function does is raised.

    Args:
        exercise_id: as in `exercises()`.
        function: the learner's.
        seed: of the cases.
    Raises:
        KeyError: there is no such exercise.
    """
    return check_with(LocalRunner(function), find(exercise_id), seed)


@runtime_checkable
class Runner(Protocol):
    """Runs one function of a learner: `LocalRunner` here, `WorkerRunner` in another process.

    One that has `sources`, `outputs` and `edited` too, as both have, lets edits of it be tried.
    """

    def examine(self, exercise_id: str, signature: str) -> Failure | None:
        """Return what is wrong with the function as it stands, or None."""
        ...

    def observe(self, case: Case, seed: int, forbidden, seconds: float) -> Observation:
        """Call the function on a case."""
        ...


@dataclass(frozen=True)
class LocalRunner:
    """Runs a learner's function in this process."""

    function: Any

    def examine(self, exercise_id: str, signature: str) -> Failure | None:
        """Return what is wrong with the function as it stands, or None."""
        return examine(exercise_id, signature, self.function)

    def observe(self, case: Case, seed: int, forbidden, seconds: float) -> Observation:
        """Call the function on a case."""
        return observe(self.function, case, seed, forbidden, seconds)

    def sources(self) -> list[tuple[str, str, int]]:
        """Return (name, text, first line) of the function and its helpers, as far as at hand."""
        return sources(self.function)

    def outputs(self, name: str, text: str, choices: list[tuple], *how) -> list:
        """Call versions with edited sources for their outputs alone, as in worker/versions.py."""
        return outputs(self.function, name, text, choices, *how)

    def edited(self, name: str, text: str) -> "LocalRunner":
        """Return a runner of the function with another source for it or a helper."""
        return LocalRunner(edited(self.function, name, text))


def check_with(
    runner: Runner, exercise: Exercise, seed: int = 0, seconds: float = SECONDS
) -> Report:
    """Judge what a runner observes.

    Args:
        runner: of the learner's function.
        exercise: that it answers.
        seed: of cases and noise.
        seconds: that all calls may take together.
    """
    begin = time.perf_counter()
    # For tensors this small, threads cost more than they bring, and far more on a busy machine.
    with one_thread():
        report = check_all_cases(runner, exercise, seed, begin + seconds)
    return dataclasses.replace(report, seconds=time.perf_counter() - begin)


def check_all_cases(runner, exercise, seed, end) -> Report:
    """Observe reference and learner on each case, compare, and report."""
    if failure := runner.examine(exercise.id, exercise.signature):
        return report_on_failure(exercise, failure)
    known, trials, begin = prepared(exercise, seed), [], time.thread_time()
    count, every = len(known.cases), attempts(runner, exercise, seed, end)
    for trial in itertools.islice(every, count):
        trials.append(trial)
        if trial.finding and trial.finding.kind == FindingKind.TIMED_OUT:
            break  # the rest would take as long again
    if any(trial.finding for trial in trials):
        return report_on(exercise, trials, count, known.course, runner, begin)
    faults = [*itertools.islice((trial for trial in every if trial.finding), 1)]
    return report_on(exercise, trials + faults, count + len(faults), known.course, runner, begin)


def attempts(runner, exercise, seed, end) -> Iterator[Trial]:
    """Yield what happens on each case, one by one: the exercise's own, then those derived.

    Args:
        runner: of a function that can be called.
        exercise: that it answers.
        seed: of cases and noise.
        end: when all calls are to be over, by time.perf_counter(), in s.
    """
    known, before = prepared(exercise, seed), []
    course = known.course
    for case in known.every():
        expected = expectation(exercise, case, course.observe(exercise.reference, case))
        seconds = max(LEAST_SECONDS, end - time.perf_counter())
        got = runner.observe(case, seed, exercise.forbidden, seconds)
        finding = find_fault(exercise, case, expected, got, course)
        trial = Trial(case, expected, got, finding or same_draws(case, got, before))
        if len(before) < len(known.cases):
            before.append(trial)
        yield trial
