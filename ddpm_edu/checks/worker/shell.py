"""A notebook's cells, run as in Jupyter: by IPython's shell, without a window and without input."""

import builtins
import getpass
import os
import sys
import time
import warnings
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from ddpm_edu.checks.worker.observation import Failure, FailureKind
from ddpm_edu.checks.worker.observe import CappedText, captured, describe_error
from ddpm_edu.checks.worker.time_limit import TimeLimit


class TextPublisher(DisplayPublisher):
    """Keeps of what is displayed its text."""

    def publish(self, data, metadata=None, **_):
        sys.stdout.write(f"{data.get('text/plain', '')}\n")


class TextHook(DisplayHook):
    """Writes the value of a cell's last line, without a prompt."""

    def write_output_prompt(self):
        pass


class NotebookShell(InteractiveShell):
    """IPython's shell as a notebook needs it: nothing is drawn, asked or written to a history."""

    def enable_gui(self, gui=None):
        pass

    def enable_matplotlib(self, gui=None):
        return "agg", "agg"  # drawing needs no window, whatever the notebook asks for

    def showtraceback(self, *_, **__):
        pass  # `run_cell` describes the error

    def showsyntaxerror(self, *_, **__):
        pass

    def _format_exception_for_storage(self, exception, *_, **__):
        # IPython would format it all the same: the frames of an endless recursion for half a minute
        return {"ename": type(exception).__name__, "evalue": "", "traceback": []}

    def system(self, cmd):
        """Run a command of the shell; what it writes is dropped."""
        self.user_ns["_exit_code"] = os.system(cmd)


def the_shell(namespace: dict) -> NotebookShell:
    """Return this process's shell, or make it, to run cells in a namespace of its own.

    Args:
        namespace: where it is made; else that in which it was made is used.
    """
    if not NotebookShell.initialized():
        return new_shell(namespace)
    return NotebookShell.instance()


def new_shell(namespace):
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.display_page = True  # what `object?` shows needs no pager
    shell: Any = NotebookShell.instance(
        config=config,
        user_ns=namespace,
        displayhook_class=TextHook,
        display_pub_class=TextPublisher,
    )
    shell.display_formatter.active_types = ["text/plain"]
    builtins.input = getpass.getpass = refuse_input
    warnings.filterwarnings("ignore", message=".*is non-interactive, and thus cannot be shown")
    return shell


def refuse_input(prompt="", *_, **__):
    """Refuse to ask, as nobody is there to answer."""
    raise StdinNotImplementedError("input() was called, and nobody is there to answer")


def run_cell(shell, source: str, seconds: float) -> dict:
    """Run a cell; return {"failure": Failure or None, "printed": text, "seconds": float}."""
    printed, begin = CappedText(), time.perf_counter()
    try:
        with captured(printed):
            result = TimeLimit(seconds).call(shell.run_cell, source, True)
        error = result.error_before_exec or result.error_in_exec
    except BaseException as raised:
        error = raised
    failure = describe_error(error) if error is not None else None
    if failure and failure.kind == FailureKind.TIMED_OUT:
        failure = Failure(failure.kind, f"took longer than {seconds:g} s")
    elapsed = time.perf_counter() - begin
    return {"failure": failure, "printed": printed.getvalue(), "seconds": elapsed}
