"""One edit on trial: what the check says of it, and, where it passes, whether it is right."""

import re
import time

from benchmarks.mutants.kinds import function_of
from benchmarks.mutants.legal import wide_cases
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.judging.verdict import expectation, find_fault
from ddpm_edu.checks.prepared import CourseRunner
from ddpm_edu.checks.report import DIAGNOSIS
from ddpm_edu.checks.run import LocalRunner, attempts, find, run_check
from ddpm_edu.checks.worker.observe import observe
from ddpm_edu.devices import one_thread


SECONDS = 2.0  # for a call
BARE = re.compile(r"(?:.*: )?(?:\d+ of \d+ values differ; the first at .*: )?expected \S+, got \S+")
WORDS = {"words", "error"}  # ways in which a wrong edit is told that are no formula


def tried(name: str, program: str, explained: bool = True) -> dict:
    """Return what the check of an exercise says of a program, as plain data.

    Args:
        name: of the exercise.
        program: its imports and a function.
        explained: whether a wrong answer is diagnosed; else the first case that fails is enough.
    """
    begin = time.perf_counter()
    try:
        function = function_of(program, name)
    except Exception as error:
        told = "error" if explained else None
        return {"status": "crashed", "how": told, "misconception": None, "why": repr(error)}
    if not explained and is_rejected(find(name), function):
        return {"status": "wrong", "misconception": None, "how": None}
    report = run_check(name, function)
    found = {"status": report.status, "misconception": report.misconception}
    if report.status == "passed":
        found["wrong"] = wrong_on(name, function)
    else:
        found["how"] = how(report)
        found["why"] = next((text for _, text in report.cases if text), "")[:300]
    return found | {"seconds": round(time.perf_counter() - begin, 3)}


def is_rejected(exercise, function) -> bool:
    """Tell whether the check of an exercise rejects a function, without looking for a reason."""
    runner = LocalRunner(function)
    if runner.examine(exercise.id, exercise.signature):
        return True
    with one_thread():
        end = time.perf_counter() + SECONDS
        return any(trial.finding for trial in attempts(runner, exercise, 0, end))


def how(report) -> str:
    """Name the way in which a report explains a wrong answer; "" if it shows numbers alone."""
    if report.misconception:
        return "id"
    lines = report.feedback.splitlines()
    if any(line.startswith("Your ") for line in lines):
        return "terms"
    if any(line.startswith(DIAGNOSIS) for line in lines):
        return "source"
    if report.status == "crashed":
        return "error"
    first = next((text for _, text in report.cases if text), "")
    return "" if BARE.fullmatch(first.rstrip(".")) else "words"


def wrong_on(name, function) -> str:
    """Return the first legal input on which a function is wrong, and how; "" if there is none."""
    exercise, course = CATALOGUE[name], CourseRunner(0)
    for case in wide_cases(exercise):
        expected = expectation(exercise, case, course.observe(exercise.reference, case))
        got = observe(function, case, 0, (), SECONDS)
        if finding := find_fault(exercise, case, expected, got, course):
            return f"{case.name}: {finding.text}"[:300]
    return ""
