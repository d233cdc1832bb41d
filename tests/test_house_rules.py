"""The house rules that a program can see: which way imports point, sizes, words."""

import ast
import re
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "ddpm_edu").rglob("*.py"))
CODE = [
    path for folder in ("ddpm_edu", "tools", "tests", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
]  # fmt: skip
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in CODE}


def name_of(path):
    return str(path.relative_to(ROOT))


MATHEMATICS = {path.stem for path in (ROOT / "ddpm_edu").glob("*.py")} - {"__init__", "__main__"}
# What each part may import of ddpm_edu, besides itself. A path stands for all below it.
ARROWS = {
    "checks/worker": {*MATHEMATICS, "checks.exercise"},
    "checks/exercise": set(),
    "checks/report": set(),
    "checks/worker_process": {"checks.exercise", "checks.worker"},
    "checks/judging": {
        *MATHEMATICS,
        "checks.exercise",
        "checks.report",
        "checks.worker.observation",
        "checks.worker.spans",
    },
    "checks/prepared": {*MATHEMATICS, "checks"},
    "checks/catalogue": {*MATHEMATICS, "checks.exercise", "checks.worker"},
    "checks/run": {*MATHEMATICS, "checks"},
    "checks/learner": {
        *(*MATHEMATICS, "figures", "course"),
        *("checks.exercise", "checks.report", "checks.run", "checks.worker.answers"),
    },
    "checks/__init__": {"checks"},
    "course": {"files"},
    "grading": {*MATHEMATICS, "checks", "course"},
    "cli": {*MATHEMATICS, "checks", "course", "grading"},
    "figures": MATHEMATICS,
    "widgets": {*MATHEMATICS, "figures"},
    "__init__": {*MATHEMATICS, "checks"},
    "__main__": {"cli"},
    **dict.fromkeys(MATHEMATICS, MATHEMATICS),
}


def part_of(path):
    """Return the longest entry of ARROWS that a file belongs to."""
    name = path.relative_to(ROOT / "ddpm_edu").with_suffix("").as_posix()
    return max((part for part in ARROWS if f"{name}/".startswith(f"{part}/")), key=len)


def imports_of(tree):
    """Return what a file imports of ddpm_edu, without that name; also inside functions."""
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
    return {m.removeprefix("ddpm_edu.") for m in modules if m.startswith("ddpm_edu.")}


FOLDERS = {path.name for path in (ROOT / "ddpm_edu").iterdir() if path.is_dir()}


def test_imports_point_one_way():
    wrong = []
    for path in PACKAGE:
        part = part_of(path)
        allowed = {part.replace("/", "."), *ARROWS[part]}
        for module in imports_of(TREES[path]):
            # `from ddpm_edu import sample_q` is the front door of the mathematics
            is_front_door = "." not in module and module not in MATHEMATICS | FOLDERS
            is_allowed = any(f"{module}.".startswith(f"{name}.") for name in allowed)
            if not is_front_door and not is_allowed:
                wrong.append(f"{name_of(path)} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_files_are_short():
    sizes = {name_of(path): len(lines_of(path)) for path in CODE}
    assert not {name: size for name, size in sizes.items() if size > 200}


def test_lines_are_at_most_100_columns_wide():
    wide = [
        f"{name_of(path)}:{number}"
        for path in CODE
        for number, line in enumerate(lines_of(path), 1)
        if len(line) > 100
    ]
    assert not wide, "\n".join(wide)


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


NO_VERBS = {"Give", "Gives", "The", "A", "An", "This", "It", "Its"}


def test_docstrings_of_functions_begin_with_what_happens():
    wrong = []
    for path in PACKAGE:
        for function in nodes(path, ast.FunctionDef):
            text = ast.get_docstring(function) or "None"
            is_property = any("property" in ast.unparse(d) for d in function.decorator_list)
            if not is_property and text.split()[0] in NO_VERBS:
                wrong.append(f"{name_of(path)}: {function.name}: {text.splitlines()[0]}")
    assert not wrong, "\n".join(wrong)


def nodes(path, kind):
    return [node for node in ast.walk(TREES[path]) if isinstance(node, kind)]


def test_errors_say_expected_and_got():
    texts = [node.value for path in PACKAGE for node in nodes(path, ast.Constant)]
    words = re.compile(r"\bwanted\b|, saw\b")
    assert not [text for text in texts if isinstance(text, str) and words.search(text)]


# Words of a dialect of our own, and the field's word for each.
DIALECT = {
    "room": "worker",
    "caller": "runner",
    "spellings": "forbidden",
    "own_work": "no_reference_calls",
    "steering": "guidance",
    "law": "distribution",
    "laws": "distributions",
}


@pytest.mark.parametrize("word", DIALECT)
def test_names_are_those_of_the_field(word):
    assert not [name_of(path) for path in PACKAGE if word in names_in(path)], DIALECT[word]


def names_in(path):
    """Return all names of a file and the words they are made of, in lower case."""
    names = [path.stem]
    for node in ast.walk(TREES[path]):
        names += [getattr(node, field, None) for field in ("id", "name", "arg", "attr")]
    words = {str(name).lower() for name in names}
    return words | {part for word in words for part in word.split("_")}


def test_no_two_classes_have_one_name():
    classes = [node.name for path in PACKAGE for node in nodes(path, ast.ClassDef)]
    assert sorted(classes) == sorted(set(classes))
