"""A learner's source is read where it is at hand and current, and never runs by being read."""

import functools
import linecache
import subprocess
import sys

import pytest
import torch
from sources import defined
from unseen import source_with

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.judging.source.candidates import candidates
from ddpm_edu.checks.judging.source.repair import read
from ddpm_edu.checks.run import run_check
from ddpm_edu.checks.worker.source import edited, sources


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
SNR = """
def snr(t, schedule):
    alpha_bar = schedule.alphas_bar[t]
    return alpha_bar / 1 - alpha_bar
"""


def test_a_source_that_is_no_longer_what_runs_is_not_read():
    function = defined(SNR, "snr")
    file = function.__code__.co_filename
    lines = SNR.replace("/ 1 - alpha_bar", "/ 2 - alpha_bar").splitlines(keepends=True)
    linecache.cache[file] = len(SNR), None, lines, file
    assert sources(function) == []
    assert "in line" not in run_check("snr", function).feedback


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
