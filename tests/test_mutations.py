"""A learner's notebook survives what people do to it: every verdict stays, and so does `reset`."""

import copy
import json
import os

import pytest
from books import BOOKS, NAMES, SOLVED, STUBS, WRONG, put, verdicts_on
from forms import FORMS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import KEEP, LOSE

from ddpm_edu.course.notebooks import exercises_in, read_notebook
from ddpm_edu.course.paths import ROOT
from ddpm_edu.course.reset import reset


pytestmark = pytest.mark.usefixtures("as_learners_run_it")


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


def test_an_answer_checked_under_a_name_of_its_own_counts_while_the_stub_is_there(
    check, new_folder
):
    text = json.dumps(SOLVED).replace("def snr(", "def mine(").replace(', snr)"', ', mine)"')
    assert check(put(json.loads(text), new_folder())) == EXPECTED["solved"]
    stub = next(cell for cell in STUBS["cells"] if "def snr(" in cell["source"])
    book = json.loads(text)
    book["cells"].insert(1, copy.deepcopy(stub))
    assert check(put(book, new_folder())) == EXPECTED["solved"]


def test_the_table_in_the_docs_has_a_row_for_each_mutation():
    page = (ROOT / "docs/notebooks.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[:2] for line in page.splitlines() if line.startswith("| ")][1:]
    expected = [[f"| {name}", "as before"] for name in KEEP]
    expected += [[f"| {name}", "not written yet"] for name in LOSE]
    assert rows == [*expected, *([f"| the file: {name}", "as before"] for name in FORMS)]
