"""Edits of sums, products, powers and numbers, the inverse of slips that people make there."""

import ast

from ddpm_edu.checks.judging.source.text import ADD, ATOM, MULTIPLY, POWER, SIGN, Code


SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Pow: "**",
    ast.MatMult: "@", ast.Mod: "%",
}  # fmt: skip
SUMS, PRODUCTS = (ast.Add, ast.Sub), (ast.Mult, ast.Div, ast.FloorDiv)
UNARY = (
    *("sqrt", "square", "exp", "log", "log2", "log10", "abs", "cos", "sin", "rsqrt", "reciprocal"),
    *("round", "floor", "ceil"),
)
OTHER_SIGNS = {
    ast.Add: "-*/", ast.Sub: "+/*", ast.Mult: ("/", "+", "@", "-"), ast.Div: ("*", "-", "//", "+"),
    ast.MatMult: "*",
}  # fmt: skip
LEVEL = {ast.Add: ADD, ast.Sub: ADD, ast.Pow: POWER}


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
        yield node, code.of(node.operand), "the sign is the other one", 1
    if isinstance(node, ast.Constant):
        yield from constants(code, node)
    if is_operand(code, node):
        yield from operands(code, node)


def precedence(code, node):
    """Move what belongs below the line, under a root or into a factor."""
    sign, left, right = SIGNS[type(node.op)], node.left, node.right
    of = code.of
    if isinstance(node.op, SUMS):
        for part in (left, getattr(left, "right", None)):
            if isinstance(part, ast.BinOp) and isinstance(part.op, PRODUCTS):
                does = "divides by" if isinstance(part.op, ast.Div) else "takes in"
                why = f"`{SIGNS[type(part.op)]} {of(part.right, SIGN)}` {does} that alone"
                whole = f"({of(part.right)} {sign} {of(right, MULTIPLY)})"
                inside = f"{of(part.left, MULTIPLY)} {SIGNS[type(part.op)]} {whole}"
                if part is left:
                    yield node, inside, why, 0
                elif isinstance(left, ast.BinOp) and isinstance(left.op, SUMS):
                    yield node, f"{of(left.left)} {SIGNS[type(left.op)]} {inside}", why, 0
        if isinstance(right, ast.BinOp) and isinstance(right.op, PRODUCTS):
            inner = SIGNS[type(right.op)]
            text = f"({of(left)} {sign} {of(right.left, MULTIPLY)}) {inner} {of(right.right, SIGN)}"
            yield node, text, f"`{inner}` comes before `{sign}`", 0
        yield from functions_first(code, node)
    if isinstance(node.op, PRODUCTS):
        if isinstance(left, ast.BinOp) and isinstance(left.op, PRODUCTS):
            inner = SIGNS[type(left.op)]
            text = f"{of(left.left, MULTIPLY)} {inner} ({of(left.right, MULTIPLY)} {sign} {of(right, SIGN)})"
            why = f"`{inner} {of(left.right, SIGN)}` {'divides by' if inner == '/' else 'takes'} that alone"
            yield node, text, why, 0 if inner == "/" else 2
        if isinstance(right, ast.BinOp) and isinstance(right.op, (*PRODUCTS, *SUMS)):
            text = f"{of(left, MULTIPLY)} {sign} {of(right.left, SIGN)} {SIGNS[type(right.op)]} {of(right.right, SIGN)}"
            yield node, text, "the parentheses reach too far", 1
        if isinstance(left, ast.BinOp) and isinstance(left.op, SUMS):
            text = f"{of(left.left)} {SIGNS[type(left.op)]} {of(left.right, MULTIPLY)} {sign} {of(right, SIGN)}"
            yield node, text, "the parentheses reach too far", 1
        yield from functions_first(code, node)
        if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Pow):
            text = f"{of(left.left, ATOM)} ** ({of(left.right)} {sign} {of(right, SIGN)})"
            yield node, text, f"`**` comes before `{sign}`", 0
    if isinstance(node.op, ast.Pow) and isinstance(left, ast.BinOp):
        text = f"{of(left.left, SIGN)} {SIGNS[type(left.op)]} {of(left.right, ATOM)} ** {of(right, SIGN)}"
        yield node, text, "the power is of too much", 1


def functions_first(code, node):
    """Take a sum or product under the root that stands at one of its ends."""
    sign, of, level = SIGNS[type(node.op)], code.of, LEVEL.get(type(node.op), MULTIPLY)
    rank = 0 if level == ADD else 1
    right, left = node.right, node.left
    why = f"it is taken before `{sign}`"
    for end in (right, left):
        inner = root_of(end) if isinstance(end, ast.Call) else None
        if inner:
            value, form = inner
            whole = (
                f"{of(left, level)} {sign} {of(value, level + 1)}" if end is right
                else f"{of(value, level)} {sign} {of(right, level + 1)}"
            )  # fmt: skip
            yield node, form(code, whole), f"`{name_of(end)}`: {why}", rank
        if isinstance(end, ast.BinOp) and isinstance(end.op, ast.Pow):
            value = end.left
            whole = (
                f"{of(left, level)} {sign} {of(value, level + 1)}" if end is right
                else f"{of(value, level)} {sign} {of(right, level + 1)}"
            )  # fmt: skip
            yield node, f"({whole}) ** {of(end.right, SIGN)}", f"the power: {why}", rank


def name_of(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id


def root_of(call):
    """Return (what a root, an exponential ... is of, how to write it of something else)."""
    function = call.func
    if isinstance(function, ast.Attribute) and not call.args and function.attr in UNARY:
        rest = f".{function.attr}()"
        return function.value, lambda code, text: f"({text}){rest}"
    name = getattr(function, "attr", getattr(function, "id", None))
    if name in UNARY and len(call.args) == 1:
        return call.args[0], lambda code, text: f"{code.of(function)}({text})"
    return None


def roots(code, node, value, form):
    """Take a function off its argument, or let it end earlier."""
    name = name_of(node)
    yield node, code.of(value), f"`{name}` is too much", 0
    if isinstance(value, ast.BinOp):
        sign = SIGNS[type(value.op)]
        level = LEVEL.get(type(value.op), MULTIPLY)
        left, right = code.of(value.left), code.of(value.right)
        why = f"`{name}` is of too much"
        yield node, f"{left} {sign} {tidy(form(code, right))}", why, 1
        yield node, f"{tidy(form(code, left))} {sign} {code.of(value.right, level + 1)}", why, 1
    for other in ("sqrt", "square", "exp", "log", "cos", "sin", "round"):
        if other != name:
            start = code.of(node.func)
            yield node.func, start[: -len(name)] + other, f"`{name}` in the place of `{other}`", 1


def tidy(text):
    """Leave out parentheses around a name."""
    inside = text[1 : text.find(")")] if text.startswith("(") else ""
    return text.replace(f"({inside})", inside, 1) if inside.isidentifier() else text


def operators(code, node):
    """Exchange an operator or its operands, or drop one of them."""
    sign, left, right = SIGNS[type(node.op)], node.left, node.right
    level = LEVEL.get(type(node.op), MULTIPLY)
    yield node, code.of(left), f"`{sign} {code.of(right, SIGN)}` is too much", 0
    yield node, code.of(right), f"`{code.of(left, SIGN)} {sign}` is too much", 0
    for other in OTHER_SIGNS.get(type(node.op), "+-*/"):
        new = ADD if other in "+-" else MULTIPLY
        text = f"{code.of(left, new)} {other} {code.of(right, new + 1)}"
        rank = 0 if sign + other in ("///", "+-", "-+", "*/", "/*") else 1
        yield node, text, f"`{sign}` in the place of `{other}`", rank
    if isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult, ast.Pow)):
        text = f"{code.of(right, level)} {sign} {code.of(left, level + 1)}"
        yield node, text, "the two are the wrong way round", 1
    if isinstance(node.op, ast.Pow) and isinstance(right, ast.UnaryOp):
        yield node, f"{code.of(left, ATOM)} ** {code.of(right.operand, ATOM)}", "the exponent's sign", 0
    is_mean = isinstance(left, ast.BinOp) and isinstance(right, ast.Constant)
    if is_mean and isinstance(left.op, ast.Add):  # (x + x.detach()) / 2
        yield node, code.of(left.left), f"only a part of `{code.of(left.left)}` is taken", 0


def constants(code, node):
    value = node.value
    if isinstance(value, bool):
        yield node, str(not value), "the other choice is right", 1
    elif isinstance(value, int):
        others = dict.fromkeys((value + 1, value - 1, 0, 1, 2, 2 * value, -value))
        yield from ((node, str(other), "the number", 1) for other in others if other != value)
        if value:
            yield node, f"{value / 2:g}" if value % 2 else str(value // 2), "the number", 1
            yield node, f"{1 / value:g}", "the number", 2
    elif isinstance(value, float) and value:
        for other in (1 / value, 2 * value, value / 2, -value, 10 * value, value / 10, 1.0, 0.0):
            yield node, f"{other:g}", "the number", 1


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
            yield node, f"{code.of(node, ADD)} {step}", "it is off by one", 1
    if kind not in ("numbers", "real"):
        return
    tight, sign = code.of(node, ATOM), code.of(node, SIGN)
    yield node, f"1 - {code.of(node, MULTIPLY)}", "the rest to 1 belongs here", 1
    yield node, f"-{sign}", "the sign is the other one", 1
    if not isinstance(node, ast.Call) or not root_of(node):
        yield node, f"{tight}.sqrt()" if kind == "numbers" else f"{tight} ** 0.5", "its root belongs here", 1
    yield node, f"{tight} ** 2", "its square belongs here", 1
    for form in ("2 * {}", "{} / 2", "1 / {}"):
        yield node, form.format(code.of(node, POWER)), "a factor is missing", 2
