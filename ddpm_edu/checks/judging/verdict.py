"""From the trials of all cases to the report that a learner reads."""

from collections.abc import Iterator

import torch

from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.checks.judging.diagnosis import diagnose
from ddpm_edu.checks.judging.findings import Expectation, Finding, FindingKind, Trial
from ddpm_edu.checks.judging.randomness import same_draws
from ddpm_edu.checks.judging.rules import judge
from ddpm_edu.checks.judging.source import describe_repair
from ddpm_edu.checks.judging.terms import describe_terms
from ddpm_edu.checks.report import CALLS_REFERENCE, DIAGNOSIS, Report, Status
from ddpm_edu.checks.worker.observation import Failure, FailureKind, Observation


MOST_EXPLANATIONS = 3  # that are told; more would be no help


def expectation(exercise: Exercise, case: Case, observation: Observation) -> Expectation:
    """Return what a right answer does on a case, from what the reference did."""
    recovered = exercise.recovered
    return Expectation(
        observation,
        recovered and (lambda got: recovered(case, got)),
        exercise.canonical or (lambda output: output),
        exercise.over_t,
    )


def find_fault(exercise, case, expected, got, course) -> Finding | None:
    """Judge by the reference, and where that objects by each other function that is also right."""
    finding = judge(case, expected, got)
    for right in exercise.also_right if finding else ():
        if judge(case, expectation(exercise, case, course.observe(right, case)), got) is None:
            return None
    return finding


def report_on_failure(exercise: Exercise, failure: Failure) -> Report:
    """Report an answer that cannot be called."""
    if failure.kind == FailureKind.NOT_ATTEMPTED:
        return not_attempted(exercise)
    text = failure.trace or failure.message
    return Report(exercise.id, Status.CRASHED, 0.0, 0.0, None, text, seconds=0.0)


def report_on(
    exercise: Exercise, trials: list[Trial], total: int, course, runner, begin: float
) -> Report:
    """Report on the trials of an answer.

    Args:
        exercise: that it answers.
        trials: in the order of the cases; they end early when one timed out.
        total: how many cases there are.
        course: runs the course's own functions, for the diagnosis.
        runner: of the learner's function, to try edits of its source.
        begin: of the check, by this thread's time on the processor (s).
    """
    failed = [trial for trial in trials if trial.finding]
    status = status_of(failed, trials)
    if status == Status.NOT_ATTEMPTED:
        return not_attempted(exercise)
    held = len(trials) - len(failed)
    copied = any(trial.got.reference for trial in failed)
    if copied and status == Status.CRASHED:  # what it called says so by an error
        status = Status.WRONG
    # Each misconception fails one of an exercise's own cases; where those hold, none explains.
    only_derived = all(trial.case.reason for trial in failed)
    worth_diagnosing = not only_derived and status != Status.TIMED_OUT and not copied
    explanations = diagnose(exercise, trials, course) if worth_diagnosing else []
    terms, repair, is_pair = [], [], bool(explanations) and len(explanations[0]) > 1
    if worth_diagnosing and not explanations and exercise.terms:
        terms = describe_terms(exercise, trials)
    if failed and not copied and status != Status.TIMED_OUT and (is_pair or not explanations):
        faults = Faults(exercise, course)
        of_two = not (terms or is_pair)
        repair = describe_repair(trials, runner, faults, of_two, begin)
    explanations = [] if repair else explanations  # one edit says more than two misconceptions
    lines = [f"{exercise.id}: {held} of {total} cases hold"]
    if failed:
        lines.append(f"First: {failed[0].case.name}: {text_of(failed[0])}")
        lines += [*diagnosis_of(explanations), *terms, *repair]
        lines.append(f"Read again: {exercise.equation}")
    return Report(
        exercise=exercise.id,
        status=status,
        score=held / total,
        points=round(held / total * exercise.points, 2),
        misconception=CALLS_REFERENCE if copied else ids_of(explanations),
        feedback="\n".join(lines),
        seconds=0.0,
        cases=tuple((trial.case.name, text_of(trial)) for trial in trials),
        printed=(failed or trials)[0].got.printed,
        picture=picture(failed[0]) if failed else None,
    )


class Faults:
    """Judge further observations of trials; what is right is computed once.

    Args:
        exercise: that is answered.
        course: runs the course's own functions.
    """

    def __init__(self, exercise: Exercise, course):
        self.exercise, self.course, self.others = exercise, course, {}

    def rights(self, trial: Trial) -> Iterator[Expectation]:
        """Return what is expected of a trial, that of the reference first."""
        yield trial.expected
        case, key = trial.case, id(trial.case)
        if key not in self.others:
            self.others[key] = [
                expectation(self.exercise, case, self.course.observe(right, case))
                for right in self.exercise.also_right
            ]
        yield from self.others[key]

    def find(self, trial: Trial, got: Observation, before: list[Trial]) -> Finding | None:
        """Return what is wrong with an observation, given the trials before it."""
        findings = [judge(trial.case, right, got) for right in self.rights(trial)]
        return findings[0] if all(findings) else same_draws(trial.case, got, before)


def ids_of(explanations):
    return "|".join("+".join(m.id for m in explanation) for explanation in explanations) or None


def diagnosis_of(explanations):
    """Write one line for each misconception; what has the same values is told as a choice."""
    lines = []
    for explanation in explanations[:MOST_EXPLANATIONS]:
        choice = "or, with the same values: " if lines else ""
        lines += [DIAGNOSIS + choice + misconception.message for misconception in explanation]
    return lines


def text_of(trial):
    if trial.finding is None:
        return None
    reason = trial.case.reason
    text = trial.finding.text
    ended = text if text.endswith((".", "?")) else f"{text}."
    return f"{ended} {reason}" if reason else text


def status_of(failed, trials) -> Status:
    """Name the outcome: what stopped with an error in every failing case has crashed."""
    kinds = {trial.finding.kind for trial in failed}
    if not failed:
        return Status.PASSED
    if len(failed) == len(trials) and kinds == {FindingKind.NOT_ATTEMPTED}:
        return Status.NOT_ATTEMPTED
    if FindingKind.TIMED_OUT in kinds:
        return Status.TIMED_OUT
    return Status.CRASHED if all(trial.got.failure for trial in failed) else Status.WRONG


def picture(trial):
    """Return what the first failing case expected and got, where both are tensors of one shape."""
    expected, got = trial.expected.observation.output, trial.got.output
    both_tensors = isinstance(expected, torch.Tensor) and isinstance(got, torch.Tensor)
    if trial.finding.kind != FindingKind.VALUES or not both_tensors:
        return None
    t = torch.arange(len(expected)) if trial.expected.over_t else trial.case.arguments.get("t")
    return {"t": t, "expected": expected, "got": got}


def not_attempted(exercise):
    return Report(exercise.id, Status.NOT_ATTEMPTED, 0.0, 0.0, None, "not written yet", seconds=0.0)
