"""What people do to a notebook of exercises, as functions of (notebook, id of an exercise).

Their names are rows in docs/notebooks.md. Those of KEEP leave every verdict as it was; those of
LOSE take an answer away, and only its own verdict changes, to "not written yet".
"""

import copy
import re


DEFINES = re.compile(r"^(?:def |\w+ = lambda)", re.M)


def code(text, **fields):
    cell = {"cell_type": "code", "source": text, "metadata": {"tags": ["raises-exception"]}}
    return cell | {"outputs": [], "execution_count": None} | fields


def defining(book, name):
    """Return the index of the last cell that defines a function."""
    pattern = re.compile(rf"^[ \t]*(?:def {name} ?\(|{name} = lambda)", re.M)
    return last_with(book, pattern)


def checking(book, name):
    """Return the index of the last cell that checks an exercise, or None."""
    return last_with(book, re.compile(rf'^check\("{name}"', re.M))


def last_with(book, pattern):
    found = [n for n, cell in enumerate(book["cells"]) if pattern.search(code_of(cell))]
    return found[-1] if found else None


def code_of(cell):
    return cell["source"] if cell["cell_type"] == "code" else ""


def checking_alone(book, name):
    """Return the index of the cell that checks an exercise and does nothing else, or None."""
    number = checking(book, name)
    is_alone = number is not None and not DEFINES.search(code_of(book["cells"][number]))
    return number if is_alone else None


def edit(where, change):
    """Make a mutation of one cell: `where` finds it, `change` takes its code and the name."""

    def mutate(book, name):
        number = where(book, name)
        if number is not None and not code_of(book["cells"][number]).startswith("%%"):
            cell = book["cells"][number]
            cell["source"] = change(cell["source"], name)

    return mutate


def under(magic):
    return lambda text, name: f"{magic}\n{text}"


def delete_check(book, name):
    number = checking_alone(book, name)
    if number is not None:
        del book["cells"][number]


def merge(book, first, second):
    """Append the code of a cell to one above it, unless a magic rules one of the two."""
    cells = book["cells"]
    if None not in (first, second) and first < second:
        both = [cells[first]["source"], cells[second]["source"]]
        if not any(text.startswith("%%") for text in both):
            cells[first]["source"] = "\n\n\n".join(both)
            del cells[second]


def merge_check(book, name):
    merge(book, defining(book, name), checking(book, name))


def merge_two_answers(book, name):
    here = defining(book, name)
    others = [
        n for n, cell in enumerate(book["cells"]) if DEFINES.search(code_of(cell)) and n != here
    ]
    other = min(others, key=lambda n: abs(n - here), default=here)
    merge(book, min(here, other), max(here, other))


def add_draft(book, name):
    book["cells"].insert(defining(book, name), code(f"def {name}(*arguments):\n    return 0\n"))


def swap(book, name):
    number, check = defining(book, name), checking_alone(book, name)
    if check is not None and number < check:
        book["cells"].insert(number, book["cells"].pop(check))


def repeat_check(book, name):
    number = checking_alone(book, name)
    if number is not None:
        book["cells"].insert(number, copy.deepcopy(book["cells"][number]))


def fail_above(book, name):
    book["cells"].insert(defining(book, name), code("1 / 0"))


def leave_folder(book, name):
    book["cells"].insert(0, code("%cd -q /"))


def reuse_name(book, name):
    book["cells"].append(code(f"{name} = 3"))


def forget_name(book, name):
    book["cells"].append(code(f"del {name}"))


KEEP = {
    "the check is deleted": delete_check,
    "the check is commented out": edit(
        checking_alone, lambda text, name: re.sub(r"^", "# ", text, flags=re.M)
    ),
    "the check is hidden by `%%capture`": edit(checking, under("%%capture")),
    "the check is hidden by `%%timeit`": edit(checking, under("%%timeit -n 1 -r 1")),
    "the check is merged into the cell of the function": merge_check,
    "the check stands above the function": swap,
    "the check is there twice": repeat_check,
    "the function is hidden by `%%timeit`": edit(defining, under("%%timeit -n 1 -r 1")),
    "the function is under `%%capture`": edit(defining, under("%%capture")),
    "a space before the bracket": edit(
        defining, lambda text, name: text.replace(f"def {name}(", f"def {name} (")
    ),
    "a lambda in the place of `def`": edit(
        defining,
        lambda text, name: (
            re.sub(rf"\bdef {name} ?\(", f"def of_{name}(", text)
            + f"\n\n{name} = lambda *given, **named: of_{name}(*given, **named)"
            if f"{name} = lambda" not in text
            else text
        ),
    ),
    "a decorator": edit(
        defining,
        lambda text, name: re.sub(
            rf"^((?:@.*\n)*)(def {name} ?\()",
            r"same = lambda f: f\n\n\n@same\n\1\2",
            text,
            flags=re.M,
        ),
    ),
    "helpers beside the function": edit(
        defining,
        lambda text, name: (
            f"import math\n\n\ndef half(x):\n    return x / 2\n\n\n{text}\n\nafter = half(math.pi)"
        ),
    ),
    "magics and shell commands in the cell": edit(
        defining, lambda text, name: f"%matplotlib inline\n!true\n{text}\n\n%lsmagic"
    ),
    "an example that fails in the cell": edit(defining, lambda text, name: f"{text}\n\n1 / 0"),
    "a block around the function": edit(
        defining,
        lambda text, name: "if True:\n" + re.sub(r"^(?=.)", "    ", text, flags=re.M),
    ),
    "two answers in one cell": merge_two_answers,
    "a draft above": add_draft,
    "a cell above stops with an error": fail_above,
    "`%cd` to another folder": leave_folder,
    "the name is used for a number further down": reuse_name,
    "the function is deleted by `del` further down": forget_name,
}


def to_text(book, name):
    cell = book["cells"][defining(book, name)]
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


def delete_function(book, name):
    del book["cells"][defining(book, name)]


LOSE = {
    "the cell of the function is made text": to_text,
    "the cell of the function is deleted": delete_function,
    "the cell of the function is emptied": edit(defining, lambda text, name: ""),
}
