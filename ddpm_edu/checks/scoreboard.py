"""Run a folder of exercise notebooks by nbval, one item per cell, and say in plain words how each did."""

import json
import os
import sys

import pytest

from ddpm_edu.checks.render import MARKS, REPORT, TITLES
from ddpm_edu.checks.run import exercises, find
from ddpm_edu.course import exercise_notebooks
from ddpm_edu.files import whole_file


SECONDS = 120  # for a cell


def run(paths, json_path=None, junit_path=None, write=print) -> bool:
    """Run notebooks, write a line for each cell and a scoreboard; give whether all went well.

    Args:
        paths: folders or notebooks.
        json_path, junit_path: files for other programs, or None.
        write: takes a line.
    Raises:
        ValueError: no notebook there.
    """
    notebooks = [book for path in paths for book in exercise_notebooks(path)]
    board = Scoreboard(write)
    options = ["--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={SECONDS}", "-p", "no:cacheprovider"]
    options += ["-p", "no:terminal", "-c", "/dev/null" if sys.platform != "win32" else "NUL", "--rootdir=."]
    options += [f"--junitxml={junit_path}"] if junit_path else []
    pytest.main([*options, *map(str, notebooks)], plugins=[board])
    for line in board.summary():
        write(line)
    if json_path:
        with whole_file(json_path) as name:
            name.write_text(json.dumps(board.as_json(), indent=1), encoding="utf-8")
    return board.all_well()


class Scoreboard:
    """A pytest plugin that reads verdicts from the cells nbval has run."""

    def __init__(self, write):
        self.write, self.cells, self.notebook = write, [], None

    def pytest_configure(self, config):
        """Stand in for the terminal plugin, which is off: nbval asks it about colours."""
        config.option.color = "no"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        """Take a cell's outcome; for what nbval lets pass, a verdict that is none fails the item (for JUnit)."""
        result = yield
        if call.when == "call" and hasattr(item, "cell"):
            cell = judged(item, result)
            self.cells.append(cell)
            self.tell(cell)
            if cell["outcome"] == "wrong":
                result.outcome, result.longrepr = "failed", cell["text"] or cell["label"]
        return result

    def tell(self, cell):
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
        return {cell["report"]["exercise"]: cell["report"] for cell in self.cells if cell["report"]}

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
            "cells": [{name: value for name, value in cell.items() if name != "report"} for cell in self.cells],
        }


def judged(item, result):
    """Say how a cell did: right, wrong, or open (not written yet, or waiting for what is not)."""
    outputs = item.test_outputs or []
    report = next((json.loads(out.data[REPORT]) for out in outputs if REPORT in out.get("data", {})), None)
    error = next((out for out in outputs if out.output_type == "error"), None)
    text = "\n".join(out.data["text/plain"] for out in outputs if REPORT in out.get("data", {}))
    outcome = "right" if result.passed and not error else "wrong"
    if report:
        outcome = {"passed": "right", "not_attempted": "open"}.get(report["status"], "wrong")
    elif error:
        outcome = "open" if error.ename == "NotImplementedError" else "wrong"
        text = f"{error.ename}: {error.evalue}"
    elif outcome == "wrong":
        text = str(result.longrepr)
    lines = [line for line in item.cell.source.splitlines() if line.strip() and not line.startswith(("#", "@"))]
    label = (lines or ["(empty)"])[0]
    label = label.split("(")[0] if label.startswith("def ") else label[:80]
    return {
        "notebook": os.path.relpath(item.parent.path),
        "cell": item.cell_num + 1,
        "label": label,
        "outcome": outcome,
        "text": text,
        "report": report,
    }
