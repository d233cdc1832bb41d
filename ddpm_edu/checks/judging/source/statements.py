"""Edits of statements: their order, conditions, loops, what changes in place."""

import ast
import itertools

from ddpm_edu.checks.judging.source.precedence import SIGNS
from ddpm_edu.checks.judging.source.text import Code, Edit


COMPARED = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign)


def edits(code: Code, node):
    """Yield (node, new text, what is wrong in words, rank) for one expression."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
        left, right = code.of(node.left, 1), code.of(node.comparators[0], 1)
        sign = COMPARED[type(node.ops[0])]
        for other in COMPARED.values():
            if other != sign:
                yield node, f"{left} {other} {right}", f"`{sign}` in the place of `{other}`", 0
    if isinstance(node, ast.IfExp):
        test, body, other = (code.of(n, 1) for n in (node.test, node.body, node.orelse))
        yield node, f"{other} if {test} else {body}", "the branches are the wrong way round", 2
        yield node, body, "there is no condition", 2
        yield node, other, "there is no condition", 2
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, code.of(node.operand), "`not` turns the condition round", 0
    if isinstance(node, ast.BoolOp):
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        text = f" {new} ".join(code.of(value, 1) for value in node.values)
        yield node, text, f"`{old}` in the place of `{new}`", 0
    parent = code.parents.get(node)
    if isinstance(parent, (ast.If, ast.IfExp)) and node is parent.test:
        yield node, f"not ({code.of(node)})", "the condition is the wrong way round", 2
        yield node, "True", "there is no condition", 2


def of_statements(code: Code):
    """Yield edits of whole statements."""
    for node in code.nodes:
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                block = [part for part in block if part in code.parents]  # no docstring
                yield from of_block(code, node, block)


def of_block(code, owner, block):
    for first, second in itertools.pairwise(block):
        if isinstance(first, SIMPLE) and isinstance(second, SIMPLE):
            yield moved(code, first, second)
    for first, second in zip(block, block[2:], strict=False):
        if isinstance(first, ast.Expr) and isinstance(second, ast.Expr):
            yield moved(code, first, second)
    for statement in block:
        yield from of_statement(code, statement)
    if isinstance(owner, (ast.For, ast.If, ast.With)) and len(block) > 1 and block == owner.body:
        yield outdented(code, owner, block[-1])


def moved(code, first, second):
    """Exchange two statements."""
    (start, stop), (again, end) = code.span(first), code.span(second)
    one, between, other = code.bytes[start:stop], code.bytes[stop:again], code.bytes[again:end]
    why = f"`{code.of(second)}` comes before `{code.of(first)}`"
    return Edit(start, end, other + between + one, first, why, 0, "exchange the two")


def of_statement(code, node):
    if isinstance(node, ast.AugAssign) and type(node.op) in SIGNS:
        target, sign = code.of(node.target), SIGNS[type(node.op)]
        start, end = code.span(node)
        text = f"{target} = {target} {sign} ({code.of(node.value)})"
        why = f"`{sign}=` changes in place what others still need"
        yield Edit(start, end, text.encode(), node, why, 0)
        for other in {"+": "-*", "-": "+", "*": "/+", "/": "*"}.get(sign, ""):
            text = f"{target} {other}= {code.of(node.value)}"
            yield Edit(start, end, text.encode(), node, f"`{sign}` in the place of `{other}`", 2)
    if isinstance(node, SIMPLE):
        start, end = code.span(node)
        yield Edit(start, end, b"pass", node, f"`{code.of(node)}` is too much", 1, "leave it out")
    if isinstance(node, ast.With):
        start, end = code.span(node)[0], code.span(node.items[-1].context_expr)[1]
        what = code.bytes[start:end].decode()
        yield Edit(start, end, b"if True", node, f"`{what}` is too much", 1, "leave it out")


def outdented(code, owner, last):
    """Put the last statement of a block after the block."""
    start, end = code.span(last)
    line = code.lines[last.lineno - 1]
    less = owner.col_offset
    text = code.bytes[start:end].replace(b"\n" + b" " * (last.col_offset - less), b"\n")
    is_return = isinstance(last, ast.Return)
    kind = {ast.For: "loop", ast.If: "`if`", ast.With: "`with`"}[type(owner)]
    why = f"`{'return' if is_return else code.of(last)}` stands inside the {kind}"
    rank = 0 if is_return else 2
    return Edit(line, end, b" " * less + text, last, why, rank, f"put it after the {kind}")
