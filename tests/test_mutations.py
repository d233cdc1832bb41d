"""A learner's notebook survives what people do to it: every verdict stays, and so does `reset`."""

import copy
import json
import os
import re

import pytest
from forms import FORMS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from mutations import KEEP, LOSE

from ddpm_edu.checks.learner import notebook as learner
from ddpm_edu.checks.learner.display import REPORT
from ddpm_edu.checks.learner.scoreboard import stage_all
from ddpm_edu.checks.learner.staged import EXERCISE
from ddpm_edu.checks.learner.verdicts import Verdict, counting
from ddpm_edu.course.notebooks import exercises_in, oldest_first, read_notebook
from ddpm_edu.course.paths import ROOT
from ddpm_edu.course.reset import reset


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
NAMES = ["sample_by_t", "step_q", "snr"]


def cut(folder):
    """Return a notebook of the course cut down to imports and three exercises."""
    book = read_notebook(ROOT / folder / "01_forward_process.ipynb")
    parts = [rf'def {name}\(|check\("{name}"' for name in NAMES]
    wanted = re.compile("^(?:import torch|" + "|".join(parts) + ")", re.M)
    cells = [c for c in book["cells"] if c["cell_type"] == "code" and wanted.search(c["source"])]
    for cell in cells:
        cell.update(outputs=[], execution_count=None)
    return {**book, "cells": cells}


SOLVED, STUBS = cut("solutions"), cut("exercises")
HALF = {**SOLVED, "cells": [*SOLVED["cells"][:3], *STUBS["cells"][3:5], *SOLVED["cells"][5:]]}
WRONG = json.loads(json.dumps(SOLVED).replace("(1 - alpha_bar)", "alpha_bar"))
BOOKS = {"solved": SOLVED, "stubs": STUBS, "half solved": HALF, "one wrong": WRONG}


def verdicts_on(folder, scratch):
    """Return what `ddpm-edu check` finds, with IPython's shell in the place of its kernels."""
    found = []
    for staged in stage_all([folder], scratch):
        shell, here = InteractiveShell(display_pub_class=CapturingDisplayPublisher), os.getcwd()
        shell.ast_node_interactivity = "none"
        learner.CHECKED.clear()  # as in a new kernel
        try:
            for cell in read_notebook(staged.copy)["cells"]:
                shell.display_pub.outputs.clear()
                shell.showtraceback = lambda *_, **__: None
                shell.run_cell(cell["source"], silent=True)
                if name := cell["metadata"].get(EXERCISE):
                    published = [o["data"].get(REPORT) for o in shell.display_pub.outputs]
                    reports = [json.loads(report) for report in published if report]
                    found.append(Verdict(staged.path, name, reports[-1] if reports else None))
        finally:
            os.chdir(here)
    age = oldest_first({verdict.notebook for verdict in found})
    found.sort(key=lambda verdict: age.index(verdict.notebook))
    return {name: (v.status, v.points) for name, v in counting(found).items()}


def put(book, folder, name="01_exercises.ipynb"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(book), encoding="utf-8")
    return folder


@pytest.fixture
def check(tmp_path_factory, monkeypatch, capsys):
    """Return a way to check a folder with notebooks, away from the learner's progress."""
    monkeypatch.setenv("DDPM_EDU_PROGRESS", str(tmp_path_factory.mktemp("a") / "progress.json"))
    return lambda folder: verdicts_on(folder, tmp_path_factory.mktemp("staged"))


@pytest.fixture
def new_folder(tmp_path_factory):
    return lambda: tmp_path_factory.mktemp("course")


EXPECTED = {
    "solved": {"sample_by_t": ("passed", 2), "step_q": ("passed", 2), "snr": ("passed", 1)},
    "stubs": dict.fromkeys(NAMES, ("not_attempted", 0)),
    "half solved": {
        "sample_by_t": ("passed", 2),
        "step_q": ("not_attempted", 0),
        "snr": ("passed", 1),
    },
    "one wrong": {"sample_by_t": ("passed", 2), "step_q": ("passed", 2), "snr": ("wrong", 0)},
}
NOT_WRITTEN = ("not_attempted", 0)


@pytest.mark.parametrize("state", BOOKS)
def test_the_notebooks_of_this_test_are_what_they_should_be(state, check, new_folder):
    assert check(put(BOOKS[state], new_folder())) == EXPECTED[state]


@pytest.mark.parametrize("mutation", KEEP)
def test_a_mutation_leaves_every_verdict_and_reset_finds_the_function(mutation, check, new_folder):
    for state in ("solved", "one wrong"):
        book = copy.deepcopy(BOOKS[state])
        KEEP[mutation](book, "snr")
        folder = put(book, new_folder())
        assert book != BOOKS[state]
        assert check(folder) == EXPECTED[state]
        reset("snr", folder)
        assert check(folder) == EXPECTED[state] | {"snr": NOT_WRITTEN}


@pytest.mark.parametrize("mutation", LOSE)
def test_a_function_that_is_gone_is_not_written_and_reset_brings_its_stub(
    mutation, check, new_folder
):
    book = copy.deepcopy(SOLVED)
    LOSE[mutation](book, "step_q")
    folder, expected = put(book, new_folder()), EXPECTED["solved"] | {"step_q": NOT_WRITTEN}
    assert check(folder) == expected
    [done] = reset("step_q", folder)
    assert done.remarks
    assert check(folder) == expected
    place = exercises_in(read_notebook(folder / "01_exercises.ipynb"), ["step_q"])["step_q"]
    assert place.definitions[-1][0] == place.checks[0] - 1, "the stub is right above its check"


@pytest.mark.parametrize("form", FORMS)
def test_a_file_in_another_form_is_read_and_reset(form, check, new_folder):
    folder = new_folder()
    (folder / "Copy of 01.ipynb").write_bytes(FORMS[form](copy.deepcopy(SOLVED)))
    assert check(folder) == EXPECTED["solved"]
    reset("snr", folder)
    assert check(folder) == EXPECTED["solved"] | {"snr": NOT_WRITTEN}


@pytest.mark.slow
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    state=st.sampled_from(list(BOOKS)),
    mutations=st.lists(st.tuples(st.sampled_from(list(KEEP)), st.sampled_from(NAMES)), max_size=6),
    form=st.sampled_from([None, *FORMS]),
    with_copy=st.booleans(),
    then=st.sampled_from(NAMES),
)
def test_any_sequence_of_mutations_leaves_every_verdict(
    state, mutations, form, with_copy, then, check, new_folder
):
    book = copy.deepcopy(BOOKS[state])
    for mutation, name in mutations:
        KEEP[mutation](book, name)
    folder = put(book, new_folder())
    if form:
        (folder / "01_exercises.ipynb").write_bytes(FORMS[form](copy.deepcopy(book)))
    if with_copy:
        put(book, folder, "01_exercises-Copy1.ipynb")
    assert check(folder) == EXPECTED[state]
    reset(then, folder)
    assert check(folder) == EXPECTED[state] | {then: NOT_WRITTEN}


def test_of_two_notebooks_the_newest_answer_that_is_no_stub_counts(check, new_folder):
    folder = put(WRONG, new_folder(), "01_exercises.ipynb")
    put(SOLVED, folder, "01_exercises-Copy1.ipynb")
    put(STUBS, folder, "draft.ipynb")
    ages = {"01_exercises.ipynb": 2, "01_exercises-Copy1.ipynb": 1, "draft.ipynb": 3}
    for name, seconds in ages.items():
        os.utime(folder / name, (seconds, seconds))
    assert check(folder) == EXPECTED["one wrong"]
    os.utime(folder / "01_exercises-Copy1.ipynb", (4, 4))
    assert check(folder) == EXPECTED["solved"]
    for name in ages:
        os.utime(folder / name, (5, 5))
    assert check(folder) == EXPECTED["one wrong"], "of the same age: the one that is no copy"
    reset("snr", folder)
    assert check(folder) == EXPECTED["solved"] | {"snr": NOT_WRITTEN}
    assert {path.stat().st_mtime for path in folder.glob("*.ipynb")} == {5}


def test_the_table_in_the_docs_has_a_row_for_each_mutation():
    page = (ROOT / "docs/notebooks.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[:2] for line in page.splitlines() if line.startswith("| ")][1:]
    expected = [[f"| {name}", "as before"] for name in KEEP]
    expected += [[f"| {name}", "not written yet"] for name in LOSE]
    assert rows == [*expected, *([f"| the file: {name}", "as before"] for name in FORMS)]
