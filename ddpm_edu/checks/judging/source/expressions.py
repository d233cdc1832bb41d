"""Expressions of Python as far as edits depend on them: how they bind, of what kind they are."""

import ast
from collections.abc import Iterator


ADD, MULTIPLY, SIGN, POWER, ATOM = range(1, 6)  # how strongly an expression holds together
STRENGTH = {ast.Add: ADD, ast.Sub: ADD, ast.Pow: POWER}
KINDS = {
    "shape": "shape", "num_timesteps": "whole", "len": "whole", "device": "other",
    "dtype": "other", "range": "other", "zip": "other", "betas": "numbers", "alphas": "numbers",
    "alphas_bar": "numbers", "posterior_variance": "numbers", "parameters": "other",
    "randint": "times", "long": "times", "sample_timesteps": "times", "arange": "numbers",
    "T": "numbers", "mT": "numbers", "pi": "real", "values": "numbers", "full": "times",
    "item": "real", "backward": "other", "step": "other", "zero_grad": "other",
}  # fmt: skip


def is_function(node):
    return isinstance(node, (ast.FunctionDef, ast.Lambda))


def running_parts(node) -> Iterator[ast.AST]:
    """Return the parts of a node that run when it does: no annotations, defaults, docstrings."""
    if isinstance(node, (ast.FunctionDef, ast.Lambda)):
        body = node.body if isinstance(node.body, list) else [node.body]
        return iter(body[1:] if len(body) > 1 and is_text(body[0]) else body)
    if isinstance(node, (ast.JoinedStr, ast.expr_context, ast.operator)):
        return iter(())  # columns inside f-strings are not those of the text
    return (part for part in ast.iter_child_nodes(node) if hasattr(part, "lineno") or
            isinstance(part, (ast.comprehension, ast.keyword)))  # fmt: skip


def is_text(statement):
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def parsed(text):
    return ast.parse(text.strip(), mode="eval").body


def strength_of(node) -> int:
    if isinstance(node, ast.BinOp):
        return STRENGTH.get(type(node.op), MULTIPLY)
    if isinstance(node, ast.UnaryOp):
        return 0 if isinstance(node.op, ast.Not) else SIGN
    is_loose = isinstance(node, (ast.Compare, ast.IfExp, ast.BoolOp, ast.Lambda))
    return 0 if is_loose else ATOM
