"""Run a folder of exercise notebooks by nbval, one item a cell, and say how each answer did."""

import contextlib
import json
import os
import pathlib
import shutil
import tempfile
import warnings

import nbval.plugin
import pytest

from ddpm_edu.checks.learner.handed_out import course_file, find, with_points
from ddpm_edu.checks.learner.nbval_plugin import CellReader, kernel_starter
from ddpm_edu.checks.learner.progress_file import NAME, PROGRESS, Progress, after_check, locate
from ddpm_edu.checks.learner.staged import Staged, stage
from ddpm_edu.checks.learner.verdicts import counting, summary
from ddpm_edu.checks.report import Report, Status
from ddpm_edu.checks.run import exercises as all_exercises
from ddpm_edu.course.notebooks import exercise_notebooks, oldest_first
from ddpm_edu.course.paths import exercise_folder
from ddpm_edu.files import whole_file, writable_folder


SECONDS = 120  # for a cell
NO_GRADER = "For learning, not for marks: a notebook run in the open can report what it likes."
OPTIONS = (
    *("-p", "nbval.plugin"),
    "--nbval-lax",  # outputs are not compared: a learner's own may be any
    "--nbval-current-env",
    *("-p", "no:cacheprovider"),
    *("-p", "no:terminal"),  # its place takes CellReader
    *("-c", os.devnull),
    "--noconftest",
)


def run(paths, json_path=None, junit_path=None, write=print, seconds=SECONDS) -> bool:
    """Run notebooks, write a line for each cell and a scoreboard; return whether all went well.

    Args:
        paths: folders or notebooks.
        json_path, junit_path: files for other programs, or None.
        write: takes a line.
        seconds: for a cell.
    Raises:
        ValueError: no notebook or no exercise there, nowhere to write, or pytest could not run.
    """
    for path in filter(None, (json_path, junit_path)):
        writable_folder(pathlib.Path(path).parent)  # before minutes of work, not after
    with tempfile.TemporaryDirectory(prefix="ddpm-edu-") as folder, quiet():
        notebooks = stage_all(paths, pathlib.Path(folder).resolve())
        # The options are pytest's; in its own folder and under its own names it reads no others.
        options = [f"--rootdir={folder}", f"--nbval-cell-timeout={seconds}"]
        options += [f"--junitxml={junit_path}"] if junit_path else []
        reader = run_cells(notebooks, options, write)
    folder = pathlib.Path(notebooks[0].path).absolute().parent
    exercises = with_points(all_exercises(), course_file(folder))
    age = {path: n for n, path in enumerate(oldest_first(book.path for book in notebooks))}
    verdicts = sorted(reader.verdicts, key=lambda verdict: age[verdict.notebook])
    for line in summary(exercises, verdicts):
        write(line)
    chosen = counting(verdicts)
    note_progress(chosen.values(), write)
    if json_path:
        with whole_file(json_path) as name:
            text = json.dumps(as_json(reader.cells, chosen, folder), indent=1)
            name.write_text(text, encoding="utf-8")
    outcomes = [cell["outcome"] for cell in reader.cells]
    return {*outcomes, *(verdict.status for verdict in chosen.values())} == {Status.PASSED}


def stage_all(paths, folder) -> list[Staged]:
    """Copy the notebooks to run to a folder."""
    names = [exercise.id for exercise in all_exercises()]
    found = dict.fromkeys(book for path in paths for book in exercise_notebooks(path))
    notebooks = [
        stage(path, folder / f"{number:03}", names) for number, path in enumerate(found, 1)
    ]
    if not any(notebook.exercises for notebook in notebooks):
        problems = "".join(f"; {notebook.problem}" for notebook in notebooks if notebook.problem)
        where = ", ".join(map(str, paths))
        expected = 'expected a cell that defines or checks an exercise, such as check("snr", snr)'
        got = f"got none in {len(notebooks)} notebook{'s' if len(notebooks) > 1 else ''}"
        raise ValueError(f"{where}: {expected}, {got}{problems}")
    return notebooks


def run_cells(notebooks, options, write) -> CellReader:
    """Run the copies of notebooks under pytest; return what was seen."""
    by_folder = {str(notebook.copy.parent): notebook for notebook in notebooks}
    reader = CellReader(by_folder, write)
    for notebook in notebooks:
        if notebook.problem:
            reader.take_unreadable(notebook)
    nbval.plugin.RunningKernel = kernel_starter(by_folder, kernel_environment)
    copies = [str(notebook.copy) for notebook in notebooks if not notebook.problem]
    with own_pytest():
        code = pytest.main([*OPTIONS, *options, *copies], plugins=[reader])
    if code in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
        raise ValueError("pytest could not run the notebooks; it says why above")
    return reader


@contextlib.contextmanager
def quiet():
    """Keep warnings of libraries from the terminal: a learner cannot mend what they are about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def own_pytest():
    """Shield the run from what the environment tells other runs of pytest."""
    names = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # such as one that shuffles tests
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update(kept)


def kernel_environment(notebook) -> dict[str, str]:
    """Return the variables for a notebook's kernel.

    It works on a copy of the learner's progress; `note_progress` writes what counts.
    """
    scratch = notebook.copy.with_name(NAME)
    own = locate(notebook.path.parent)
    if own.is_file():
        shutil.copyfile(own, scratch)
    session = {"JPY_SESSION_NAME": str(notebook.path.absolute())}
    return {**os.environ, PROGRESS: str(scratch), **session}


def note_progress(verdicts, write):
    """Write the verdicts that count into the progress file, where it is the learner's own.

    That is the folder that is used when none is named, and one that has such a file.
    """
    here = exercise_folder()
    for verdict in verdicts:
        folder = verdict.notebook.absolute().parent
        is_own = PROGRESS in os.environ or folder == here or (folder / NAME).exists()
        if verdict.report and is_own:
            report = Report(**verdict.report, feedback="", seconds=0.0)
            Progress(locate(folder), tell=write).update(verdict.exercise, after_check(report))


def as_json(cells, chosen, folder):
    """Return all of it for other programs."""
    reports = [
        {
            **{"exercise": name, "status": verdict.status, "score": 0.0, "points": 0.0},
            **{"misconception": None},
            **(verdict.report or {}),
            "max_points": find(name, folder).points,
            "notebook": str(verdict.notebook),
        }
        for name, verdict in chosen.items()
    ]
    return {
        "score": sum(report["points"] for report in reports),
        "max_score": sum(report["max_points"] for report in reports),
        "exercises": reports,
        "cells": [
            {name: value for name, value in cell.items() if name != "reports"} for cell in cells
        ],
    }
