"""Mistakes are named however they are spelled: three ways of writing each."""

import pytest
from all_spellings import MISTAKES, problem_with
from judging import LESSONS
from spellings import WAYS, spelled

from ddpm_edu.checks.catalogue import CATALOGUE


pytestmark = pytest.mark.usefixtures("as_learners_run_it")


EACH = [
    pytest.param(n, *mistake, marks=[pytest.mark.slow] if n % 12 else [])
    for n, mistake in enumerate(MISTAKES)
]


@pytest.mark.parametrize(("place", "name", "id", "mistake"), EACH)
def test_a_mistake_is_named_however_it_is_spelled(place, name, id, mistake):
    # one of the three ways each; `python tests/all_spellings.py` tries them all
    programs = [spelled(name, mistake, way) for way in range(WAYS)]
    assert len(set(programs)) == WAYS
    assert problem_with(name, id, programs[place % WAYS]) is None


def test_all_mistakes_are_spelled():
    spelled_ones = sorted((name, id) for name, id, _ in MISTAKES)
    assert spelled_ones == sorted((n, m.id) for n, e in CATALOGUE.items() for m in e.misconceptions)
    assert {CATALOGUE[name].lesson for name, _, _ in MISTAKES} == set(LESSONS)
