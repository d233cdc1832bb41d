"""Mistakes on no list are told by the terms of the answer, and nothing false is said of them."""

import pytest
import torch
from judging import ACCEPTED, check_in, freely
from unlisted import UNLISTED

from ddpm_edu import sample_by_t
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.judging.factors import find
from ddpm_edu.checks.judging.findings import Trial
from ddpm_edu.checks.judging.terms import describe_terms, recover
from ddpm_edu.checks.judging.verdict import expectation
from ddpm_edu.checks.judging.views import view_of
from ddpm_edu.checks.prepared import CourseRunner
from ddpm_edu.checks.run import run_check
from ddpm_edu.checks.worker_process import Worker


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
LINEAR = [name for name, exercise in CATALOGUE.items() if exercise.terms]


def named_as_in(signature, function):
    """Give a function the names of arguments that a check expects."""
    names = signature.strip("()")
    passed = ", ".join(part.split("=")[0] for part in names.split(","))
    return eval(f"lambda {names}: function({passed})", {"function": function})


@pytest.mark.parametrize("number", range(len(UNLISTED)))
def test_an_unlisted_mistake_is_told_by_its_terms(number):
    name, function, words = UNLISTED[number]
    report = run_check(name, named_as_in(CATALOGUE[name].signature, function))
    assert report.misconception is None
    for part in words:
        assert part in report.feedback


def test_many_mistakes_are_tried():
    assert len(UNLISTED) >= 30
    assert {name for name, _, _ in UNLISTED} >= set(LINEAR) - {"cosine_schedule"}


def trials_of(exercise, function, seed=0):
    course = CourseRunner(seed)
    observed = [(case, course.observe(exercise.reference, case), course.observe(function, case))
                for case in exercise.cases(seed)]  # fmt: skip
    return [Trial(case, expectation(exercise, case, right), got, None)
            for case, right, got in observed]  # fmt: skip


@pytest.mark.parametrize("name", LINEAR)
def test_the_factors_in_the_data_are_those_of_the_reference(name):
    exercise = CATALOGUE[name]
    trials = [t for t in trials_of(exercise, exercise.reference) if t.case.compare == "values"]
    names = list(exercise.terms)
    is_table = not any(term in trials[0].case.arguments for term in names)
    if not is_table:
        points = recover([view_of(trial, names, None) for trial in trials])
    for number, term in enumerate(names):
        if is_table:
            item = number if len(names) > 1 else None
            points = recover([view_of(trial, [term], item) for trial in trials])
        right, letters = points.right[:, 0 if is_table else number], points.choices[0]
        if exercise.terms[term] in letters.extras:  # a letter in the place of a long product
            assert torch.allclose(right, letters.extras[exercise.terms[term]])
        else:
            assert find({0: letters}, right)[0].words() == exercise.terms[term]


@pytest.mark.parametrize("name", LINEAR)
def test_nothing_is_said_of_a_right_answer(name):
    exercise = CATALOGUE[name]
    for variant in ACCEPTED[name][:2]:
        assert describe_terms(exercise, trials_of(exercise, variant)) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: x.clamp(-1, 1),
        lambda x: x + 0.1,
        lambda x: x.abs(),
        lambda x: torch.where(x > 0, x, 2 * x),
        lambda x: x.flip(0),
        lambda x: x * (1 + 1e-5),
    ],
    ids=["clamped", "offset", "absolute", "bent", "flipped rows", "lost precision"],
)
def test_nothing_is_said_of_an_answer_that_is_not_made_of_such_terms(spoil):
    exercise = CATALOGUE["sample_q"]
    report = freely(exercise, lambda *arguments: spoil(exercise.reference(*arguments)))
    assert report.status == "wrong"
    assert "Your factor" not in report.feedback


def test_a_claim_has_to_hold_in_every_case():
    def sample_q(x_0, t, schedule, noise):
        a = sample_by_t(schedule.alphas_bar, t, x_0.shape)
        factor = a**2 if x_0.ndim > 2 else a**3
        return factor * x_0 + (1 - a).sqrt() * noise

    report = run_check("sample_q", sample_q)
    assert "alpha_bar_t^2" not in report.feedback
    assert "factor of x_0 is not right: at t = 500 it is 0.00" in report.feedback


SOURCE = """
def sample_q(x_0, t, schedule, noise):
    a = schedule.alphas_bar[t].reshape(-1, *(1,) * (x_0.ndim - 1))
    return a**2 * x_0 + (1 - a).sqrt() * noise
"""


def test_terms_are_told_of_an_answer_in_another_process():
    with Worker(SOURCE) as worker:
        report = check_in(worker, "sample_q")
    assert "Your factor of x_0 is alpha_bar_t^2; Eq. 4 has sqrt(alpha_bar_t)." in report.feedback
