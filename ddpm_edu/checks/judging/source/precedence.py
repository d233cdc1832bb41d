"""Edits of what belongs together: below the line, under a root, in an exponent, in a factor."""

import ast

from ddpm_edu.checks.judging.source.expressions import ADD, ATOM, MULTIPLY, POWER, SIGN


SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Pow: "**",
    ast.MatMult: "@", ast.Mod: "%", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.LShift: "<<", ast.RShift: ">>",
}  # fmt: skip
SUMS, PRODUCTS = (ast.Add, ast.Sub), (ast.Mult, ast.Div, ast.FloorDiv)
UNARY = (
    *("sqrt", "square", "exp", "log", "log2", "log10", "abs", "cos", "sin", "rsqrt", "reciprocal"),
    *("round", "floor", "ceil"),
)
LEVEL = {ast.Add: ADD, ast.Sub: ADD, ast.Pow: POWER}


def precedence(code, node):
    """Move what belongs below the line, under a root or into a factor."""
    if isinstance(node.op, SUMS):
        yield from into_products(code, node)
        yield from functions_first(code, node)
    if isinstance(node.op, PRODUCTS):
        yield from below_the_line(code, node)
        yield from out_of_parentheses(code, node)
        yield from functions_first(code, node)
    left, right, of = node.left, node.right, code.of
    if isinstance(node.op, ast.Pow) and isinstance(left, ast.BinOp):
        power = f"{of(left.right, ATOM)} ** {of(right, SIGN)}"
        text = f"{of(left.left, SIGN)} {SIGNS[type(left.op)]} {power}"
        yield node, text, "the power is of too much", 2


def into_products(code, node):
    """Move the end of a sum below the line beside it: a / b - c -> a / (b - c)."""
    sign, left, right, of = SIGNS[type(node.op)], node.left, node.right, code.of
    for part in (left, getattr(left, "right", None)):
        if isinstance(part, ast.BinOp) and isinstance(part.op, PRODUCTS):
            does = "divides by" if isinstance(part.op, ast.Div) else "takes in"
            why = f"`{SIGNS[type(part.op)]} {of(part.right, SIGN)}` {does} that alone"
            whole = f"({of(part.right)} {sign} {of(right, MULTIPLY)})"
            text = f"{of(part.left, MULTIPLY)} {SIGNS[type(part.op)]} {whole}"
            if part is not left:
                if not isinstance(left, ast.BinOp) or not isinstance(left.op, SUMS):
                    continue
                text = f"{of(left.left)} {SIGNS[type(left.op)]} {text}"
            yield node, text, why, 0
    if isinstance(right, ast.BinOp) and isinstance(right.op, PRODUCTS):
        inner = SIGNS[type(right.op)]
        text = f"({of(left)} {sign} {of(right.left, MULTIPLY)}) {inner} {of(right.right, SIGN)}"
        yield node, text, f"`{inner}` comes before `{sign}`", 0


def below_the_line(code, node):
    """Put further factors below the line: a / b * c -> a / (b * c), and into an exponent."""
    sign, left, right, of = SIGNS[type(node.op)], node.left, node.right, code.of
    factors = [f"{sign} {of(right, SIGN)}"]
    while isinstance(left, ast.BinOp) and isinstance(left.op, PRODUCTS):
        inner = SIGNS[type(left.op)]
        below = f"({of(left.right, MULTIPLY)} {' '.join(factors)})"
        is_line = inner == "/"
        why = f"`{inner} {of(left.right, SIGN)}` {'divides by' if is_line else 'takes'} that alone"
        if is_line or len(factors) == 1:
            yield node, f"{of(left.left, MULTIPLY)} {inner} {below}", why, 0 if is_line else 3
        factors.insert(0, f"{inner} {of(left.right, SIGN)}")
        left = left.left
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Pow):
        text = f"{of(left.left, ATOM)} ** ({of(left.right)} {' '.join(factors)})"
        yield node, text, f"`**` comes before `{factors[0][0]}`", 0


def out_of_parentheses(code, node):
    """Leave parentheses out: a / (b * c) -> a / b * c, (a + b) * c -> a + b * c."""
    sign, left, right, of = SIGNS[type(node.op)], node.left, node.right, code.of
    why = "the parentheses reach too far"
    if isinstance(right, ast.BinOp) and isinstance(right.op, (*PRODUCTS, *SUMS)):
        first = f"{of(left, MULTIPLY)} {sign} {of(right.left, SIGN)}"
        yield node, f"{first} {SIGNS[type(right.op)]} {of(right.right, SIGN)}", why, 2
    if isinstance(left, ast.BinOp) and isinstance(left.op, SUMS):
        last = f"{of(left.right, MULTIPLY)} {sign} {of(right, SIGN)}"
        yield node, f"{of(left.left)} {SIGNS[type(left.op)]} {last}", why, 2


def functions_first(code, node):
    """Take a sum or product under the root that stands at one of its ends."""
    sign, of, level = SIGNS[type(node.op)], code.of, LEVEL.get(type(node.op), MULTIPLY)
    rank = 0 if level == ADD else 2
    right, left = node.right, node.left
    why = f"it is taken before `{sign}`"
    for end in (right, left):

        def whole(value, end=end):
            if end is right:
                return f"{of(left, level)} {sign} {of(value, level + 1)}"
            return f"{of(value, level)} {sign} {of(right, level + 1)}"

        if isinstance(end, ast.Call) and (inner := root_of(end)):
            value, form = inner
            yield node, form(code, whole(value)), f"`{name_of(end)}`: {why}", rank
        if isinstance(end, ast.BinOp) and isinstance(end.op, ast.Pow):
            text = f"({whole(end.left)}) ** {of(end.right, SIGN)}"
            yield node, text, f"the power: {why}", rank


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def root_of(call):
    """Return (what a root, an exponential ... is of, how to write it of something else)."""
    function = call.func
    if isinstance(function, ast.Attribute) and not call.args and function.attr in UNARY:
        rest = f".{function.attr}()"
        return function.value, lambda code, text: f"({text}){rest}"
    if name_of(call) in UNARY and len(call.args) == 1:
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
        yield node, f"{left} {sign} {tidy(form(code, right))}", why, 2
        yield node, f"{tidy(form(code, left))} {sign} {code.of(value.right, level + 1)}", why, 2
    for other in ("sqrt", "square", "exp", "log", "cos", "sin", "round"):
        if other != name:
            start = code.of(node.func)
            yield node.func, start[: -len(name)] + other, f"`{name}` in the place of `{other}`", 2


def tidy(text):
    """Leave out parentheses around a name."""
    inside = text[1 : text.find(")")] if text.startswith("(") else ""
    return text.replace(f"({inside})", inside, 1) if inside.isidentifier() else text
