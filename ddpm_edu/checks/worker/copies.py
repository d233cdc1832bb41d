"""Tell code that was copied out of the library from code that a learner wrote, be it the same."""

import ast
import dis
import linecache
import pathlib
import sys
import types

from ddpm_edu.checks.worker.source import codes_in


PACKAGE = str(pathlib.Path(__file__).parents[2])
LOCAL = {*dis.haslocal, *dis.hasfree}
DEEPEST = 2  # texts inside texts that are read: exec("...")


def fingerprint(code: types.CodeType) -> list:
    """Return what code does, whatever it, its file, its lines and its variables are called."""
    found = []
    for step in dis.get_instructions(code):
        value = step.arg if step.opcode in LOCAL else step.argval
        if isinstance(value, types.CodeType):
            value = fingerprint(value)
        if step.opname not in ("CACHE", "EXTENDED_ARG"):
            found.append((step.opname, None if "JUMP" in step.opname else value))
    return found


def is_own(code: types.CodeType) -> bool:
    """Tell whether code was written here: in a cell, or in a file that is no part of the library.

    Where there is no notebook, all code is that has another file.
    """
    is_ours = code.co_filename.startswith(PACKAGE)
    shell = shell_here()
    if shell is None:
        return not is_ours
    texts = [*shell.history_manager.input_hist_parsed]
    texts += [] if is_ours else ["".join(linecache.getlines(code.co_filename))]
    wanted = fingerprint(code)
    return any(fingerprint(one) == wanted for text in texts for one in codes_of(text))


def shell_here():
    """Return IPython's shell, or None outside notebooks."""
    module = sys.modules.get("IPython.core.interactiveshell")
    kind = getattr(module, "InteractiveShell", None)
    return kind.instance() if kind and kind.initialized() else None


def codes_of(text, depth=0):
    """Yield the code of each function in a text, and in texts inside it."""
    try:
        whole = compile(text, "<text>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return
    for code in (whole, *codes_in(whole)):
        yield code
        for constant in code.co_consts if depth < DEEPEST else ():
            if isinstance(constant, str) and ("def " in constant or "lambda" in constant):
                yield from codes_of(constant, depth + 1)
