"""Edits of calls: which function, which arguments and axes, which dtype, and methods too many."""

import ast

from ddpm_edu.checks.judging.source.expressions import ATOM
from ddpm_edu.checks.judging.source.precedence import name_of
from ddpm_edu.checks.judging.source.text import Code


FAMILIES = (
    *("rand randn", "rand_like randn_like zeros_like ones_like", "stack cat", "sum mean prod"),
    *("zeros ones", "cumsum cumprod", "min max amin amax", "minimum maximum", "linspace logspace"),
    *("mse_loss l1_loss smooth_l1_loss huber_loss", "silu relu gelu sigmoid tanh softplus"),
    *("round floor ceil trunc", "any all", "argmin argmax", "repeat repeat_interleave", "erf erfc"),
    *("var std", "pixel_shuffle pixel_unshuffle", "parameters buffers", "upsample downsample"),
    *("softmax log_softmax", "chunk split", "unsqueeze squeeze", "log log1p"),
    *("where where", "expm1 exp", "eigvalsh eigh", "norm_1 norm_2", "conv_1 conv_2"),
)
OTHERS = {
    name: [other for other in family.split() if other != name]
    for family in FAMILIES for name in family.split()
}  # fmt: skip
# Of the softmax of a softmax it would make a right answer, in an odd way.
OTHERS["softmax"] = []
JOINING = ("cat", "softmax", "chunk", "cumprod", "cumsum", "stack", "log_softmax")
REDUCING = ("sum", "mean", "amax", "amin", "prod", "std", "var")
TABLES = ("tensor", "linspace", "arange", "zeros", "ones", "full", "as_tensor")
DTYPES = {
    "float32": ("float64",), "float64": ("float32",), "float16": ("float32", "float64"),
    "int": ("long",), "int32": ("int64",), "float": ("float64",), "bfloat16": ("float32",),
    "half": ("float64",),
}  # fmt: skip
MODULES = ("torch", "F", "nn", "math", "np", "ddpm_edu", "functional")
# Methods that people leave out, and put in too much; the latter is any method.
LEFT_OUT = (
    *("mean()", "item()", "clamp(-1, 1)", "clamp(min=0)", "long()", "round()", "double()", "cpu()"),
    *("sum()", "detach()", "flip(0)", "exp()", "log()", "clone()", "abs()", "mT"),
)


def edits(code: Code, node):
    """Yield (node, new text, what is wrong in words, rank) for one node."""
    if isinstance(node, ast.Call):
        yield from other_functions(code, node)
        yield from without(code, node)
        yield from arguments(code, node)
        yield from axes(code, node)
        yield from dtypes(code, node)
    if isinstance(node, ast.Attribute) and node.attr in DTYPES:
        for other in DTYPES[node.attr]:
            yield node, f"{code.of(node.value)}.{other}", f"{node.attr} is not the dtype", 0
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
        inner = base(node.value)
        if inner is not None:
            name = name_of(node.value)
            yield node, code.of(inner), f"`.{name}(...).{node.attr}` is too much", 0
    if isinstance(node, ast.Attribute) and node.attr == "T":
        why = "`.T` turns all axes round"
        yield node, f"{code.of(node.value, ATOM)}.mT", why, 0
    if isinstance(node, ast.Tuple) and 1 < len(node.elts) < 5:
        yield from reordered(code, node)


def other_functions(code, call):
    name = name_of(call)
    start = code.of(call.func)[: -len(name)]
    for other in OTHERS.get(name, ()):
        yield call.func, start + other, f"`{name}` in the place of `{other}`", 0
    if name.endswith("_") and isinstance(call.func, ast.Attribute):
        yield call.func, start + name[:-1], f"`{name}` changes what it is called on", 0


def without(code, call):
    """Leave a function out: x.m() -> x, f(x) -> x, f(x[:1].m()) -> x."""
    name = name_of(call)
    if isinstance(call.func, ast.Attribute) and not is_module(call.func.value):
        why = f"`.{name}({'...' if call.args or call.keywords else ''})` is too much"
        yield call, code.of(call.func.value), why, 0
    if call.args and not isinstance(call.args[0], ast.Starred) and len(call.args) < 3:
        yield call, code.of(call.args[0]), f"`{name}` is too much", 0
    inner, depth = call, 0
    while depth < 4 and (within := base(inner)) is not None:
        inner, depth = within, depth + 1
        if depth > 1:
            yield call, code.of(inner), f"all that is done to `{code.of(inner)}` is too much", 2


def base(node):
    """Return what a method, an index or a function of one argument is applied to."""
    if isinstance(node, ast.Subscript):
        return node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
        return node.value  # .values of a sort
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and not is_module(node.func.value):
            return node.func.value
        return node.args[0] if len(node.args) == 1 else None
    return None


def is_module(node):
    return isinstance(node, ast.Name) and node.id in MODULES


def arguments(code, call):
    """Exchange two arguments, leave one out."""
    texts = [code.of(part) for part in call.args]
    named = [code.of_keyword(keyword) for keyword in call.keywords]
    function = code.of(call.func)

    def written(args, keywords):
        return f"{function}({', '.join([*args, *keywords])})"

    for i in range(len(texts)):
        for j in range(i + 1, min(len(texts), 6)):
            swapped = list(texts)
            swapped[i], swapped[j] = texts[j], texts[i]
            why = f"{texts[i]} and {texts[j]} are the wrong way round"
            yield call, written(swapped, named), why, 0
    for i, text in enumerate(texts):
        if len(texts) > 1:
            yield call, written(texts[:i] + texts[i + 1 :], named), f"`{text}` is too much", 3
    for i, text in enumerate(named):
        yield call, written(texts, named[:i] + named[i + 1 :]), f"`{text}` is too much", 0
    for keyword in call.keywords:
        value = keyword.value
        if keyword.arg == "reduction" and isinstance(value, ast.Constant) and value.value != "mean":
            yield value, '"mean"', "the loss is a mean over all elements", 0


def axes(code, call):
    name = name_of(call)
    named = [keyword for keyword in call.keywords if keyword.arg == "dim"]
    for keyword in named:
        for axis in (1, -1, 0, -2, 2):
            yield keyword.value, str(axis), f"`{name}` works along another axis", 0
    if not named and name in (*JOINING, *REDUCING):
        inside = [code.of(part) for part in call.args] + [
            code.of_keyword(keyword) for keyword in call.keywords
        ]
        for axis in (1, -1, 0) if name in JOINING else (-1,):
            text = f"{code.of(call.func)}({', '.join([*inside, f'dim={axis}'])})"
            yield (
                call,
                text,
                f"`{name}` needs to know along which axis",
                0 if name in JOINING else 2,
            )


def dtypes(code, call):
    name = name_of(call)
    if name in ("tensor", "as_tensor") and len(call.args) == 1 and not call.keywords:
        why = "a tensor made of a number is float32"
        yield call, code.of(call.args[0]), why, 0
    if name in TABLES and not any(keyword.arg == "dtype" for keyword in call.keywords):
        text = code.of(call)
        comma = "" if text.rstrip(")").endswith(",") else ", "
        yield call, f"{text[:-1]}{comma}dtype=torch.float64)", f"`{name}` makes float32", 0
    if name in ("float", "half", "bfloat16") and isinstance(call.func, ast.Attribute):
        why = f"`.{name}()` cuts digits off"
        yield call.func, f"{code.of(call.func.value, ATOM)}.double", why, 0


def reordered(code, node):
    texts = [code.of(part) for part in node.elts]
    is_enclosed = code.of(node).startswith("(") and code.of(node).endswith(")")
    for i in range(len(texts) - 1):
        swapped = [*texts[:i], texts[i + 1], texts[i], *texts[i + 2 :]]
        text = ", ".join(swapped)
        yield node, f"({text})" if is_enclosed else text, "the order is the other one", 0


def left_out(code, node):
    """Yield methods put after an expression."""
    if code.kind(node) != "numbers":
        return
    for method in LEFT_OUT:
        name = method.split("(")[0]
        yield node, f"{code.of(node, ATOM)}.{method}", f"`.{name}` is missing", 5
