"""Single edits of a function: each is (what was done, number of a node, field, new value)."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.mutants.words import (
    COMPARISONS,
    CONSTANTS,
    EXCHANGED,
    OPERATORS,
    WRAPS,
)


SKIPPED = ("func", "targets", "target", "generators", "annotation", "optional_vars", "keywords")
TABLES = ("betas", "alphas", "alphas_bar", "posterior_variance")


@dataclass(frozen=True)
class Edit:
    """One field of one node of a tree, in `ast.walk` order, is to be another."""

    family: str
    what: str
    number: int
    field: str
    value: Any


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def edits(function: ast.FunctionDef, kinds: dict[int, str]) -> Iterator[Edit]:
    """Return all single edits of a function.

    Args:
        function: without annotations and docstring.
        kinds: number of a node -> kind of its value.
    """
    nodes = list(ast.walk(function))
    numbers = {id(node): number for number, node in enumerate(nodes)}
    by_kind = names_by_kind(function, nodes, kinds)
    for number, node in enumerate(nodes):
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            yield Edit("decorator", "left out", number, "decorator_list", [])
        yield from of_node(node, number)
        yield from of_statements(node, number)
        for field, index, child in expressions(node):
            kind = kinds.get(numbers[id(child)], "other")
            for family, new in replacements(child, kind, by_kind):
                value = new if index is None else put(getattr(node, field), index, new)
                what = f"{ast.unparse(child)} -> {ast.unparse(new)}"
                yield Edit(family, what, number, field, value)


def names_by_kind(function, nodes, kinds):
    """Return kind -> names of arguments and variables that hold such a value."""
    found = {}
    for number, node in enumerate(nodes):
        if isinstance(node, ast.Name) and number in kinds:
            found.setdefault(kinds[number], {})[node.id] = None
    return {kind: list(names) for kind, names in found.items()}


def expressions(node):
    """Return (field, index in a list or None, expression) of what may be replaced in a node."""
    if isinstance(node, ast.FunctionDef):
        return
    for field, value in ast.iter_fields(node):
        if field in SKIPPED:
            continue
        if isinstance(value, ast.expr):
            yield field, None, value
        elif isinstance(value, list):
            yield from ((field, n, item) for n, item in enumerate(value)
                        if isinstance(item, ast.expr))  # fmt: skip


def put(items, index, new):
    return [*items[:index], new, *items[index + 1 :]]


def replacements(child, kind, by_kind):
    """Return (family, expression) of what may stand in the place of an expression."""
    if isinstance(child, ast.Constant):
        for text in CONSTANTS.get(type(child.value), ()):
            new = expression(text.format(repr(child.value)))
            if ast.unparse(new) != ast.unparse(child):
                yield "constant", new
        return
    if isinstance(child, (ast.Tuple, ast.Slice, ast.Starred, ast.List)):
        return
    text = ast.unparse(child)
    for family, patterns in WRAPS.get(kind, {}).items():
        for pattern in patterns:
            yield family, expression(pattern.replace("{}", f"({text})"))
    if isinstance(child, ast.Name):
        for other in by_kind.get(kind, ()):
            if other != child.id:
                yield "name", ast.Name(other, ast.Load())
    if isinstance(child, ast.BinOp):
        yield "operand left out", copy.deepcopy(child.left)
        yield "operand left out", copy.deepcopy(child.right)
    if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and kind == "numbers":
        yield "call left out", copy.deepcopy(child.func.value)
    if isinstance(child, (ast.Call, ast.UnaryOp)):
        inner = child.args if isinstance(child, ast.Call) else [child.operand]
        yield from (("call left out", copy.deepcopy(item)) for item in inner
                    if not isinstance(item, ast.Starred))  # fmt: skip


def of_node(node, number):
    """Return edits of an operator, a table, a function's name, arguments, bounds and defaults."""
    if isinstance(node, ast.BinOp):
        was = type(node.op).__name__
        yield from (Edit("operator", f"{was} -> {op.__name__}", number, "op", op())
                    for op in OPERATORS if not isinstance(node.op, op))  # fmt: skip
    if isinstance(node, ast.Compare):
        yield from (Edit("comparison", f"-> {op.__name__}", number, "ops", [op()])
                    for op in COMPARISONS if not isinstance(node.ops[0], op))  # fmt: skip
    if isinstance(node, ast.Attribute):
        others = TABLES if node.attr in TABLES else EXCHANGED.get(node.attr, ())
        family = "table" if node.attr in TABLES else "function"
        yield from (Edit(family, f"{node.attr} -> {other}", number, "attr", other)
                    for other in others if other != node.attr)  # fmt: skip
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from (Edit("function", f"{node.id} -> {other}", number, "id", other)
                    for other in EXCHANGED.get(node.id, ()))  # fmt: skip
    if isinstance(node, ast.Call):
        for n in range(len(node.args) - 1):
            order = put(put(node.args, n, node.args[n + 1]), n + 1, node.args[n])
            yield Edit("order", f"arguments {n} and {n + 1}", number, "args", order)
        for n, keyword in enumerate(node.keywords):
            rest = [*node.keywords[:n], *node.keywords[n + 1 :]]
            yield Edit("argument left out", f"{keyword.arg}", number, "keywords", rest)
    if isinstance(node, ast.Slice):
        for bound in ("lower", "upper"):
            for text in ("None", "1", "-1", "2", "-2"):
                new = None if text == "None" else expression(text)
                yield Edit("bound", f"{bound} -> {text}", number, bound, new)
    if isinstance(node, ast.arguments):
        for n, default in enumerate(node.defaults):
            for text in CONSTANTS.get(type(getattr(default, "value", None)), ()):
                new = put(node.defaults, n, expression(text.format(repr(default.value))))
                yield Edit("default", f"{n} -> {text}", number, "defaults", new)


def of_statements(node, number):
    """Return edits of lines: left out, twice, exchanged with the next."""
    for field in ("body", "orelse"):
        body = getattr(node, field, None)
        if not isinstance(body, list) or not body or not isinstance(body[0], ast.stmt):
            continue
        for n, statement in enumerate(body):
            rest = [*body[:n], *body[n + 1 :]]
            what = ast.unparse(statement).splitlines()[0]
            yield Edit("line left out", what, number, field, rest or [ast.Pass()])
            yield Edit("line twice", what, number, field, [*body[:n], statement, *body[n:]])
            if n:
                order = [*body[: n - 1], statement, body[n - 1], *body[n + 1 :]]
                yield Edit("lines exchanged", what, number, field, order)
            if isinstance(node, (ast.For, ast.If, ast.With)):
                yield Edit("line moved out", what, number, field, rest or [ast.Pass()])


def edited(function: ast.FunctionDef, *all_edits: Edit) -> str:
    """Return the source of a function with edits."""
    tree = copy.deepcopy(function)
    nodes = list(ast.walk(tree))
    for edit in all_edits:
        setattr(nodes[edit.number], edit.field, copy.deepcopy(edit.value))
    return ast.unparse(ast.fix_missing_locations(tree))
