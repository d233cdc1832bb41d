"""What a statement of Python defines, read from its syntax tree."""

import ast


MAKERS = ("compile", "partial", "script", "vmap")  # calls of these return a function


def parsed(python):
    """Return the syntax tree of a cell, or None for what is no Python."""
    try:
        return ast.parse(python)
    except (SyntaxError, ValueError, RecursionError):
        return None


def at_top_level(statements):
    """Yield the statements that run in the cell's own namespace, those in blocks included."""
    for statement in statements:
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for field in ("body", "orelse", "handlers", "finalbody", "cases"):
                yield from at_top_level(getattr(statement, field, []))


def defines(statement, name, functions) -> bool:
    """Tell whether a statement defines a function of this name, and nothing besides.

    Args:
        statement: at top level.
        name: of the function.
        functions: names of those that the cell defines by `def`.
    """
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return statement.name == name
        case ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)):
            return target == name and is_function(statement.value, functions)
    return False


def is_function(value, functions) -> bool:
    """Tell a function that is given a name from a number or a tensor that is."""
    match value:
        case ast.Lambda():
            return True
        case ast.Name(id=name):
            return name in functions
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in MAKERS
        case ast.Call(func=ast.Call(), args=[ast.Lambda()]):  # a decorator by hand
            return True
    return False


def outside_functions(tree):
    for part in ast.iter_child_nodes(tree):
        yield part
        if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from outside_functions(part)


def bound(part) -> list[str]:
    match part:
        case ast.Name(id=name, ctx=ast.Store()):
            return [name]
        case ast.Import() | ast.ImportFrom():
            return [alias.asname or alias.name for alias in part.names]
    return []
