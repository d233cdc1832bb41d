"""Answers given in ways that nobody foresaw are judged, and `reset` takes each of them back."""

import copy
import textwrap

import pytest
from books import SOLVED, put, verdicts_on

from ddpm_edu.course.reset import reset


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
IMPORTS = SOLVED["cells"][0]["source"]
STEP = next(cell["source"] for cell in SOLVED["cells"] if "def step_q(" in cell["source"])
VALUE = "schedule.alphas_bar[t] / (1 - schedule.alphas_bar[t])"
GOOD = f"def snr(t, schedule):\n    return {VALUE}"
LAMBDA = f"lambda t, schedule: {VALUE}"
CHECK = 'check("snr", snr)'
INSIDE = textwrap.indent(GOOD, "    ")
CELLS = {
    "the check is indented": [GOOD, f"    {CHECK}"],
    "another answer below is indented": [GOOD, textwrap.indent(STEP, "    "), CHECK],
    "tabs": ["if True:\n\t" + GOOD.replace("\n    ", "\n\t\t") + "\n\n\ty = 1", CHECK],
    "a block on one line": [f"if True: snr = {LAMBDA}", CHECK],
    "a shell command of two lines": ["!true \\\n torch\n" + GOOD, CHECK],
    "a comment at the margin": [GOOD.replace("\n", "\n# why\n") + "\n!true", CHECK],
    "a question in the docstring": [
        "!true\n" + GOOD.replace("\n", '\n    """Why?\nAt the margin.\n    """\n'),
        CHECK,
    ],
    "two names at once": [f"snr, other = ({LAMBDA}), 3\n{CHECK}"],
    "a chain of names": [f"snr = mine = {LAMBDA}", CHECK],
    "a walrus": [f"(snr := {LAMBDA})", CHECK],
    "a static method": [f"class A:\n    @staticmethod\n{INSIDE}\n\nsnr = A.snr", CHECK],
    "a function of another name": [GOOD.replace("snr", "mine"), "snr = mine", CHECK],
    "two branches": [f"try:\n{INSIDE}\nexcept ImportError:\n    def snr(): pass", CHECK],
    "the course's own by a star": [GOOD, CHECK, "from ddpm_edu import *"],
    "a layer of the name further down": [GOOD, CHECK, "snr = torch.nn.Linear(2, 2)"],
    "a number of the name further down": [GOOD, CHECK, "value = 3\nsnr = value"],
    "a typed lambda that did not run": [f"%%timeit -n 1 -r 1\nsnr: object = {LAMBDA}", CHECK],
    "a class that did not run": [
        "%%timeit -n 1 -r 1\nclass A:\n    one = 1\n" + GOOD.replace("(1", "(A.one"),
        CHECK,
    ],
    "in the place of one that was wrong": [
        f"{GOOD.replace('(1 -', '(2 -')}\n{CHECK}\nsnr = {LAMBDA}"
    ],
    "a line of Python 2": [f"{GOOD}\nprint 'x'", CHECK],
}
CHANGES = {
    "no metadata": lambda book: book["cells"][1].update(metadata=None),
    "no metadata at all": lambda book: book.update(metadata=None),
    "an output that is none": lambda book: book["cells"][1].update(outputs=[None]),
    "a cell of no type": lambda book: book["cells"].append({"cell_type": None, "source": None}),
    "a format in quotes": lambda book: book.update(nbformat="4", nbformat_minor=None),
    "half a letter": lambda book: book["cells"][1].update(
        source=book["cells"][1]["source"] + "  # \ud83d"
    ),
}


@pytest.fixture
def check(tmp_path_factory, monkeypatch, capsys):
    monkeypatch.setenv("DDPM_EDU_PROGRESS", str(tmp_path_factory.mktemp("a") / "progress.json"))
    return lambda folder: {
        name: status
        for name, (status, _) in verdicts_on(folder, tmp_path_factory.mktemp("staged")).items()
    }


@pytest.mark.parametrize("name", CELLS)
def test_an_answer_is_found_and_taken_back(name, check, tmp_path):
    cells = [
        {"cell_type": "code", "source": source, "id": f"cell-{n}", "metadata": {}, "outputs": []}
        for n, source in enumerate([IMPORTS, *CELLS[name]])
    ]
    put({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, tmp_path)
    before = check(tmp_path)
    assert before["snr"] == "passed"
    reset("snr", tmp_path)
    assert check(tmp_path) == before | {"snr": "not_attempted"}


@pytest.mark.parametrize("name", CHANGES)
def test_an_odd_file_under_any_name_is_checked_and_reset(name, check, tmp_path):
    book = copy.deepcopy(SOLVED)
    CHANGES[name](book)
    put(book, tmp_path, "练习.ipynb")
    (tmp_path / "a folder.ipynb").mkdir()
    (tmp_path / "a link.ipynb").symlink_to("gone")
    before = check(tmp_path)
    assert set(before.values()) == {"passed"}
    [done] = reset("snr", tmp_path)
    assert done.kept is not None
    assert "a link.ipynb" in done.remarks[-1]
    assert check(tmp_path) == before | {"snr": "not_attempted"}
