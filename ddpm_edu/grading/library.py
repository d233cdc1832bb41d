"""The library as a worker may read it: without the functions that are answers.

They can be called, where a lesson needs them; their text alone is left out.
"""

import ast
import pathlib
from collections.abc import Iterable

from ddpm_edu.checks.worker.call_detector import refusal
from ddpm_edu.grading.sandbox import PACKAGE


def without_answers(forbidden: Iterable[str], folder: pathlib.Path) -> dict[str, str]:
    """Write the library's files without some functions; return {path of each: path of its twin}.

    Args:
        forbidden: "module:name" or "module:Class.method".
        folder: where the twins are written.
    """
    by_module: dict[str, set[str]] = {}
    for path in forbidden:
        module, name = path.split(":")
        by_module.setdefault(module, set()).add(name)
    twins = {}
    for module, names in by_module.items():
        original = PACKAGE / f"{module.removeprefix('ddpm_edu.').replace('.', '/')}.py"
        twin = folder / original.name
        twin.write_text(shortened(original.read_text(encoding="utf-8"), names), encoding="utf-8")
        twins[str(original)] = str(twin)
    return twins


def shortened(source: str, names: set[str]) -> str:
    """Return a file in which the bodies of some functions are left out; no line moves."""
    lines = source.split("\n")
    for name, function in functions_of(ast.parse(source)):
        if name in names:
            body = [part for part in function.body if not is_text(part)]
            begin, end = body[0].lineno - 1, body[-1].end_lineno or 0
            lines[begin:end] = [" " * body[0].col_offset + refusal(name)] + [""] * (end - begin - 1)
    return "\n".join(lines)


def functions_of(tree, prefix=""):
    """Yield (name, function) for each, those of classes as "Class.method"."""
    for part in tree.body:
        if isinstance(part, ast.FunctionDef):
            yield prefix + part.name, part
        elif isinstance(part, ast.ClassDef):
            yield from functions_of(part, f"{part.name}.")


def is_text(part):
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
