"""The catalogue's mistakes, and right answers as learners write them, for the tests that judge them all."""

import dataclasses
import functools
import importlib

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.run import Here, check_with, exercises, run_check


IDS = list(CATALOGUE)
MISTAKES = [(name, m.id) for name, exercise in CATALOGUE.items() for m in exercise.misconceptions]
LESSONS = sorted({exercise.lesson for exercise in exercises()})
ACCEPTED = {}
for lesson in LESSONS:
    ACCEPTED |= importlib.import_module(f"accepted.lesson_{lesson}").ACCEPTED


@functools.cache
def verdict_on_mistake(name, mistake_id, seed=0):
    mistake = next(m for m in CATALOGUE[name].misconceptions if m.id == mistake_id)
    return run_check(name, mistake.function, seed)


def freely(exercise, function, seed=0):
    """Judge a function that may call the reference, as those of the tests do to know a result's shape."""
    return check_with(Here(function), dataclasses.replace(exercise, spellings=()), seed)
