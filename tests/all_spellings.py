"""Check all spellings of mistakes: `python tests/all_spellings.py`, some minutes.

It prints each that is not rejected and named, and how many were tried.
"""

import importlib
import sys
import warnings

import jaxtyping
from judging import LESSONS
from sources import defined
from spellings import WAYS, spelled

from ddpm_edu.checks.run import run_check


MISTAKES = [
    (name, id, mistake)
    for lesson in LESSONS
    for name, mistakes in importlib.import_module(f"spellings.lesson_{lesson}").MISTAKES.items()
    for id, mistake in mistakes.items()
]


def problem_with(name, id, program):
    """Return what is wrong with the verdict on a program that makes a mistake, or None."""
    report = run_check(name, defined(program, name))
    is_named = id in (report.misconception or "").split("|")
    is_right = report.status in ("wrong", "crashed") and is_named
    return None if is_right else f"{name}, {id}:\n{program}\n{report.feedback}"


def main():
    jaxtyping.config.update("jaxtyping_disable", True)  # as learners have it
    warnings.simplefilter("ignore")
    problems = [
        problem
        for name, id, mistake in MISTAKES
        for way in range(WAYS)
        if (problem := problem_with(name, id, spelled(name, mistake, way)))
    ]
    print(*problems, sep="\n\n")
    print(f"{len(MISTAKES)} mistakes in {WAYS} ways each: {len(problems)} not named")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
