"""Run a folder of exercise notebooks by nbval, one item a cell, and say how each answer did."""

import contextlib
import json
import os
import pathlib
import tempfile

import nbval.plugin
import pytest

from ddpm_edu.checks.learner.handed_out import course_file, find, with_points
from ddpm_edu.checks.learner.nbval_plugin import CellReader, WatchedKernel
from ddpm_edu.checks.learner.progress_file import NAME, PROGRESS
from ddpm_edu.checks.learner.render import MARKS, TITLES
from ddpm_edu.checks.report import Status
from ddpm_edu.checks.run import exercises as all_exercises
from ddpm_edu.course.paths import exercise_folder, exercise_notebooks
from ddpm_edu.files import whole_file, writable_folder


SECONDS = 120  # for a cell
NO_GRADER = "For learning, not for marks: a notebook run in the open can report what it likes."
OPTIONS = (
    "--nbval-lax",  # outputs are not compared: a learner's own may be any
    "--nbval-current-env",
    *("-p", "no:cacheprovider"),
    *("-p", "no:terminal"),  # its place takes CellReader
    *("-c", os.devnull),
    "--rootdir=.",
    "--noconftest",  # a conftest.py beside the notebooks is for other tests
    "--continue-on-collection-errors",
)


def run(paths, json_path=None, junit_path=None, write=print, seconds=SECONDS) -> bool:
    """Run notebooks, write a line for each cell and a scoreboard; return whether all went well.

    Args:
        paths: folders or notebooks.
        json_path, junit_path: files for other programs, or None.
        write: takes a line.
        seconds: for a cell.
    Raises:
        ValueError: no notebook there, nowhere to write, or pytest could not run.
    """
    for path in filter(None, (json_path, junit_path)):
        writable_folder(pathlib.Path(path).parent)  # before minutes of work, not after
    notebooks = [str(book) for path in paths for book in exercise_notebooks(path)]
    options = [*OPTIONS, f"--nbval-cell-timeout={seconds}"]
    options += [f"--junitxml={junit_path}"] if junit_path else []
    nbval.plugin.RunningKernel = WatchedKernel
    reader = CellReader(write)
    with own_pytest(), progress_of_the_learner_only(notebooks):
        code = pytest.main([*options, *notebooks], plugins=[reader])
    if code in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
        raise ValueError("pytest could not run the notebooks; it says why above")
    folder = pathlib.Path(notebooks[0]).absolute().parent
    for line in summary(reader.cells, folder):
        write(line)
    if json_path:
        with whole_file(json_path) as name:
            name.write_text(json.dumps(as_json(reader.cells, folder), indent=1), encoding="utf-8")
    return bool(reader.cells) and all(cell["outcome"] == Status.PASSED for cell in reader.cells)


@contextlib.contextmanager
def own_pytest():
    """Shield the run from what the environment tells other runs of pytest."""
    names = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


@contextlib.contextmanager
def progress_of_the_learner_only(notebooks):
    """Leave no progress file in a folder that is not the learner's own.

    His own is the folder that is used when none is named, and one that has such a file.
    """
    folders = {pathlib.Path(notebook).absolute().parent for notebook in notebooks}
    own = [folder for folder in folders if folder == exercise_folder() or (folder / NAME).exists()]
    if PROGRESS in os.environ or len(own) == len(folders):
        yield
        return
    with tempfile.TemporaryDirectory() as elsewhere:
        os.environ[PROGRESS] = str(pathlib.Path(elsewhere) / NAME)  # which kernels inherit
        try:
            yield
        finally:
            del os.environ[PROGRESS]


def verdicts(cells):
    """Return the last verdict on each exercise."""
    return {report["exercise"]: report for cell in cells for report in cell["reports"]}


def summary(cells, folder):
    """Return the scoreboard: a line for each exercise, and the sum."""
    found, total, most = verdicts(cells), 0.0, 0
    yield ""
    for exercise in with_points(all_exercises(), course_file(folder)):
        if exercise.id in found:
            report = found[exercise.id]
            total, most = total + report["points"], most + exercise.points
            words = f"{report['points']:g} of {exercise.points} points, {TITLES[report['status']]}"
            yield f"{MARKS[report['status']]} lesson {exercise.lesson}  {exercise.id}: {words}"
    passed = sum(report["status"] == Status.PASSED for report in found.values())
    yield f"{passed} of {len(found)} exercises passed, {total:g} of {most} points"


def as_json(cells, folder):
    """Return all of it for other programs."""
    reports = [
        {**report, "max_points": find(name, folder).points}
        for name, report in verdicts(cells).items()
    ]
    return {
        "score": sum(report["points"] for report in reports),
        "max_score": sum(report["max_points"] for report in reports),
        "exercises": reports,
        "cells": [
            {name: value for name, value in cell.items() if name != "reports"} for cell in cells
        ],
    }
