"""One slip in an answer's source is told with its line, if the edited answer holds in all cases."""

import textwrap

import pytest
from edits import SLIPS
from judging import check_in
from sources import defined
from unseen import source_with

from ddpm_edu.checks.judging import source, verdict
from ddpm_edu.checks.judging.source import search
from ddpm_edu.checks.run import run_check
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


def test_another_process_tries_the_edits_itself():
    with Worker(SNR + "\nprint('ran')\n") as worker:
        there = check_in(worker, "snr")
    assert there.feedback == run_check("snr", written(SNR)).feedback
    assert TOLD in there.feedback
