"""What else holds for the whole catalogue: threads, pairs of mistakes, the other process, the page about it."""

import importlib
import inspect
import itertools
from pathlib import Path

import pytest
import torch
from judging import ACCEPTED, IDS, LESSONS, MISTAKES, freely, verdict_on_mistake

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.diagnosis import combine
from ddpm_edu.checks.run import run_check
from ddpm_edu.checks.spawned import Room


pytestmark = [pytest.mark.usefixtures("as_learners_run_it"), pytest.mark.slow]


@pytest.mark.parametrize("name", IDS)
def test_verdicts_do_not_depend_on_the_number_of_threads(name):
    before, mistake = torch.get_num_threads(), CATALOGUE[name].misconceptions[0]
    torch.set_num_threads(2)
    try:
        assert run_check(name, ACCEPTED[name][0]).status == "passed"
        report = run_check(name, mistake.function)
        wanted = verdict_on_mistake(name, mistake.id)
        assert (report.score, report.misconception) == (wanted.score, wanted.misconception)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("name", [name for name in IDS if CATALOGUE[name].template])
def test_two_mistakes_at_once_are_rejected_and_explained(name):
    exercise, named = CATALOGUE[name], 0
    pairs = [pair for pair in itertools.combinations(exercise.misconceptions, 2) if combine(exercise, *pair)]
    for first, second in pairs[:: max(1, len(pairs) // 5)]:
        report = run_check(name, combine(exercise, first, second))
        assert report.status != "passed", (first.id, second.id)
        named += report.misconception is not None
    assert named or not pairs


def test_a_pair_is_named_as_a_pair():
    exercise = CATALOGUE["sample_q"]
    mistakes = {mistake.id: mistake for mistake in exercise.misconceptions}
    both = combine(exercise, mistakes["noise_without_root"], mistakes["shifted_time"])
    report = run_check("sample_q", both)
    assert set(report.misconception.split("+")) == {"noise_without_root", "shifted_time"}
    assert mistakes["noise_without_root"].message in report.feedback
    assert mistakes["shifted_time"].message in report.feedback


@pytest.mark.parametrize("name", [name for name in IDS if CATALOGUE[name].spellings])
def test_calling_the_courses_own_answer_is_noticed(name):
    reference = CATALOGUE[name].reference
    report = run_check(name, lambda *arguments: reference(*arguments))
    assert (report.misconception, report.score) == ("calls_reference", 0), report.feedback
    assert "what you are asked to write" in report.feedback
    assert freely(CATALOGUE[name], lambda *arguments: reference(*arguments)).status == "passed"


def test_the_page_about_the_exercises_is_current():
    page = (Path(__file__).parents[1] / "docs/exercises.md").read_text()
    for exercise in CATALOGUE.values():
        cells = (exercise.lesson, f"`{exercise.id}`", exercise.points, exercise.minutes, len(exercise.cases(0)))
        row = " | ".join(map(str, (*cells, len(exercise.misconceptions), "100 %")))
        assert f"| {row} |" in page, "run `python tools/catalogue.py`"
    assert f"{len(CATALOGUE)} exercises" in page
    assert f"{len(MISTAKES)} misconceptions" in page


SUBMISSION = """
from ddpm_edu.checks.catalogue import CATALOGUE
for exercise in CATALOGUE.values():
    for mistake in exercise.misconceptions:
        globals()[f"{exercise.id}__{mistake.id}"] = mistake.function
"""


def test_another_process_gives_the_same_verdicts():
    with Room(SUBMISSION) as room:
        for name, mistake_id in MISTAKES:
            here, there = verdict_on_mistake(name, mistake_id), room.run_check(name, f"{name}__{mistake_id}")
            for field in ("status", "score", "points", "misconception", "cases", "feedback"):
                assert getattr(there, field) == getattr(here, field), (name, mistake_id, field)


@pytest.mark.parametrize("lesson", LESSONS)
def test_another_process_lets_right_answers_pass(lesson):
    module = importlib.import_module(f"accepted.lesson_{lesson}")
    source = inspect.getsource(module) + "\nfor name, answers in ACCEPTED.items(): globals()[name] = answers[0]"
    with Room(source) as room:
        for name in module.ACCEPTED:
            report = room.run_check(name)
            assert report.status == "passed", report.feedback
