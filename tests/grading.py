"""Submissions for the tests of grading, and a batch that judges them in this process."""

import copy
import functools
import json

import pytest

from ddpm_edu.checks.run import exercises, find
from ddpm_edu.course.definitions import checked_in, definitions
from ddpm_edu.course.notebooks import read_notebook
from ddpm_edu.course.paths import ROOT
from ddpm_edu.grading.batch import Batch
from ddpm_edu.grading.isolation import BWRAP
from ddpm_edu.grading.journal import Journal
from ddpm_edu.grading.limits import Limits
from ddpm_edu.grading.options import Options
from ddpm_edu.grading.probe import has_bubblewrap
from ddpm_edu.grading.result import read_results


needs_sandbox = pytest.mark.skipif(
    not has_bubblewrap(), reason="bubblewrap cannot make a sandbox here"
)
IDS = [exercise.id for exercise in exercises()]


@functools.cache
def books(kind):
    """Return the notebooks of "solutions" or "exercises", without what only shows them at work."""
    found = {}
    for path in sorted((ROOT / kind).glob("*.ipynb")):
        book = read_notebook(path)
        cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
        last = max(n for n, cell in enumerate(cells) if checked_in(cell["source"]))
        found[path.name] = {**book, "cells": cells[: last + 1]}
    return found


def mixed(solved):
    """Return the notebooks with the answers of some exercises, and stubs for the others."""
    found = copy.deepcopy(books("exercises"))
    for name, book in found.items():
        for cell, answer in zip(book["cells"], books("solutions")[name]["cells"], strict=True):
            if any(definitions(cell["source"], exercise) for exercise in solved):
                cell["source"] = answer["source"]
    return found


def hand_in(folder, student, notebooks):
    """Write notebooks into a student's folder."""
    (folder / student).mkdir(parents=True, exist_ok=True)
    for name, book in notebooks.items():
        (folder / student / name).write_text(json.dumps(book), encoding="utf-8")
    return folder


def graded(submissions, results, names=IDS, isolation=BWRAP, seed=3, limits=None, **more):
    """Judge a folder of submissions; return the results by student."""
    options = Options(
        tuple((name, find(name).points) for name in names),
        limits or Limits(),
        isolation,
        seed,
        (str(submissions), str(results)),
    )
    journal = Journal(results)
    Batch(submissions, journal, options, **more).run()
    journal.close()
    return {result.student: result for result in read_results(results)}


def statuses(result):
    return {exercise.id: str(exercise.status) for exercise in result.exercises}
