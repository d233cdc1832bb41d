"""Run a folder of exercise notebooks by nbval, one item per cell, and say in plain words how each did."""

import json
import os
import pathlib
import sys
import time
from queue import Empty

import nbval.plugin
import pytest
from nbval.kernel import RunningKernel

from ddpm_edu.checks.render import MARKS, REPORT, TITLES
from ddpm_edu.checks.run import exercises, find
from ddpm_edu.course import exercise_notebooks
from ddpm_edu.files import whole_file, writable_folder


SECONDS = 120  # for a cell


def run(paths, json_path=None, junit_path=None, write=print, seconds=SECONDS) -> bool:
    """Run notebooks, write a line for each cell and a scoreboard; give whether all went well.

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
    notebooks = [book for path in paths for book in exercise_notebooks(path)]
    board = Scoreboard(write)
    options = ["--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={seconds}", "-p", "no:cacheprovider"]
    options += ["-p", "no:terminal", "-c", "/dev/null" if sys.platform != "win32" else "NUL", "--rootdir=."]
    options += [f"--junitxml={junit_path}"] if junit_path else []
    options += ["--continue-on-collection-errors"]
    nbval.plugin.RunningKernel = WatchedKernel
    code = pytest.main([*options, *map(str, notebooks)], plugins=[board])
    if code in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
        raise ValueError("pytest could not run the notebooks; it says why above")
    for line in board.summary():
        write(line)
    if json_path:
        with whole_file(json_path) as name:
            name.write_text(json.dumps(board.as_json(), indent=1), encoding="utf-8")
    return board.all_well()


class WatchedKernel(RunningKernel):
    """A kernel that is not waited for once it has ended; nbval would wait as long as a cell may take."""

    def get_message(self, stream, timeout=None):
        end = time.monotonic() + timeout
        while True:
            try:
                return super().get_message(stream, max(0, min(1, end - time.monotonic())))
            except Empty:
                if not self.is_alive():
                    raise RuntimeError("this cell ended its kernel (or the memory was full)") from None
                if time.monotonic() >= end:
                    raise


class Scoreboard:
    """A pytest plugin that reads verdicts from the cells nbval has run."""

    def __init__(self, write):
        self.write, self.cells, self.notebook = write, [], None

    def pytest_configure(self, config):
        """Stand in for the terminal plugin, which is off: nbval asks it about colours."""
        config.option.color = "no"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        """Take a cell's outcome, and put it in place of nbval's, which lets some errors pass (for JUnit)."""
        result = yield
        if hasattr(item, "cell") and (call.when == "call" or (call.when == "setup" and result.failed)):
            cell = judged(item, result)
            self.take(cell)
            vars(result).pop("wasxfail", None)  # nbval expects cells to fail that follow one without an end
            if cell["outcome"] == "wrong":
                result.outcome, result.longrepr = "failed", cell["text"] or cell["label"]
            elif cell["outcome"] == "open":
                result.outcome, result.longrepr = "skipped", (cell["notebook"], cell["cell"], TITLES["not_attempted"])
        return result

    def pytest_collectreport(self, report):
        """Take a notebook that cannot be read."""
        if report.failed:
            text = str(report.longrepr).strip().splitlines()[-1]
            about = {"notebook": report.nodeid, "cell": 0, "label": "cannot be read as a notebook"}
            self.take({**about, "outcome": "wrong", "text": text, "reports": []})

    def take(self, cell):
        self.cells.append(cell)
        if cell["notebook"] != self.notebook:
            self.notebook = cell["notebook"]
            self.write(self.notebook)
        mark = {"right": "✓", "wrong": "✗", "open": "…"}[cell["outcome"]]
        self.write(f"  {mark} cell {cell['cell']}: {cell['label']}")
        if cell["outcome"] == "wrong":
            for line in cell["text"].splitlines():
                self.write(f"      {line}")

    def reports(self):
        """Give the last verdict on each exercise."""
        return {report["exercise"]: report for cell in self.cells for report in cell["reports"]}

    def summary(self):
        """Give the scoreboard: a line for each exercise, and the sum."""
        reports, total, most = self.reports(), 0.0, 0
        yield ""
        for exercise in exercises():
            if exercise.id in reports:
                report = reports[exercise.id]
                total, most = total + report["points"], most + exercise.points
                words = f"{report['points']:g} of {exercise.points} points, {TITLES[report['status']]}"
                yield f"{MARKS[report['status']]} lesson {exercise.lesson}  {exercise.id}: {words}"
        passed = sum(report["status"] == "passed" for report in reports.values())
        yield f"{passed} of {len(reports)} exercises passed, {total:g} of {most} points"

    def all_well(self):
        return bool(self.cells) and all(cell["outcome"] == "right" for cell in self.cells)

    def as_json(self):
        """Give all of it for other programs."""
        reports = list(self.reports().values())
        return {
            "score": sum(report["points"] for report in reports),
            "max_score": sum(find(report["exercise"]).points for report in reports),
            "exercises": [{**report, "max_points": find(report["exercise"]).points} for report in reports],
            "cells": [{name: value for name, value in cell.items() if name != "reports"} for cell in self.cells],
        }


def judged(item, result):
    """Say how a cell did: right, wrong, or open (not written yet, or waiting for what is not)."""
    outputs = item.test_outputs or []
    shown = [out.data for out in outputs if REPORT in out.get("data", {})]
    reports, texts = [json.loads(data[REPORT]) for data in shown], [data["text/plain"] for data in shown]
    outcomes = {{"passed": "right", "not_attempted": "open"}.get(report["status"], "wrong") for report in reports}
    error = next((out for out in outputs if out.output_type == "error"), None)
    if error and not (error.ename == "CheckFailed" and reports):
        outcomes.add("open" if error.ename == "NotImplementedError" else "wrong")
        late = error.ename == "KeyboardInterrupt" and item.parent.timed_out
        limit = f"took longer than {item.config.option.nbval_cell_timeout:g} s"
        texts.append(limit if late else f"{error.ename}: {error.evalue}")
    elif not error and not result.passed:
        outcomes.add("wrong")
        texts.append(str(result.longrepr).removeprefix("pytest plugin exception: "))
    lines = [line for line in item.cell.source.splitlines() if line.strip() and not line.startswith(("#", "@"))]
    label = (lines or ["(empty)"])[0]
    label = label.split("(")[0] if label.startswith("def ") else label[:80]
    return {
        "notebook": os.path.relpath(item.parent.path),
        "cell": item.cell_num + 1,
        "label": label,
        "outcome": next((outcome for outcome in ("wrong", "open") if outcome in outcomes), "right"),
        "text": "\n".join(texts),
        "reports": reports,
    }
