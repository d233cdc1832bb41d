"""Where the code of a cell defines a function, by Python's syntax: in whichever way it is written.

IPython's own syntax is let pass: magics above and between the lines, shell commands, a question
mark. A cell that is no Python, since something in it is unfinished, is read line by line.
"""

import ast
import re
import textwrap
from dataclasses import dataclass

from ddpm_edu.course.statements import at_top_level, bound, defines, outside_functions, parsed


# Below these a cell is Python; %%bash, %%writefile and the like turn it into something else.
PYTHON_MAGICS = ("capture", "lprun", "memit", "mprun", "prun", "time", "timeit")
CELL_MAGIC = re.compile(r"\s*%%(\w+)")
SHELL = re.compile(r"^(?P<indent>\s*)(?P<target>[\w, ]+=\s*)?[%!].*$")
HELP = re.compile(r"^(?P<indent>\s*)(?P<target>)(?:[^#]*[?]|[?].*)$")
CHECK = re.compile(r"""\bcheck\s*\(\s*(?:exercise_id\s*=\s*)?["'](\w+)["']""")

DEFINING = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.Assign, ast.AnnAssign, ast.AugAssign),
)


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
    tree = parsed(python)
    if tree is None:
        return unfinished(code, name)
    statements = list(at_top_level(tree.body))
    functions = {s.name for s in statements if isinstance(s, ast.FunctionDef)}
    lines = list(zip(code.split("\n"), python.split("\n"), strict=True))
    return [
        definition_at(code, lines, statement)
        for statement in statements
        if defines(statement, name, functions)
    ]


def parts_of(code: str, name: str) -> list[str]:
    """Return the code of each statement of a cell that defines something, and of nothing else.

    Where the cell cannot be read as Python, what there is of the function alone.
    """
    tree = parsed(as_python(code) or "")
    if tree is None:  # an unfinished line
        found = definitions(code, name)
        return [code[found[-1].start : found[-1].end]] if found else []
    return [
        ast.unparse(statement)
        for statement in at_top_level(tree.body)
        if isinstance(statement, DEFINING)
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
    for blanked in (python, without(SHELL, python), without(HELP, without(SHELL, python))):
        if parsed(blanked):
            return blanked
    return blanked


def without(magic, python):
    """Blank out the lines of one kind, and those that continue them."""
    lines, continues = [], False
    for line in python.split("\n"):
        found = magic.match(line)
        is_magic = continues or (found and not line.lstrip().startswith("#"))
        continues = bool(is_magic) and line.endswith("\\")
        begin = f"{found['indent']}{found['target'] or ''}" if found else ""
        lines.append(f"{begin}None" if is_magic and found else "" if is_magic else line)
    return "\n".join(lines)


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
    outside = re.compile(r"\n(?=[^\s)\]}#])")
    found = []
    for match in begin.finditer(code):
        end = outside.search(code, match.end())
        text = code[match.start() : end.start() if end else len(code)]
        found.append(Definition(match.start(), match.start() + len(text.rstrip())))
    return found


def binds(code: str, name: str) -> bool:
    """Tell whether a cell gives a name in a way that is no definition: by `import`, `a, b = ...`.

    What a call does, such as `exec` or `%run`, is not seen.
    """
    tree = parsed(as_python(code) or "")
    if tree is None:
        return False
    return any(name in bound(part) for part in outside_functions(tree))


def replaced(code: str, definition: Definition, text: str) -> str:
    """Return a cell with one definition replaced by other lines and all else as it was."""
    before, after = code[: definition.start], code[definition.end :]
    line = before.rsplit("\n", 1)[-1]
    margin = line[: len(line) - len(line.lstrip())]
    if line.rstrip().endswith(":"):  # if a: name = lambda: 0
        margin += "    "
    if line.strip():  # x = 1; name = lambda: 0
        before = before.rstrip(" ;") + "\n" + margin
    first, *others = text.split("\n")
    lines = "\n".join([first, *(margin + line if line else line for line in others)])
    if following := re.match(r"[ \t]*;[ \t]*(?=[^\n])", after):
        after = "\n" + margin + after[following.end() :]
    return before + lines + after


def checked_in(code: str) -> list[str]:
    """Return the exercises that a cell checks, or would if the call were no comment."""
    return CHECK.findall(code)
