"""What the course's own functions do is observed once for a seed; no answer changes it."""

import dataclasses

import pytest
from judging import freely, solution_of

from ddpm_edu.checks import prepared as module
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.prepared import KNOWN, MOST, prepared
from ddpm_edu.checks.run import run_check


pytestmark = pytest.mark.usefixtures("as_learners_run_it")


@pytest.fixture
def calls(monkeypatch):
    """Count what the course's functions are observed for."""
    KNOWN.clear()
    counted = []
    observe = module.observe
    monkeypatch.setattr(module, "observe", lambda *given, **named: (
        counted.append(given[0]), observe(*given, **named))[1])  # fmt: skip
    return counted


def test_the_reference_is_observed_once_for_a_seed(calls):
    answer = solution_of("sample_q")
    assert run_check("sample_q", answer).status == "passed"
    first = len(calls)
    assert first > 10
    assert run_check("sample_q", answer).status == "passed"
    assert len(calls) == first
    assert run_check("sample_q", answer, seed=1).status == "passed"
    assert len(calls) == 2 * first


def test_an_answer_that_changes_its_inputs_changes_nothing_for_the_next():
    def spoiling(x_0, t, schedule, noise):
        result = x_0 * 2
        for tensor in (x_0, noise, schedule.betas, schedule.alphas_bar):
            tensor.zero_()
        t.fill_(1)
        return result

    assert run_check("sample_q", spoiling).status == "wrong"
    assert run_check("sample_q", solution_of("sample_q")).status == "passed"


def test_another_reference_or_other_cases_are_prepared_anew():
    exercise = CATALOGUE["snr"]
    other = dataclasses.replace(exercise, reference=lambda t, schedule: schedule.betas[t])
    assert freely(other, lambda t, schedule: schedule.betas[t]).status == "passed"
    assert freely(exercise, lambda t, schedule: schedule.betas[t]).status == "wrong"
    fewer = dataclasses.replace(exercise, cases=lambda seed: exercise.cases(seed)[:1])
    assert len(prepared(fewer, 0).cases) == 1


def test_as_many_are_kept_as_a_course_has_and_no_more():
    for seed in range(MOST + 5):
        prepared(CATALOGUE["snr"], seed)
    assert len(KNOWN) == MOST > len(CATALOGUE)
    assert prepared(CATALOGUE["snr"], MOST + 4) is prepared(CATALOGUE["snr"], MOST + 4)


def test_what_the_course_has_is_observed_once_and_what_is_made_anew_is_not_kept(calls):
    exercise = CATALOGUE["snr"]
    wrong = exercise.misconceptions[0].function
    course, case = prepared(exercise, 0).course, prepared(exercise, 0).cases[0]
    assert course.observe(wrong, case) is course.observe(wrong, case)
    (_, pair), *_ = course.pairs
    assert course.observe(pair, case) is course.observe(pair, case)
    other = lambda *given: wrong(*given)  # noqa: E731
    assert course.observe(other, case) is not course.observe(other, case)


def test_all_pairs_are_called_on_a_case_once_for_all_answers(monkeypatch):
    exercise, called, compute = CATALOGUE["snr"], [], module.outputs_of
    monkeypatch.setattr(module, "outputs_of", lambda functions, *rest: (
        called.append(len(functions)), compute(functions, *rest))[1])  # fmt: skip
    monkeypatch.setattr(module, "KNOWN", {})
    for factor in (1.5, 2.5, 3.5):
        run_check("snr", lambda t, schedule, factor=factor: (factor * schedule.betas[t]).sin())
    pairs = len(prepared(exercise, 0).course.pairs)
    alone = sum(1 + len(misconception.also) for misconception in exercise.misconceptions)
    assert called == [alone, pairs]
