"""Time the verdict on wrong answers: those that are listed, and those that are on no list.

Processor time of checks in one warm process; then of the first check of a session, each in a
process of its own that has only imported what a notebook's first cell imports.
"""

import contextlib
import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys
import time

import torch


sys.path.append(str(pathlib.Path(__file__).parents[1]))
sys.path.append(str(pathlib.Path(__file__).parents[1] / "tests"))
from unlisted import UNLISTED

from benchmarks.mutants.corpus import corpus
from benchmarks.mutants.kinds import function_of
from ddpm_edu.checks import exercises
from ddpm_edu.checks.report import Status
from ddpm_edu.checks.run import LocalRunner, check_with


ROOT = pathlib.Path(__file__).parents[1]
TARGET = {"median": 100, "worst": 300, "first": 1000}  # ms
DRAWN = 10  # edits of each exercise's solution
SHOWN = 3
NO_ERROR = (Status.PASSED, Status.TIMED_OUT)  # the latter has a limit of its own, in seconds
FIRST = """
import json, os, sys, time
from ddpm_edu import check
from benchmarks.mutants.kinds import function_of
for name, program in json.load(sys.stdin):
    try:
        function = function_of(program, name)
    except Exception:  # some edits cannot even be defined
        continue
    if not os.fork():
        begin = time.process_time()
        from ddpm_edu.checks import run_check
        run_check(name, function)
        print(json.dumps([name, 1000 * (time.process_time() - begin)]), flush=True)
        os._exit(0)
    os.wait()
"""


def unexplained(reference):
    """Make an answer that is wrong in a way of its own, so that all pairs are tried on it too."""

    def spoil(value):
        if isinstance(value, (list, tuple)):
            return type(value)(map(spoil, value))
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            return value * 1.0123 + 0.017
        return value * 1.0123 if isinstance(value, float) else value

    return lambda *arguments: spoil(reference(*arguments))


def timed(function, exercise):
    """Return (ms on the processor, report) of one check."""
    begin = time.process_time()
    report = check_with(LocalRunner(function), exercise, seed=0)
    return 1000 * (time.process_time() - begin), report


def listed(exercise):
    """Return id -> answer of an exercise's list, and one that none of it explains."""
    answers = {m.id: m.function for m in exercise.misconceptions}
    return answers | {"unexplained": unexplained(exercise.reference)}


def unlisted(exercise, mutants):
    """Return what was done -> answer, of edits of its solution, and of answers in the tests."""
    found = {}
    for mutant in mutants:
        with contextlib.suppress(Exception):  # some edits cannot even be defined
            found[mutant.what] = function_of(mutant.program, exercise.id)
    wrong = [function for name, function, _ in UNLISTED if name == exercise.id]
    return found | {f"tests/unlisted.py {number}": f for number, f in enumerate(wrong)}


def show(what, milliseconds):
    """Print median and worst of a dict of times."""
    worst = sorted(milliseconds, key=milliseconds.get)[: -SHOWN - 1 : -1]
    over = sum(value > TARGET["worst"] for value in milliseconds.values())
    print(f"run_check, {len(milliseconds)} {what}, processor time of one thread:")
    median = statistics.median(milliseconds.values())
    print(f"  median {median:.0f} ms, target <= {TARGET['median']} ms")
    print(f"  {over} above {TARGET['worst']} ms")
    for name in worst:
        print(f"  worst {milliseconds[name]:.0f} ms ({name}), target <= {TARGET['worst']} ms")
    print()


def first_checks(mutants):
    """Return exercise -> ms of its check, the first of a session."""
    programs = json.dumps(list({m.exercise: (m.exercise, m.program) for m in mutants}.values()))
    command = [sys.executable, "-c", FIRST]
    ran = subprocess.run(
        command, input=programs, capture_output=True, text=True, check=True, cwd=ROOT
    )
    return dict(map(json.loads, ran.stdout.splitlines()))


def main():
    torch.set_num_threads(1)
    mutants, from_list, others = corpus(sample=DRAWN * len(exercises())), {}, {}
    for exercise in exercises():
        # the answer made here may call the reference
        exercise = dataclasses.replace(exercise, forbidden=())
        of_list = listed(exercise)
        timed(of_list["unexplained"], exercise)  # the first call loads what is lazy
        for name, function in of_list.items():
            from_list[f"{exercise.id}, {name}"], _ = timed(function, exercise)
        own = [mutant for mutant in mutants if mutant.exercise == exercise.id]
        for name, function in unlisted(exercise, own).items():
            cost, report = timed(function, exercise)
            if report.status not in NO_ERROR:
                others[f"{exercise.id}, {name}"] = cost
    show("wrong answers of the lists", from_list)
    show("wrong answers on no list", others)
    first = first_checks(mutants)
    worst = max(first, key=first.get)
    print(f"first check of a session, one for each of {len(first)} exercises: median "
          f"{statistics.median(first.values()):.0f} ms, worst {first[worst]:.0f} ms ({worst}), "
          f"target <= {TARGET['first']} ms\n")  # fmt: skip


if __name__ == "__main__":
    main()
