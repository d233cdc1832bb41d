"""One slip in an answer's source is told with its line, if the edited answer holds in all cases."""

import functools
import linecache
import subprocess
import sys
import textwrap

import pytest
import torch
from edits import SLIPS
from judging import check_in
from sources import defined
from unseen import source_with

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.judging import source, verdict
from ddpm_edu.checks.judging.source import search
from ddpm_edu.checks.judging.source.candidates import candidates
from ddpm_edu.checks.judging.source.repair import read
from ddpm_edu.checks.run import run_check
from ddpm_edu.checks.worker.source import edited, sources
from ddpm_edu.checks.worker_process import Worker


pytestmark = pytest.mark.usefixtures("as_learners_run_it")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """Let nothing depend on how busy the machine is; edits are counted all the same."""
    monkeypatch.setattr(search, "SECONDS", 5.0)
    monkeypatch.setattr(search, "MOST_SECONDS", 9.0)


TOLD = "Diagnosis: in line "
SNR = """
def snr(t, schedule):
    alpha_bar = schedule.alphas_bar[t]
    return alpha_bar / 1 - alpha_bar
"""


def written(text, name="snr", above=""):
    return defined(above + textwrap.dedent(text), name)


@pytest.mark.parametrize("number", range(len(SLIPS)))
def test_a_slip_is_told_by_the_edit_that_repairs_it(number):
    name, exchanges, words = SLIPS[number]
    text = source_with(name, exchanges)
    report = run_check(name, defined(text, name))
    assert report.status in ("wrong", "crashed")
    assert report.misconception is None
    for part in (TOLD, *words):
        assert part in report.feedback


def test_the_line_is_the_one_that_a_traceback_would_name():
    report = run_check("snr", written(SNR))
    assert (
        "in line 4: `/ 1` divides by that alone: write `alpha_bar / (1 - alpha_bar)` in the "
        in (report.feedback)
    )
    assert "With this change alone all 4 cases hold." in report.feedback


def test_a_lambda_is_read_too():
    function = written("snr = lambda t, schedule: schedule.alphas_bar[t] / (1 - schedule.betas[t])")
    assert "write `schedule.alphas_bar` in the place of `schedule.betas`" in (
        run_check("snr", function).feedback
    )


def test_a_helper_is_named():
    function = written("""
    def ratio(a):
        return a / 1 - a

    def snr(t, schedule):
        return ratio(schedule.alphas_bar[t])
    """)
    assert "in line 3 of ratio: `/ 1` divides by that alone" in run_check("snr", function).feedback


def test_closures_defaults_and_decorators_stay_around_the_edited_code():
    function = written("""
    import functools

    def doubled(function):
        @functools.wraps(function)
        def inner(*given):
            return 2 * function(*given)
        return inner

    def make(half):
        @doubled
        def snr(t, schedule, whole=1):
            alpha_bar = schedule.alphas_bar[t]
            return half * alpha_bar / whole - alpha_bar
        return snr

    snr = make(0.5)
    """)
    text = "`/ whole` divides by that alone: write `half * alpha_bar / (whole - alpha_bar)`"
    assert text in run_check("snr", function).feedback


def test_an_answer_whose_source_is_not_at_hand_is_judged_without():
    names = {}
    exec(SNR, names)
    report = run_check("snr", names["snr"])
    assert report.status == "wrong"
    assert TOLD not in report.feedback


def test_a_source_that_is_no_longer_what_runs_is_not_read():
    function = written(SNR)
    file = function.__code__.co_filename
    lines = SNR.replace("/ 1 - alpha_bar", "/ 2 - alpha_bar").splitlines(keepends=True)
    linecache.cache[file] = len(SNR), None, lines, file
    assert sources(function) == []
    assert TOLD not in run_check("snr", function).feedback


def test_an_edit_that_repairs_some_of_the_cases_is_not_told():
    function = written("""
    def snr(t, schedule):
        alpha_bar = schedule.alphas_bar[t]
        if len(t) > 3:
            alpha_bar = alpha_bar.sin().exp().cos()
        return alpha_bar / 1 - alpha_bar
    """)
    report = run_check("snr", function)
    assert "With this change alone" not in report.feedback


def test_an_id_is_preferred_to_an_edit():
    text = source_with("sample_q", {"(1 - alpha_bar).sqrt()": "(1 - alpha_bar)"})
    report = run_check("sample_q", defined(text, "sample_q"))
    assert report.misconception == "noise_without_root"
    assert TOLD not in report.feedback


def test_one_edit_is_preferred_to_two_misconceptions():
    text = source_with("snr", {"alphas_bar[t]": "betas[t]"})
    report = run_check("snr", defined(text, "snr"))
    assert report.misconception is None
    assert "`betas` is another table: write `schedule.alphas_bar`" in report.feedback


def test_two_slips_are_both_told():
    text = source_with("snr", {"schedule.alphas_bar[t]": "schedule.alphas_bar[t].exp()",
                               "(1 - alpha_bar)": "(1 - alpha_bar).cos()"})  # fmt: skip
    report = run_check("snr", defined(text, "snr"))
    assert report.feedback.count(TOLD) == 2
    assert "With both changes all 4 cases hold." in report.feedback


def test_a_right_answer_is_not_searched(monkeypatch):
    def fail(*arguments, **options):
        raise AssertionError

    monkeypatch.setattr(verdict, "describe_repair", fail)
    assert run_check("snr", written(SNR.replace("1 - alpha_bar", "(1 - alpha_bar)"))).score == 1
    with pytest.raises(AssertionError):
        run_check("snr", written(SNR))


def test_a_report_is_not_lost_over_a_search_that_fails(monkeypatch):
    def fail(*arguments, **options):
        raise RecursionError

    monkeypatch.setattr(source, "RepairSearch", fail)
    assert run_check("snr", written(SNR)).status == "wrong"


TWO = (lambda: 1, lambda: 2)


class Own:
    """A class whose source is at hand, and which is no function."""


UNREAD = {
    "built-in": torch.sqrt,
    "partial": functools.partial(sum, []),
    "a class": dict,
    "two lambdas on one line": TWO[0],
    "a class of one's own": Own,
    "a method": [].append,
}


@pytest.mark.parametrize("kind", UNREAD)
def test_what_has_no_source_of_its_own_is_not_read(kind):
    assert sources(UNREAD[kind]) == []


@pytest.mark.parametrize(
    "text",
    ["", "def f(", "x = 1", "def f(): return " + "-" * 9000 + "1", "def f():\n" + " x = 1\n" * 1300,
     "def f(): return open('x')", "def f(): return \0", "def f(): return " + "not " * 3000 + "x"],
)  # fmt: skip
def test_a_source_may_be_anything(text):
    assert read("", text, 1, ()) is None


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_edit_of_a_solution_can_be_compiled(name):
    function = defined(source_with(name, {}), name)
    own = read(*sources(function)[0], ())
    found = candidates(own)
    assert len(found) > 50
    for edit in found[:: 1 + len(found) // 150]:
        assert edited(function, "", own.apply(edit)), own.shown(edit)


def test_another_process_tries_the_edits_itself():
    with Worker(SNR + "\nprint('ran')\n") as worker:
        there = check_in(worker, "snr")
    assert there.feedback == run_check("snr", written(SNR)).feedback
    assert TOLD in there.feedback


STEP = """
import sys
sys.path.insert(0, "tests")
from judging import solution_of
from ddpm_edu.checks import run_check
report = run_check("train_step", solution_of("train_step"))
print(report.status, "torch._dynamo" in sys.modules)
"""


def test_the_first_check_of_a_training_step_does_not_import_a_compiler():
    ran = subprocess.run([sys.executable, "-c", STEP], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["passed", "False"]
