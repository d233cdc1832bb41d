"""A small part of the corpus of edits: each is rejected, or on the list of those that are right."""

import ast

import pytest

from benchmarks.mutants.corpus import above, corpus, singles
from benchmarks.mutants.edits import edited
from benchmarks.mutants.equal import read_equal
from benchmarks.mutants.figures import figures
from benchmarks.mutants.kinds import function_of, parsed
from benchmarks.mutants.legal import wide_cases
from benchmarks.mutants.process import OneProcess
from benchmarks.mutants.trial import how, tried, wrong_on
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.run import run_check


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
QUICK = ("linear_schedule", "snr", "sample_q", "ddim_timesteps", "guided_noise", "bits_per_dim")


def rejected_or_equal(mutants):
    equal = read_equal()
    for mutant in mutants:
        if mutant.digest not in equal.get(mutant.exercise, {}):
            found = tried(mutant.exercise, mutant.program)
            assert found["status"] != "passed" or not found["wrong"], (mutant, found)


def test_edits_are_rejected_or_known_to_be_right():
    rejected_or_equal(corpus(QUICK, sample=36))


@pytest.mark.slow
def test_edits_of_every_exercise_are_rejected_or_known_to_be_right():
    rejected_or_equal(corpus(sample=50))


def test_the_corpus_is_the_same_every_time_and_has_double_edits():
    one, two = (corpus(("snr", "sample_q"), sample=40) for _ in "ab")
    assert one == two
    assert len({mutant.code for mutant in one}) == 40
    assert sum(" and " in mutant.family for mutant in one) >= 8
    assert corpus(("snr",), seed=1, sample=20) != corpus(("snr",), sample=20)


def test_there_are_some_ten_thousands_of_edits():
    assert len(list(singles("sample_q"))) > 800  # of 36 exercises, most of them longer


def test_a_solution_that_is_not_edited_is_right_on_all_wide_inputs():
    for name in QUICK:
        _, function = parsed(name)
        program = f"{above(name)}\n{edited(function)}"
        assert ast.parse(program)
        assert tried(name, program) | {"seconds": 0} == {
            "status": "passed", "misconception": None, "wrong": "", "seconds": 0
        }  # fmt: skip


def test_wide_inputs_see_what_the_cases_of_an_exercise_cannot():
    assert len(wide_cases(CATALOGUE["sample_q"])) > 40
    program = "\n".join(parsed("sample_q")[:1]) + (
        "\ndef sample_q(x_0, t, schedule, noise):\n"
        "    a = ddpm_edu.sample_by_t(schedule.alphas_bar, t.clamp(max=2400), x_0.shape)\n"
        "    return a.sqrt() * x_0 + (1 - a).sqrt() * noise\n"
    )
    assert "values differ" in wrong_on("sample_q", function_of(program, "sample_q"))


WAYS = [
    ("id", "schedule.alphas_bar[t - 1] / (1 - schedule.alphas_bar[t - 1])"),
    ("terms", "schedule.alphas[t] ** 2 / (1 - schedule.alphas_bar[t])"),
    ("error", "[][3]"),
    ("words", "7 * schedule.betas[t][:1]"),
    ("source", "schedule.alphas_bar[t] / (1 - schedule.alphas_bar[t]).sum()"),
    ("", "schedule.alphas_bar[t].sin() + 3"),
]


@pytest.mark.parametrize(("way", "code"), WAYS)
def test_the_way_in_which_an_edit_is_told_is_counted(way, code):
    function = function_of(f"def snr(t, schedule):\n    return {code}\n", "snr")
    assert how(run_check("snr", function)) == way


def test_figures_name_what_is_wrong_and_passed():
    rows = [
        {"exercise": "snr", "status": "wrong", "how": "id"},
        {"exercise": "snr", "status": "wrong", "how": ""},
        {"exercise": "snr", "status": "passed", "wrong": "", "what": "a"},
        {"exercise": "snr", "status": "passed", "wrong": "T = 1: no", "what": "t -> t + 1"},
    ]
    text = figures(rows)
    assert "snr: t -> t + 1\n    T = 1: no" in text
    assert text.splitlines()[1].split()[:5] == ["snr", "4", "1", "3", "66.7"]


@pytest.mark.slow
def test_an_edit_that_ends_its_process_is_no_end_of_the_run():
    mutant = corpus(("snr",), sample=1)[0]
    ends = type(mutant)("snr", "", "", "import os\ndef snr(t, schedule):\n    os._exit(1)")
    one = OneProcess()
    try:
        assert one.tried(ends)["status"] == "timed_out"
        assert one.tried(mutant)["status"] in ("passed", "wrong", "crashed")
    finally:
        one.end()
