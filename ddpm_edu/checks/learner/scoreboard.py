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

from ddpm_edu.checks.learner.handed_out import course_file, find
from ddpm_edu.checks.learner.nbval_plugin import CellReader, kernel_starter
from ddpm_edu.checks.learner.notebook import GO_ON
from ddpm_edu.checks.learner.progress_file import NAME, PROGRESS, Progress, after_check, locate
from ddpm_edu.checks.learner.staged import Staged, stage
from ddpm_edu.checks.learner.verdicts import Verdict, counting, summary
from ddpm_edu.checks.report import Report, Status
from ddpm_edu.checks.run import exercises as all_exercises
from ddpm_edu.course.notebooks import exercise_notebooks
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
        ValueError: no notebook or no exercise there, nowhere to write, or pytest could not run.
    """
    # Before minutes of work, not after.
    for path in filter(None, (json_path, junit_path)):
        writable_folder(pathlib.Path(path).parent)
    for path in paths:
        course_file(folder_of(pathlib.Path(path)))
    with tempfile.TemporaryDirectory(prefix="ddpm-edu-") as folder, quiet():
        notebooks = stage_all(paths, pathlib.Path(folder).resolve())
        # The options are pytest's; in its own folder and under its own names it reads no others.
        options = [f"--rootdir={folder}", f"--nbval-cell-timeout={seconds}"]
        options += [f"--junitxml={junit_path}"] if junit_path else []
        reader = run_cells(notebooks, options, write)
    verdicts = all_verdicts(notebooks, reader.verdicts)
    for line in summary(all_exercises(), verdicts, points_of):
        write(line)
    chosen = counting(verdicts)
    note_progress(chosen.values(), write)
    if json_path:
        with whole_file(json_path) as name:
            text = json.dumps(as_json(reader.cells, chosen), indent=1)
            name.write_text(text, encoding="utf-8")
    outcomes = [cell["outcome"] for cell in reader.cells]
    return {*outcomes, *(verdict.status for verdict in chosen.values())} == {Status.PASSED}


def folder_of(path) -> pathlib.Path:
    """Return the folder of a notebook, or the folder itself."""
    return (path if path.is_dir() else path.parent).resolve()


def points_of(verdict) -> int:
    """Return what an exercise is worth where its notebook lies."""
    return find(verdict.exercise, folder_of(verdict.notebook)).points


def all_verdicts(notebooks, found) -> list[Verdict]:
    """Return a verdict for each exercise of each notebook, those of the oldest first.

    Where none came, as after Ctrl-C or where a kernel could not start, it is "not checked".
    """
    came = {(verdict.notebook, verdict.exercise): verdict for verdict in found}
    return [
        came.get((notebook.path, name)) or Verdict(notebook.path, name, None)
        for notebook in sorted(notebooks, key=lambda notebook: notebook.age)
        for name in notebook.exercises
    ]


def stage_all(paths, folder) -> list[Staged]:
    """Copy the notebooks to run to a folder."""
    names = [exercise.id for exercise in all_exercises()]
    found = {book.resolve(): book for path in paths for book in exercise_notebooks(path)}
    notebooks = [
        stage(path, folder / f"{number:03}", names) for number, path in enumerate(found.values(), 1)
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
            reader.take_unreadable(notebook, notebook.problem)
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
    names = [name for name in os.environ if name.startswith("PYTEST_")]
    kept = {name: os.environ.pop(name) for name in names}
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
    return {**os.environ, PROGRESS: str(scratch), GO_ON: "1", **session}


def note_progress(verdicts, write):
    """Write the verdicts that count into the progress file, where it is the learner's own.

    That is the folder that is used when none is named, and one that has such a file.
    """
    here = exercise_folder().resolve()
    for verdict in verdicts:
        folder = folder_of(verdict.notebook)
        is_own = PROGRESS in os.environ or folder == here or locate(folder).is_file()
        if verdict.report and is_own:
            report = Report(**verdict.report, feedback="", seconds=0.0)
            Progress(locate(folder), tell=write).update(verdict.exercise, after_check(report))


def as_json(cells, chosen):
    """Return all of it for other programs."""
    reports = [
        {
            **{"exercise": name, "status": verdict.status, "score": 0.0, "points": 0.0},
            **{"misconception": None},
            **(verdict.report or {}),
            "max_points": points_of(verdict),
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
