"""The source of a function, where it is at hand, and the function again with another source.

Nothing of a source is executed: what is compiled takes the place of the code that a function has,
between its own globals, defaults and closures, and inside its own decorators.
"""

import __future__

import ast
import dis
import functools
import inspect
import operator
import textwrap
import types
from typing import Any


LONGEST = 10_000  # bytes of a source that is read
FUTURE = functools.reduce(
    operator.or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
LAMBDA = "<lambda>"
CALLING = (
    *("PRECALL", "CALL", "PUSH_NULL", "LOAD_METHOD", "LOAD_ATTR", "LOAD_GLOBAL", "KW_NAMES"),
    *("CALL_KW", "CACHE", "EXTENDED_ARG", "FOR_ITER", "SEND", "RESUME"),
)


def sources(function: Any) -> list[tuple[str, str, int]]:
    """Return (name, text, first line) of a function and of the learner's own that it calls.

    The name is "" for the function itself. A function whose source is not at hand, or is no longer
    what runs, is left out; without the first one there are none.
    """
    inner = innermost(function)
    own = text_of(inner) if inner else None
    if inner is None or own is None:
        return []
    found = [("", *own)]
    for name in inner.__code__.co_names:
        helper = inner.__globals__.get(name)
        if not isinstance(helper, types.FunctionType) or helper is inner:
            continue
        if helper.__globals__ is not inner.__globals__:
            continue
        if text := text_of(helper):
            found.append((name, *text))
    return found


def innermost(function) -> types.FunctionType | None:
    """Return the function below all decorators, or None if it is of another kind."""
    try:
        inner = inspect.unwrap(function)
    except ValueError:
        return None
    return inner if isinstance(inner, types.FunctionType) else None


def text_of(function):
    """Return (text, first line), or None where the text is not that of the code."""
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError, SyntaxError, IndexError):
        return None
    text = textwrap.dedent("".join(lines))
    code = code_from(function, text) if len(text) <= LONGEST else None
    is_current = code and steps(code) == steps(function.__code__)
    return (text, first) if is_current else None


def steps(code):
    """Return what a code does, whatever stands around it: calls depend on imports there."""
    found = []
    for step in dis.get_instructions(code):
        value = step.argval
        if isinstance(value, types.CodeType):
            value = steps(value)
        if step.opname not in CALLING:
            found.append((step.opname, None if "JUMP" in step.opname else value))
    return found, code.co_names, code.co_varnames


def code_from(function, source, further=()):
    """Compile a text or its tree to the code of a function of its name, or return None."""
    own, free = function.__code__, (*function.__code__.co_freevars, *further)
    try:
        whole: Any = source
        if free:  # their names must be found around it
            whole = ast.parse(f"def around({', '.join(free)}): pass")
            inside = ast.parse(source) if isinstance(source, str) else source
            vars(whole.body[0])["body"] = inside.body
        flags = own.co_flags & FUTURE
        whole = compile(whole, own.co_filename, "exec", flags=flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = [code for code in codes_in(whole) if code.co_name == own.co_name]
    is_clear = found and (own.co_name != LAMBDA or len(found) == 1)
    return found[0] if is_clear and set(found[0].co_freevars) <= set(free) else None


def codes_in(code):
    """Yield the codes inside one, outer ones first."""
    inside = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    yield from inside
    for one in inside:
        yield from codes_in(one)


def edited(function, name: str, source: str | ast.AST, further: dict[str, Any] | None = None):
    """Return a function with another source for itself or for a helper, or None.

    Args:
        function: as it was handed in, with its decorators.
        name: "" or that of a helper, as in `sources`.
        source: its new text, or the tree of that.
        further: names that the source finds around it, and what they stand for.
    """
    inner = innermost(function)
    if inner is None:
        return None
    target = inner.__globals__.get(name) if name else inner
    if not isinstance(target, types.FunctionType) or not (
        code := code_from(target, source, further or ())
    ):
        return None
    cells = dict(zip(target.__code__.co_freevars, target.__closure__ or (), strict=True))
    cells |= {name: types.CellType(value) for name, value in (further or {}).items()}
    new = with_code(target, code, target.__globals__, tuple(cells[n] for n in code.co_freevars))
    if name:
        new = with_code(inner, inner.__code__, {**inner.__globals__, name: new}, inner.__closure__)
    return within_decorators(function, inner, new)


def with_code(function, code, names, closure):
    new = types.FunctionType(code, names, function.__name__, function.__defaults__, closure)
    new.__kwdefaults__ = function.__kwdefaults__
    return new


def within_decorators(function, inner, new):
    """Put a function in the place of the one that decorators hold, or return None."""
    if function is inner:
        return new
    wrapped = getattr(function, "__wrapped__", None)
    closure = function.__closure__ if isinstance(function, types.FunctionType) else None
    within = within_decorators(wrapped, inner, new) if wrapped and closure else None
    held = [cell for cell in closure or () if holds(cell, wrapped)]
    if within is None or not held:
        return None
    cells = tuple(types.CellType(within) if cell in held else cell for cell in closure or ())
    return with_code(function, function.__code__, function.__globals__, cells)


def holds(cell, value):
    try:
        return cell.cell_contents is value
    except ValueError:  # an empty cell
        return False
