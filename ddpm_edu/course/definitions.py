"""Where the code of a cell defines a function, by Python's syntax: in whichever way it is written.

IPython's own syntax is let pass: magics above and between the lines, shell commands, a question
mark. A cell that is no Python, since something in it is unfinished, is read line by line.
"""

import ast
import re
import textwrap
from dataclasses import dataclass


# Below these a cell is Python; %%bash, %%writefile and the like turn it into something else.
PYTHON_MAGICS = ("capture", "lprun", "memit", "mprun", "prun", "time", "timeit")
MAKERS = ("compile", "partial", "script", "vmap")  # calls of these return a function
CELL_MAGIC = re.compile(r"\s*%%(\w+)")
SHELL = re.compile(r"^(?P<indent>\s*)(?P<target>[\w, ]+=\s*)?(?:[%!].*|[^#]*[?]|[?].*)$")
CHECK = re.compile(r"""\bcheck\(\s*["'](\w+)["']""")


@dataclass(frozen=True)
class Definition:
    """A statement that defines a name.

    Args:
        start: where it begins, decorators included, as an index into the code.
        end: where it ends; a comment that belongs to it is part of it.
        indent: columns before it, as under `with torch.no_grad():`.
    """

    start: int
    end: int
    indent: int = 0


def definitions(code: str, name: str) -> list[Definition]:
    """Return where a cell defines a name at its top level, in order."""
    python = as_python(code)
    if python is None:
        return []
    try:
        statements = list(at_top_level(ast.parse(python).body))
    except (SyntaxError, ValueError, RecursionError):
        return unfinished(code, name)
    lines = list(zip(code.split("\n"), python.split("\n"), strict=True))
    return [
        definition_at(code, lines, statement)
        for statement in statements
        if defines(statement, name)
    ]


def as_python(code: str) -> str | None:
    """Return a cell with IPython's own syntax blanked out, by lines; None if it is no Python."""
    lines = code.split("\n")
    if magic := CELL_MAGIC.match(code):
        if magic[1] not in PYTHON_MAGICS:
            return None
        lines[code[: magic.end()].count("\n")] = ""
    # IPython lets a cell be indented as a whole.
    python = textwrap.dedent("\n".join(lines))
    try:
        ast.parse(python)
        return python
    except (SyntaxError, ValueError, RecursionError):
        return "\n".join(map(without_magic, python.split("\n")))


def without_magic(line):
    found = SHELL.match(line)
    if not found or line.lstrip().startswith("#"):
        return line
    return f"{found['indent']}{found['target'] or ''}None"


def at_top_level(statements):
    """Yield the statements that run in the cell's own namespace, those in blocks included."""
    for statement in statements:
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for field in ("body", "orelse", "handlers", "finalbody"):
                yield from at_top_level(getattr(statement, field, []))


def defines(statement, name) -> bool:
    """Tell whether a statement defines a function of this name, and nothing besides."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return statement.name == name
        case ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)):
            return target == name and is_function(statement.value)
    return False


def is_function(value) -> bool:
    """Tell a function that is given a name from a number or a tensor that is."""
    if isinstance(value, ast.Call):
        callee = value.func
        last = getattr(callee, "attr", getattr(callee, "id", None))
        if last in MAKERS:
            return True
    parts = ast.walk(value) if value is not None else []
    return isinstance(value, ast.Name) or any(isinstance(part, ast.Lambda) for part in parts)


def definition_at(code, lines, statement):
    """Return where a statement stands in the code of a cell.

    Args:
        code: of the cell.
        lines: (as it stands, as Python read it) for each of its lines.
        statement: as Python read it.
    """
    first = min([*getattr(statement, "decorator_list", []), statement], key=lambda it: it.lineno)
    # A decorator's own column is that after its @.
    begin = index_of(lines, first.lineno, statement.col_offset)
    end = index_of(lines, statement.end_lineno, statement.end_col_offset)
    line = lines[first.lineno - 1][0]
    indent = len(line) - len(line.lstrip())
    return Definition(begin, end_with_comments(code, end, indent), indent)


def index_of(lines, number, column):
    """Return the index in the code of a column, which Python counts in bytes of UTF-8."""
    written, read = lines[number - 1]
    before = sum(len(line) + 1 for line, _ in lines[: number - 1])
    if not written.endswith(read):  # a magic
        return before + len(written)
    margin = len(written) - len(read)
    return before + margin + len(read.encode()[:column].decode())


def end_with_comments(code, end, indent):
    """Move an end past the comments that are part of a function: beside it and in its body."""
    beside = re.compile(r"[ \t;]*#[^\n]*").match(code, end)
    end = beside.end() if beside else end
    inside = re.compile(rf"(?:\n[ \t]*)*\n[ \t]{{{indent + 1},}}#[^\n]*")
    while found := inside.match(code, end):
        end = found.end()
    return end


def unfinished(code, name):
    """Find definitions where Python cannot: from the line that begins one to the next outside."""
    name = re.escape(name)
    decorators, function = r"^(?:@[^\n]*\n)*", rf"(?:async[ \t]+)?def[ \t]+{name}\b"
    begin = re.compile(rf"{decorators}(?:{function}|{name}[ \t]*=)", re.M)
    outside = re.compile(r"\n(?=[^\s)\]}])")
    found = []
    for match in begin.finditer(code):
        end = outside.search(code, match.end())
        text = code[match.start() : end.start() if end else len(code)]
        found.append(Definition(match.start(), match.start() + len(text.rstrip())))
    return found


def replaced(code: str, definition: Definition, text: str) -> str:
    """Return a cell with one definition replaced by other lines and all else as it was."""
    before, after = code[: definition.start], code[definition.end :]
    first, *others = text.split("\n")
    margin = " " * definition.indent
    lines = "\n".join([first, *(margin + line if line else line for line in others)])
    same_line = before.rsplit("\n", 1)[-1]
    if same_line.strip():  # x = 1; name = lambda: 0
        before = before.rstrip(" ;") + "\n" + margin
    if following := re.match(r"[ \t]*;[ \t]*(?=[^\n])", after):
        after = "\n" + margin + after[following.end() :]
    return before + lines + after


def checked_in(code: str) -> list[str]:
    """Return the exercises that a cell checks, or would if the call were no comment."""
    return CHECK.findall(code)
