"""Edits of names, tables and indices: which one is read, and where."""

import ast

from ddpm_edu.checks.judging.source.expressions import ADD, ATOM
from ddpm_edu.checks.judging.source.text import Code, common


TABLES = ("alphas_bar", "betas", "alphas", "posterior_variance")
LIKE = 3  # letters at the beginning of two names
LIMITED = ("range", "randint", "linspace", "arange", "full", "tqdm")


def edits(code: Code, node):
    """Yield (node, new text, what is wrong in words, rank) for one node."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield from tables(code, node)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from other_names(code, node)
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield from subscripts(code, node)
    if isinstance(node, ast.Call) and code.of(node.func) == "range":
        yield node, f"reversed({code.of(node)})", "it runs the other way", 2


def tables(code, node):
    base = code.of(node.value, ATOM)
    if node.attr in TABLES:
        for other in TABLES:
            if other != node.attr:
                yield node, f"{base}.{other}", f"`{node.attr}` is another table", 0
    else:
        others = {n.attr for n in code.nodes if isinstance(n, ast.Attribute)
                  and n.attr != node.attr and code.of(n.value, ATOM) == base}  # fmt: skip
        for other in sorted(others) if base not in ("torch", "F", "nn", "math") else ():
            yield node, f"{base}.{other}", f"`{node.attr}` in the place of `{other}`", 3


def other_names(code, node):
    """Read another argument or local name; alike ones first."""
    known = code.names
    if node.id not in known:
        return
    parent = code.parents.get(node)
    if isinstance(parent, ast.Call) and node is parent.func:
        return
    kind = code.kinds.get(node.id, "numbers")
    for other in known:
        if other != node.id and code.kinds.get(other, "numbers") == kind:
            is_like = common(node.id, other) >= LIKE
            why = f"`{node.id}` in the place of `{other}`"
            yield node, other, why, 0 if is_like else 3


def subscripts(code, node):
    base, index = code.of(node.value, ATOM), code.of(node.slice)
    yield node, base, f"`[{index}]` is too much", 0
    if isinstance(node.value, ast.Name) and isinstance(node.slice, ast.Name):
        yield node, f"{index}[{base}]", f"{base} and {index} are the wrong way round", 0
    others = {"1:": (":-1", ":"), ":-1": ("1:", ":"), ":, None": ("None, :",),
              "None, :": (":, None",), "None": (":, None",), "0": ("-1",), "-1": ("0",),
              "2:": ("1:",)}.get(index.replace(" ", "").replace(",", ", "), ())  # fmt: skip
    for other in others:
        yield node, f"{base}[{other}]", f"`[{index}]` takes other entries", 0
    if isinstance(node.slice, ast.Slice):
        for other in ("1:", ":-1", "2:", ":1"):
            yield node, f"{base}[{other}]", f"`[{index}]` takes other entries", 2
        return
    loose = code.of(node.slice, ADD)
    for step in ("- 1", "+ 1"):
        yield node, f"{base}[{loose} {step}]", "the entry is off by one", 0


def absent(code, node):
    """Yield products and quotients with a name that may have been left out."""
    is_number = code.kind(node) == "numbers"
    for name in code.names if is_number else ():
        if name != code.of(node) and code.kinds.get(name, "numbers") in ("numbers", "real"):
            text = code.of(node, 3)
            yield node, f"{text} * {name}", f"`{name}` is missing", 6
            yield node, f"{text} / {name}", f"`{name}` is missing", 6
