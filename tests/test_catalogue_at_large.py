"""What else holds for the catalogue: threads, pairs of misconceptions, the worker, its page."""

import itertools
from pathlib import Path

import pytest
import torch
from judging import ACCEPTED, IDS, MISCONCEPTIONS, check_in, freely, verdict_on

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.judging.diagnosis import combine
from ddpm_edu.checks.run import run_check
from ddpm_edu.checks.worker_process import Worker
from tools.catalogue import facts


pytestmark = [pytest.mark.usefixtures("as_learners_run_it"), pytest.mark.slow]


@pytest.mark.parametrize("name", IDS)
def test_verdicts_do_not_depend_on_the_number_of_threads(name):
    before, misconception = torch.get_num_threads(), CATALOGUE[name].misconceptions[0]
    torch.set_num_threads(2)
    try:
        assert run_check(name, ACCEPTED[name][0]).status == "passed"
        report = run_check(name, misconception.function)
        expected = verdict_on(name, misconception.id)
        assert (report.score, report.misconception) == (expected.score, expected.misconception)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("name", [name for name in IDS if CATALOGUE[name].template])
def test_two_mistakes_at_once_are_rejected_and_explained(name):
    exercise, named = CATALOGUE[name], 0
    pairs = [
        pair
        for pair in itertools.combinations(exercise.misconceptions, 2)
        if combine(exercise, *pair)
    ]
    for first, second in pairs[:: max(1, len(pairs) // 3)]:
        report = run_check(name, combine(exercise, first, second))
        assert report.status != "passed", (first.id, second.id)
        named += report.misconception is not None
    assert named or not pairs


def test_a_pair_is_named_as_a_pair():
    exercise = CATALOGUE["sample_q"]
    by_id = {misconception.id: misconception for misconception in exercise.misconceptions}
    both = combine(exercise, by_id["noise_without_root"], by_id["shifted_time"])
    report = run_check("sample_q", both)
    assert set(report.misconception.split("+")) == {"noise_without_root", "shifted_time"}
    assert by_id["noise_without_root"].message in report.feedback
    assert by_id["shifted_time"].message in report.feedback


@pytest.mark.parametrize("name", IDS)
def test_a_mistake_has_one_name_whatever_the_seed(name):
    # every third at another seed; `python -m tools.catalogue --seeds 10` tries all at ten
    for misconception in CATALOGUE[name].misconceptions[IDS.index(name) % 3 :: 3]:
        report = run_check(name, misconception.function, seed=1)
        assert report.misconception == misconception.id


@pytest.mark.parametrize("name", [name for name in IDS if CATALOGUE[name].forbidden])
def test_calling_the_courses_own_answer_is_noticed(name):
    reference = CATALOGUE[name].reference
    report = run_check(name, lambda *arguments: reference(*arguments))
    assert (report.misconception, report.score) == ("calls_reference", 0), report.feedback
    assert "what you are asked to write" in report.feedback
    assert freely(CATALOGUE[name], lambda *arguments: reference(*arguments)).status == "passed"


def test_the_page_about_the_exercises_is_current():
    page = (Path(__file__).parents[1] / "docs/exercises.md").read_text()
    for exercise in CATALOGUE.values():
        cells = (
            exercise.lesson,
            f"`{exercise.id}`",
            exercise.points,
            exercise.minutes,
            len(exercise.cases(0)),
        )
        counted = len(exercise.misconceptions), "100 %", *facts(exercise)
        row = " | ".join(map(str, (*cells, *counted)))
        assert f"| {row} |" in page, "run `python -m tools.catalogue`"
    assert f"{len(CATALOGUE)} exercises" in page
    assert f"{len(MISCONCEPTIONS)} misconceptions" in page


SUBMISSION = """
from ddpm_edu.checks.catalogue import CATALOGUE
for exercise in CATALOGUE.values():
    for misconception in exercise.misconceptions:
        globals()[f"{exercise.id}__{misconception.id}"] = misconception.function
"""


def test_another_process_gives_the_same_verdicts():
    with Worker(SUBMISSION) as worker:
        for name, misconception_id in MISCONCEPTIONS[::7]:
            here = verdict_on(name, misconception_id)
            there = check_in(worker, name, f"{name}__{misconception_id}")
            for field in ("status", "score", "points", "misconception", "cases", "feedback"):
                assert getattr(there, field) == getattr(here, field), (
                    name,
                    misconception_id,
                    field,
                )
