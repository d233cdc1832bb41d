"""The catalogue's misconceptions and right answers as learners write them, to judge them all."""

import dataclasses
import functools
import importlib

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.run import LocalRunner, check_with, exercises, find, run_check
from ddpm_edu.checks.worker_process import WorkerRunner
from ddpm_edu.course.answers import solution_with_imports


IDS = list(CATALOGUE)
MISCONCEPTIONS = [
    (name, m.id) for name, exercise in CATALOGUE.items() for m in exercise.misconceptions
]
LESSONS = sorted({exercise.lesson for exercise in exercises()})


def solution_of(name):
    """Return the course's own solution, defined as its notebook defines it."""
    names = {}
    exec("\n".join(solution_with_imports(name)), names)
    return names[name]


ACCEPTED = {name: [solution_of(name)] for name in IDS}
for lesson in LESSONS:
    for name, answers in importlib.import_module(f"accepted.lesson_{lesson}").ACCEPTED.items():
        ACCEPTED[name] += answers


@functools.cache
def verdict_on(name, misconception_id, seed=0):
    misconception = next(m for m in CATALOGUE[name].misconceptions if m.id == misconception_id)
    return run_check(name, misconception.function, seed)


def freely(exercise, function, seed=0):
    """Judge a function that may call the reference, as tests do to know a result's shape."""
    return check_with(LocalRunner(function), dataclasses.replace(exercise, forbidden=()), seed)


def check_in(worker, exercise_id, name=None, seed=0):
    """Judge a function of a worker's source."""
    return check_with(WorkerRunner(worker, name or exercise_id), find(exercise_id), seed)
