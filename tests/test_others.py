"""Right answers that others wrote pass.

The tests have diffusers; `pip install -e ".[bench]"` and `pip install smalldiffusion` bring others.
"""

import importlib.util

import pytest
from others import OTHERS, loaded

from ddpm_edu.checks.run import run_check


pytestmark = [
    pytest.mark.usefixtures("as_learners_run_it"),
    # These libraries announce their own coming changes; they are no fault of this course.
    *(pytest.mark.filterwarnings(f"ignore::{name}Warning")
      for name in ("Future", "Deprecation", "User", "Runtime")),
]  # fmt: skip
# Where a library is not installed there is no test for it, rather than a skipped one.
THERE = {name: pairs for name, pairs in OTHERS.items() if importlib.util.find_spec(name)}
PAIRS = [(library, *pair) for library, pairs in THERE.items() for pair in pairs]
IDENTIFIERS = [f"{library}-{name}" for library, name, _ in PAIRS]


def passes(name, function, seeds):
    for seed in seeds:
        report = run_check(name, function, seed)
        assert report.status == "passed", f"seed {seed}: {report.feedback}"


@pytest.mark.parametrize(("library", "name", "function"), PAIRS, ids=IDENTIFIERS)
def test_a_function_of_another_library_passes(library, name, function):
    assert loaded(library)
    passes(name, function, range(2))


@pytest.mark.slow
@pytest.mark.parametrize(("library", "name", "function"), PAIRS, ids=IDENTIFIERS)
def test_a_function_of_another_library_passes_whatever_the_seed(library, name, function):
    assert loaded(library)
    passes(name, function, range(2, 100, 14))


def test_at_least_diffusers_is_there():
    assert "diffusers" in THERE
