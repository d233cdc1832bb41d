"""A function is found by Python's syntax, in whichever way a cell defines it."""

import nbformat
import pytest

from ddpm_edu.course.definitions import definitions, replaced
from ddpm_edu.course.notebooks import read_notebook
from ddpm_edu.course.reset import reset


STUB = "def snr(t):\n    raise NotImplementedError"
INDENTED = "def snr(t):\n        raise NotImplementedError"
# code of a cell, with what is taken out between « and », and what comes in its place
CELLS = {
    "alone": ("«def snr(t):\n    return t»", STUB),
    "a space before the bracket": ("«def snr (t):\n    return t»\n", STUB),
    "a comment beside it": ("«def snr(t):\n    return t  # wrong»", STUB),
    "a comment at its end": ("«def snr(t):\n    return t\n\n    # wrong»\n\n# next\nx = 1", STUB),
    "a lambda": ("«snr = lambda t: t»", STUB),
    "a lambda with a type": ("«snr: object = lambda t: t»", STUB),
    "another function's name": ("def mine(t):\n    return t\n«snr = mine»", STUB),
    "a partial function": ("«snr = functools.partial(mine, 1)»", STUB),
    "between others on a line": ("é = 1; «snr = lambda t: t»; b = 2", f"\n{STUB}\n"),
    "decorated": ("«@a\n@b(\n 1)\ndef snr(t):\n    return t»", STUB),
    "asynchronous": ("await x\n«async def snr(t):\n    return t»", STUB),
    "a class": ("«class snr:\n    pass»", STUB),
    "between helpers": ("def a(): pass\n\n«def snr(t):\n    return t»\n\ndef b(): pass", STUB),
    "the last of several": ("def snr(t): return 1\nx = 1\n«def snr(t): return 'é'»\ny = 2", STUB),
    "in a block": ("with a:\n    é = 1\n    «def snr(t):\n        return t»\n    z = 1", INDENTED),
    "in a cell that is indented": ("  «def snr(t):\n      return t»\n  x = 1", None),
    "below a magic for the cell": ("%%timeit -n 1\n«def snr(t):\n    return t»", STUB),
    "amid magics": ("%matplotlib inline\nx = !ls\n«def snr(t):\n    return t?»\n\nx?", STUB),
    "tabs, and letters of two bytes": ("é = 'é'; «snr = lambda t: 'é'»  \n", f"\n{STUB}"),
    "unfinished": ("x = 1\n«def snr(t):\n    return (1 +»\n\ny = 2", STUB),
    "an unfinished line above": ("x = (\n«@a\ndef snr(t):\n    return t»\n", STUB),
}


@pytest.mark.parametrize("name", CELLS)
def test_the_definition_is_replaced_and_nothing_else(name):
    marked, stub = CELLS[name]
    before, rest = marked.split("«")
    taken, after = rest.split("»")
    code = before + taken + after
    found = definitions(code, "snr")[-1]
    assert code[found.start : found.end] == taken
    stub = stub or STUB.replace("\n", "\n  ")
    if stub.startswith("\n"):
        before, after = before.rstrip(" ;"), after.lstrip(" ;") if ";" in after else after
    assert replaced(code, found, STUB) == before + stub + after


@pytest.mark.parametrize(
    "code",
    [
        "snr = ddpm_edu.snr(t, schedule)",
        "snr = 3",
        "snr_2 = lambda t: t",
        "%%bash\nsnr = lambda t: t",
        "%%writefile a.py\ndef snr(t): pass",
        "# def snr(t): pass",
        "def a():\n    def snr(t): pass",
        "'''\ndef snr(t): pass\n'''",
        "from helpers import snr",
        "",
    ],
)
def test_what_defines_no_function_is_let_be(code):
    assert definitions(code, "snr") == []


def write(path, *sources):
    new = nbformat.v4
    nbformat.write(new.new_notebook(cells=[new.new_code_cell(text) for text in sources]), path)


def test_a_function_whose_cell_was_split_is_taken_out_whole(tmp_path):
    path = tmp_path / "a.ipynb"
    write(path, "x = 1\n\ndef snr(t, schedule):", "    a = 2\n    return a", "check('snr', snr)")
    [done] = reset("snr", tmp_path)
    assert done.kept.read_text() == "def snr(t, schedule):\n    a = 2\n    return a\n"
    sources = [cell["source"] for cell in read_notebook(path)["cells"]]
    assert len(sources) == 2
    assert done.remarks == (
        "its rest in the next cell was taken out with it",
        "the other code in its cell was left",
    )
    assert sources[0].startswith("x = 1\n\ndef snr(") and "raise NotImplementedError" in sources[0]
    assert reset("snr", tmp_path)[0].kept is None


def test_a_draft_above_is_left_and_told(tmp_path):
    write(tmp_path / "a.ipynb", "def snr(t): return 1", "def snr(t): return 2")
    [done] = reset("snr", tmp_path)
    assert done.remarks == ("an earlier definition in cell 1 was left",)
    assert done.kept.read_text() == "def snr(t): return 2\n"
