"""A notebook under pytest: nbval's items for its cells, and one of ours for each exercise."""

import contextlib
import json
import os
import pathlib
from typing import Any

import nbval.plugin
import pytest

from ddpm_edu.checks.learner.scoreboard import own_pytest, quiet
from ddpm_edu.checks.report import Status
from ddpm_edu.grading.session import Session


OPTIONS = (
    *("-p", "nbval.plugin"),
    *("-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:faulthandler", "-p", "no:doctest"),
    *("-p", "no:unraisableexception", "-p", "no:threadexception", "-p", "no:assertion"),
    *("-c", os.devnull, "--noconftest", "--capture=no"),
)


def run_session(session: Session, folder: pathlib.Path) -> None:
    """Run the cells of a notebook and judge its exercises under pytest.

    Args:
        session: takes the results.
        folder: for the copy that pytest collects.
    Raises:
        RuntimeError: pytest could not run it.
        OSError, ValueError: nothing can be judged here.
    """
    path = folder / "notebook.ipynb"
    cells = [
        {
            **{"cell_type": "code", "id": f"cell-{number}", "metadata": {}, "outputs": []},
            **{"execution_count": None, "source": source},
        }
        for number, source in enumerate(session.sources)
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(book), encoding="utf-8")
    plugin = GradingPlugin(session)
    with own_pytest(), quiet():
        code = pytest.main([*OPTIONS, f"--rootdir={folder}", str(path)], plugins=[plugin])
    session.kernel.stop()
    if session.broken:
        raise session.broken
    if plugin.problem or code not in (0, 1, 5):
        raise RuntimeError(f"{session.name}: {plugin.problem or f'pytest ended with {code}'}")


@contextlib.contextmanager
def told(session: Session):
    """Keep an error of the judge's side, which pytest would take for that of a test."""
    try:
        yield
    except (OSError, ValueError) as error:
        session.broken = session.broken or error
        raise


class GradingPlugin:
    """Has pytest collect a notebook as cells and exercises."""

    def __init__(self, session: Session):
        self.session, self.problem = session, ""

    def pytest_configure(self, config):
        """Stand in for the terminal plugin, which is off: nbval asks it about colours."""
        config.option.color = "no"

    def pytest_collect_file(self, file_path, parent):
        """Collect a notebook."""
        if file_path.suffix == ".ipynb":
            return GradedNotebook.from_parent(parent, path=file_path, session_=self.session)
        return None

    def pytest_collectreport(self, report):
        """Keep why it could not be collected."""
        if report.failed:
            self.problem = str(report.longrepr).strip().splitlines()[-1]


class GradedNotebook(nbval.plugin.IPyNbFile):
    """A notebook whose kernel is a sandboxed worker."""

    def __init__(self, *args, session_: Session, **kwargs):
        super().__init__(*args, **kwargs)
        self.graded = session_

    def setup(self):
        """Take the kernel; it starts with the first cell."""
        self.kernel = self.graded.kernel

    def collect(self):
        """Yield an item for each cell, then one for each exercise."""
        for item in super().collect():
            yield GradedCell.from_parent(
                self, name=item.name, cell_num=item.cell_num, cell=item.cell, options={}
            )
        for exercise in self.graded.exercises:
            yield AnswerItem.from_parent(self, name=exercise.id, exercise=exercise)


class GradedCell(nbval.plugin.IPyNbCell):
    """A cell; no comment or tag in it changes how it is run."""

    def __init__(self, *args, options, **kwargs):
        neutral = {"skip": False, "check": False, "check_exception": True}
        super().__init__(*args, options=neutral, **kwargs)

    def runtest(self):
        """Run the cell and note how it did; fail as Jupyter would."""
        with told(self.parent.graded):
            super().runtest()
        self.parent.graded.take_cell(self.cell_num + 1, self.cell.source)
        failure = self.parent.kernel.failure
        if failure:
            self.raise_cell_error(failure.message, failure.trace)


class AnswerItem(pytest.Item):
    """An exercise: passes if the answer is right, is skipped where there is none."""

    def __init__(self, *args, exercise, **kwargs):
        super().__init__(*args, **kwargs)
        self.exercise = exercise

    def runtest(self):
        """Judge the answer."""
        notebook: Any = self.parent
        with told(notebook.graded):
            report = notebook.graded.judge(self.exercise)
        if report.status == Status.NOT_ATTEMPTED:
            pytest.skip(report.feedback)
        if report.status != Status.PASSED:
            pytest.fail(report.feedback, pytrace=False)

    def reportinfo(self):
        """Return how reports call it."""
        return self.path, None, f"exercise {self.exercise.id}"
