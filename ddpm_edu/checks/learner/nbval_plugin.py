"""What we add to nbval: a kernel that may end, and a plugin that reads verdicts from cells."""

import json
import math
import os
import subprocess
import time
from queue import Empty

import pytest
from nbval.kernel import RunningKernel, start_new_kernel

from ddpm_edu.checks.learner.display import REPORT
from ddpm_edu.checks.learner.render import MARKS, TITLES
from ddpm_edu.checks.learner.staged import EXERCISE
from ddpm_edu.checks.learner.verdicts import Verdict
from ddpm_edu.checks.report import Status


class WatchedKernel(RunningKernel):
    """A kernel that is not waited for once it has ended; nbval waits as long as a cell may take.

    Args:
        kernel_name, cwd, startup_timeout: as nbval has them.
        environment: variables.
    """

    def __init__(self, kernel_name, cwd, startup_timeout, environment):
        self.km, self.kc = start_new_kernel(
            startup_timeout=startup_timeout,
            kernel_name=kernel_name,
            stderr=subprocess.DEVNULL,
            cwd=cwd,
            env=environment,
        )
        self._ensure_iopub_up()

    def get_message(self, stream, timeout=None):
        end = time.monotonic() + (math.inf if timeout is None else timeout)
        while True:
            try:
                return super().get_message(stream, max(0, min(1, end - time.monotonic())))
            except Empty:
                if not self.is_alive():
                    message = "this cell ended its kernel (or the memory was full)"
                    raise RuntimeError(message) from None
                if time.monotonic() >= end:
                    raise


def kernel_starter(notebooks, environment):
    """Return what nbval calls to start a kernel for a copy: where its original is, and as there.

    Args:
        notebooks: a Staged by the folder of its copy.
        environment: takes a Staged, returns the environment variables of its kernel.
    """

    def start(kernel_name, cwd, startup_timeout):
        notebook = notebooks[cwd]
        folder = str(notebook.path.absolute().parent)
        return WatchedKernel(kernel_name, folder, startup_timeout, environment(notebook))

    return start


class CellReader:
    """A pytest plugin that reads verdicts from the cells nbval has run, and writes a line for each.

    Args:
        notebooks: a Staged by the folder of its copy.
        write: takes a line.
    """

    def __init__(self, notebooks, write):
        self.notebooks, self.write = notebooks, write
        self.cells, self.verdicts, self.notebook = [], [], None

    def pytest_configure(self, config):
        """Stand in for the terminal plugin, which is off: nbval asks it about colours."""
        config.option.color = "no"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        """Put our outcome in the place of nbval's, which lets some errors pass (for JUnit)."""
        result = yield
        if not hasattr(item, "cell"):
            return result
        notebook = self.notebooks[str(item.parent.path.parent)]
        exercise = item.cell.metadata.get(EXERCISE)
        name = f"exercise {exercise}" if exercise else item.name
        result.nodeid = f"{relative(notebook.path)}::{name}"
        if call.when != "call" and not (call.when == "setup" and result.failed):
            return result
        cell = cell_outcome(item, result, notebook, call)
        if exercise:
            cell["outcome"] = self.take_verdict(notebook, exercise, cell)
        else:
            self.take(cell)
        # nbval expects cells to fail that follow one without an end
        vars(result).pop("wasxfail", None)
        if cell["outcome"] == Status.WRONG:
            result.outcome, result.longrepr = "failed", cell["text"] or cell["label"]
        elif cell["outcome"] == Status.NOT_ATTEMPTED:
            result.outcome = "skipped"
            result.longrepr = (cell["notebook"], cell["cell"], TITLES[Status.NOT_ATTEMPTED])
        return result

    def pytest_collectreport(self, report):
        """Take a copy that nbval cannot read."""
        if report.failed and report.nodeid.endswith(".ipynb"):
            folder = report.nodeid.split("/")[0]
            found = [book for path, book in self.notebooks.items() if path.endswith(folder)]
            problem = str(report.longrepr).strip().splitlines()[-1]
            for notebook in found:
                self.take_unreadable(notebook, problem)

    def take(self, cell):
        """Take how a cell did, and say it."""
        self.cells.append(cell)
        if cell["notebook"] != self.notebook:
            self.notebook = cell["notebook"]
            self.write(self.notebook)
        self.write(f"  {MARKS[cell['outcome']]} cell {cell['cell']}: {cell['label']}")
        if cell["outcome"] == Status.WRONG:
            self.write_below(cell["text"])

    def take_verdict(self, notebook, exercise, cell):
        """Take the verdict on an answer; say it where no cell has, and return its outcome."""
        report = cell["reports"][-1] if cell["reports"] else None
        verdict = Verdict(notebook.path, exercise, report, cell["text"])
        self.verdicts.append(verdict)
        if report is None or report.pop("is_new"):
            self.write(f"  {verdict.mark} {exercise}: judged as it stands at the end")
            if verdict.status not in (Status.PASSED, Status.NOT_ATTEMPTED):
                self.write_below(cell["text"])
        return cell["outcome"]

    def write_below(self, text):
        for line in text.splitlines():
            self.write(f"      {line}")

    def take_unreadable(self, notebook, problem):
        """Take a notebook that cannot be run."""
        about = {"notebook": relative(notebook.path), "cell": 0}
        label = "cannot be read as a notebook"
        outcome = {"label": label, "outcome": Status.WRONG, "text": problem, "reports": []}
        self.take(about | outcome)


def relative(path) -> str:
    """Return a path as seen from here, or as it is where that cannot be (another drive)."""
    try:
        return os.path.relpath(path)
    except ValueError:
        return str(path)


def cell_outcome(item, result, notebook, call):
    """Say how a cell did; what waits for an answer counts as not attempted too."""
    outputs = item.test_outputs or []
    shown = [output.data for output in outputs if REPORT in output.get("data", {})]
    reports = [json.loads(data[REPORT]) for data in shown]
    texts = [data["text/plain"] for data in shown]
    outcomes = {report["status"] for report in reports}
    error = next((output for output in outputs if output.output_type == "error"), None)
    if error and not (error.ename == "CheckFailed" and reports):
        is_stub = error.ename == "NotImplementedError"
        outcomes.add(Status.NOT_ATTEMPTED if is_stub else Status.WRONG)
        is_late = error.ename == "KeyboardInterrupt" and item.parent.timed_out
        limit = f"took longer than {item.config.option.nbval_cell_timeout:g} s"
        texts.append(limit if is_late else f"{error.ename}: {error.evalue}")
    elif not error and (result.failed or (result.skipped and hasattr(result, "wasxfail"))):
        outcomes.add(Status.WRONG)
        in_setup = call.when == "setup"  # where the kernel could not be started
        text = f"{call.excinfo.typename}: {call.excinfo.value}" if in_setup else result.longrepr
        texts.append(str(text).removeprefix("pytest plugin exception: "))
    return {
        "notebook": relative(notebook.path),
        "cell": item.cell_num + 1,
        "label": label(item.cell.source),
        "outcome": worst(outcomes),
        "text": "\n".join(texts),
        "reports": reports,
    }


def label(source):
    """Return the line that stands for a cell: its first that is no comment, magic or decorator."""
    lines = [line for line in source.splitlines() if line.strip() and line[0] not in "#@"]
    first = (lines or ["(empty)"])[0]
    return first.split("(")[0] if first.startswith("def ") else first[:80]


def worst(outcomes):
    """Return one outcome for a cell with several: what is not right, then what is not written."""
    if outcomes - {Status.PASSED, Status.NOT_ATTEMPTED}:
        return Status.WRONG
    return Status.NOT_ATTEMPTED if Status.NOT_ATTEMPTED in outcomes else Status.PASSED
