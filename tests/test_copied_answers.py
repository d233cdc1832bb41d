"""The library's code is no answer, however it was copied; the same lines in a cell are one."""

import inspect
import marshal
import types

import pytest

import ddpm_edu
from ddpm_edu.checks import run_check
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.worker import copies
from ddpm_edu.checks.worker.call_detector import function_of
from ddpm_edu.checks.worker.observe import observe
from ddpm_edu.grading.library import shortened


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
SNR = inspect.unwrap(ddpm_edu.snr)
TEXT = inspect.getsource(SNR).removeprefix("@checked\n")
COPIED = "calls a copy of snr of ddpm_edu, which is what you are asked to write"
LINES = (
    "def snr(when, table):\n    return table.alphas_bar[when] / table.one_minus_alphas_bar[when]"
)
PLAIN = {
    exercise.id: function_of(exercise.forbidden[0])
    for exercise in CATALOGUE.values()
    if exercise.forbidden and "." not in exercise.forbidden[0].split(":")[1]
}
CALLED_BEFORE = {"sampling": "reverse_process", "flow_loss": "flow_path"}  # what they call is seen


def made_by(text):
    """Return the `snr` that a text makes, as `exec` in a cell would."""
    found = dict(SNR.__globals__)
    exec(text, found)
    return found["snr"]


@pytest.fixture
def in_notebook(monkeypatch):
    """Return what stands for a notebook with some cells."""

    def notebook(*cells):
        history = types.SimpleNamespace(input_hist_parsed=["", *cells])
        shell = types.SimpleNamespace(history_manager=history)
        monkeypatch.setattr(copies, "shell_here", lambda: shell)

    return notebook


@pytest.mark.parametrize("name", PLAIN)
def test_the_code_of_a_function_is_seen_under_another_name_and_line(name):
    function, case = PLAIN[name], CATALOGUE[name].cases(0)[0]
    code = function.__code__.replace(co_name="mine", co_firstlineno=7)
    copy = types.FunctionType(code, function.__globals__, "mine", function.__defaults__)
    seen = observe(copy, case, forbidden=CATALOGUE[name].forbidden)
    names = [path.split(":")[1] for path in CATALOGUE[name].forbidden]
    assert seen.reference == CALLED_BEFORE.get(name, f"a copy of {names[0]}")


def test_marshalled_code_is_seen():
    code = marshal.loads(marshal.dumps(SNR.__code__))
    report = run_check("snr", types.FunctionType(code, SNR.__globals__))
    assert (report.status, report.score) == ("wrong", 0)
    assert "calls snr of ddpm_edu, which is what you are asked to write" in report.feedback


@pytest.mark.parametrize("hides", [str, lambda text: text.replace("schedule", "s")])
def test_the_librarys_text_run_in_a_notebook_is_told_as_a_copy(hides, in_notebook):
    in_notebook("exec(text_of(ddpm_edu.snr))", "def snr(t, schedule): ...")
    report = run_check("snr", made_by(hides(TEXT)))
    assert (report.status, report.score) == ("wrong", 0)
    assert COPIED in report.feedback


def test_what_a_sandbox_shows_in_its_place_is_told_the_same_way(in_notebook):
    in_notebook("exec(text_of(ddpm_edu.snr))")
    report = run_check("snr", made_by(shortened(TEXT, {"snr"})))
    assert (report.status, report.score) == ("wrong", 0)
    assert COPIED in report.feedback


@pytest.mark.parametrize(
    "cell",
    [
        LINES,
        f"{LINES}\n1 / 0",
        f"get_ipython().run_cell_magic('time', '', {LINES!r})",
        f"exec({LINES!r})",
        "snr = lambda t, s: s.alphas_bar[t] / s.one_minus_alphas_bar[t]",
    ],
)
def test_the_same_lines_in_a_cell_are_the_learners_own(cell, in_notebook):
    in_notebook("print 'of Python 2'", cell)
    assert run_check("snr", made_by(LINES)).status == "passed"


def test_outside_notebooks_the_same_lines_are_the_learners_own():
    assert run_check("snr", made_by(LINES)).status == "passed"
