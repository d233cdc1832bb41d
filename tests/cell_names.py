"""Which names a cell reads from other cells, and which it makes."""

import ast
import builtins
import symtable


def names(code):
    """Return (read from elsewhere, made here), both sets of names, for a cell that is Python."""
    read, made = set(), set()
    for statement in ast.parse(code).body:
        function = f"def cell():\n{indented(ast.unparse(statement))}"
        scope = symtable.symtable(function, "cell", "exec").get_children()[0]
        read |= from_outside(scope) - made - set(dir(builtins))
        made |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_local()}
    return read, made


def indented(code):
    return "\n".join(f"    {line}" for line in code.splitlines())


def from_outside(scope):
    """Return the names that a function and all functions in it read from the notebook."""
    found = {s.get_name() for s in scope.get_symbols() if s.is_global() and s.is_referenced()}
    return found.union(*(from_outside(inner) for inner in scope.get_children()))


def ambiguous(cells):
    """Return (number of the cell, name, numbers of the cells that make it) where it is not one.

    Args:
        cells: the code of each cell, in order.
    """
    of_cells = [names(code) for code in cells]
    return [
        (number, name, makers)
        for number, (read, _) in enumerate(of_cells)
        for name in sorted(read)
        if len(makers := [n for n, (_, made) in enumerate(of_cells) if name in made]) != 1
    ]
