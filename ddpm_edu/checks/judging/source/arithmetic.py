"""Edits of sums, products, powers and numbers, the inverse of slips that people make there."""

import ast

from ddpm_edu.checks.judging.source.expressions import ADD, ATOM, MULTIPLY, POWER, SIGN
from ddpm_edu.checks.judging.source.precedence import (
    LEVEL,
    SIGNS,
    name_of,
    precedence,
    root_of,
    roots,
)
from ddpm_edu.checks.judging.source.text import Code


OTHER_SIGNS = {
    ast.Add: "-*/", ast.Sub: "+/*", ast.Mult: ("/", "+", "@", "-"), ast.Div: ("*", "-", "//", "+"),
    ast.MatMult: "*",
}  # fmt: skip


def edits(code: Code, node):
    """Yield (node, new text, what is wrong in words, rank) for one node."""
    if isinstance(node, ast.BinOp):
        yield from precedence(code, node)
        yield from operators(code, node)
    if isinstance(node, ast.Call) and (inner := root_of(node)):
        yield from roots(code, node, *inner)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        if isinstance(node.operand, ast.BinOp) and isinstance(node.operand.op, ast.Pow):
            base, power = (code.of(n, ATOM) for n in (node.operand.left, node.operand.right))
            why = "a power binds more tightly than the sign before it"
            yield node, f"(-{base}) ** {power}", why, 0
        yield node, code.of(node.operand), "the sign is the other one", 2
    if isinstance(node, ast.Constant):
        yield from constants(code, node)
    if is_operand(code, node):
        yield from operands(code, node)


def operators(code, node):
    """Exchange an operator or its operands, or drop one of them."""
    sign, left, right = SIGNS[type(node.op)], node.left, node.right
    level = LEVEL.get(type(node.op), MULTIPLY)
    yield node, code.of(left), f"`{sign} {code.of(right, SIGN)}` is too much", 0
    yield node, code.of(right), f"`{code.of(left, SIGN)} {sign}` is too much", 0
    is_one = isinstance(left, ast.Constant) and left.value == 1
    for other in OTHER_SIGNS.get(type(node.op), "+-*/"):
        if other == "*" and is_one:  # `1 /` is too much
            continue
        new = ADD if other in "+-" else MULTIPLY
        text = f"{code.of(left, new)} {other} {code.of(right, new + 1)}"
        rank = 0 if sign + other in ("///", "+-", "-+", "*/", "/*") else 2
        yield node, text, f"`{sign}` in the place of `{other}`", rank
    if isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult, ast.Pow)):
        text = f"{code.of(right, level)} {sign} {code.of(left, level + 1)}"
        yield node, text, "the two are the wrong way round", 2
    if isinstance(node.op, ast.Pow) and isinstance(right, ast.UnaryOp):
        yield (
            node,
            f"{code.of(left, ATOM)} ** {code.of(right.operand, ATOM)}",
            "the exponent's sign",
            0,
        )
    match left, right:
        case ast.BinOp(left=part, op=ast.Add()), ast.Constant():  # (x + x.detach()) / 2
            yield node, code.of(part), f"only a part of `{code.of(part)}` is taken", 0


def constants(code, node):
    value, around = node.value, code.parents.get(node)
    if isinstance(around, (ast.UnaryOp, ast.keyword)):
        around = code.parents.get(around)
    name = name_of(around) if isinstance(around, ast.Call) else ""
    rank = 0 if name in ("clamp", "clip") else 3
    if isinstance(value, bool):
        yield node, str(not value), "the other choice is right", 2
    elif isinstance(value, int):
        others = dict.fromkeys((value + 1, value - 1, 0, 1, -value, 2, 2 * value))
        others.pop(value, None)
        yield from ((node, str(other), "the number", 2 + (n > 4)) for n, other in enumerate(others))
        if value:
            yield node, f"{value / 2:g}" if value % 2 else str(value // 2), "the number", 3
            yield node, f"{1 / value:g}", "the number", 3
    elif isinstance(value, float) and value:
        for other in (1 / value, 2 * value, value / 2, -value, 10 * value, value / 10, 1.0, 0.0):
            yield node, f"{other:g}", "the number", rank


def is_operand(code, node):
    """Tell expressions that take part in a computation."""
    is_value = isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp))
    parent = code.parents.get(node)
    if not is_value or isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
        return False
    if isinstance(parent, ast.Call) and node is parent.func:
        return False
    if isinstance(parent, ast.Attribute) and not isinstance(code.parents.get(parent), ast.Call):
        return False
    return not isinstance(parent, (ast.Expr, ast.For, ast.Subscript, ast.comprehension))


def operands(code, node):
    """Put something around an expression that was left out."""
    kind, parent = code.kind(node), code.parents.get(node)
    if kind in ("times", "whole") or isinstance(parent, ast.Call):
        for step in ("+ 1", "- 1") if kind in ("times", "whole", "real") else ():
            yield node, f"{code.of(node, ADD)} {step}", "it is off by one", 2
    if kind not in ("numbers", "real"):
        return
    # Names in the midst of arithmetic first: there roots and squares get lost.
    is_name = isinstance(node, (ast.Name, ast.Attribute, ast.Subscript))
    is_first = is_name and isinstance(parent, (ast.BinOp, ast.UnaryOp, ast.Attribute))
    rank = 1 if is_first else 4
    tight, sign = code.of(node, ATOM), code.of(node, SIGN)
    yield node, f"1 - {code.of(node, MULTIPLY)}", "the rest to 1 belongs here", rank
    yield node, f"-{sign}", "the sign is the other one", rank
    if not isinstance(node, ast.Call) or not root_of(node):
        root = f"{tight}.sqrt()" if kind == "numbers" else f"{tight} ** 0.5"
        yield node, root, "its root belongs here", rank
    yield node, f"{tight} ** 2", "its square belongs here", rank
    for form in ("2 * {}", "{} / 2", "1 / {}"):
        yield node, form.format(code.of(node, POWER)), "a factor is missing", 5
