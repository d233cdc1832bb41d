"""Mistakes are named however they are spelled: three ways of writing each."""

import importlib

import pytest
from judging import LESSONS
from sources import defined
from spellings import WAYS, spelled

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.run import run_check


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
MISTAKES = [
    (name, id, mistake)
    for lesson in LESSONS
    for name, mistakes in importlib.import_module(f"spellings.lesson_{lesson}").MISTAKES.items()
    for id, mistake in mistakes.items()
]


@pytest.mark.parametrize(("name", "id", "mistake"), MISTAKES)
def test_a_mistake_is_named_however_it_is_spelled(name, id, mistake):
    programs = [spelled(name, mistake, way) for way in range(WAYS)]
    assert len(set(programs)) == WAYS
    for program in programs:
        report = run_check(name, defined(program, name))
        assert report.status in ("wrong", "crashed"), program
        assert id in (report.misconception or "").split("|"), (program, report.feedback)


def test_the_most_frequent_mistakes_are_spelled():
    assert len(MISTAKES) >= 150
    for name, id, _ in MISTAKES:
        assert id in {misconception.id for misconception in CATALOGUE[name].misconceptions}
    assert {CATALOGUE[name].lesson for name, _, _ in MISTAKES} == set(LESSONS)
