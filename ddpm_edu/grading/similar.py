"""Answers that are alike but for names, comments and spaces: a hint to look, never a verdict.

What was handed out does not count, and neither do short answers or those that many have: there
are only so many ways to write a formula.
"""

import ast
import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from ddpm_edu.course.answers import stub_of
from ddpm_edu.course.definitions import as_python
from ddpm_edu.course.statements import parsed
from ddpm_edu.grading.grade import Grade


LEAST_TOKENS = 40  # of one's own: names, numbers, signs
LONGEST = 20_000  # letters of an answer that is compared
SHARE = 10  # an answer that more than one in so many have is the usual one
TOKEN = re.compile(r"\w+|[^\w\s]")
OWN_NAME = re.compile(r"\bv\d+\b")


@dataclass(frozen=True)
class Group:
    """Students whose answers are alike.

    Args:
        students: their names.
        exercises: in which they are.
        tokens: of all these answers together.
    """

    students: tuple[str, ...]
    exercises: tuple[str, ...]
    tokens: int


class Answers:
    """Collects answers, of which it keeps a number each, and says which are alike."""

    def __init__(self):
        self.students = defaultdict(list)
        self.tokens, self.count, self.stubs = {}, Counter(), {}

    def add(self, grade: Grade) -> None:
        """Take the answers of a student."""
        for one in grade.exercises:
            lines = own_lines(one.found.code, self.stub(one.id))
            tokens = sum(len(TOKEN.findall(line)) for line in lines)
            self.count[one.id] += bool(lines)
            if tokens >= LEAST_TOKENS:
                digest = hashlib.blake2b("\n".join(lines).encode(), digest_size=8).digest()
                self.students[one.id, digest].append(grade.student)
                self.tokens[one.id, digest] = tokens

    def stub(self, exercise_id):
        """Return the lines that were handed out, with all names alike."""
        if exercise_id not in self.stubs:
            lines = canonical(stub_of(exercise_id) or "")
            self.stubs[exercise_id] = Counter(OWN_NAME.sub("v", line) for line in lines)
        return self.stubs[exercise_id]

    def alike(self) -> list[Group]:
        """Return who has answers alike, those with most in common first."""
        found = defaultdict(list)
        for (exercise, digest), students in self.students.items():
            if 2 <= len(students) <= max(3, self.count[exercise] // SHARE):
                found[tuple(students)].append((exercise, self.tokens[exercise, digest]))
        groups = [
            Group(students, tuple(name for name, _ in parts), sum(count for _, count in parts))
            for students, parts in found.items()
        ]
        return sorted(groups, key=lambda group: (-group.tokens, group.students))


def own_lines(code, handed_out):
    """Return the lines of an answer that were not handed out."""
    lines, rest = [], Counter(handed_out)
    for line in canonical(code):
        shape = OWN_NAME.sub("v", line)
        if rest[shape] > 0:
            rest[shape] -= 1
        else:
            lines.append(line)
    return lines


def canonical(code: str) -> list[str]:
    """Return the lines of code without comments, docstrings and types, its own names numbered."""
    if len(code) > LONGEST:
        return []
    try:
        tree = parsed(as_python(code) or "")
        if tree is not None:
            text = ast.unparse(Renamed(bound_names(tree)).visit(tree))
            return [line.strip() for line in text.splitlines() if line.strip()]
    except (RecursionError, MemoryError, ValueError):  # far nested, or something odd
        pass
    bare = [re.sub(r"#.*|\s", "", line) for line in code.splitlines()]
    return [line for line in bare if line]


def bound_names(tree):
    """Return the names that code gives, not those that it takes from elsewhere."""
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.alias(name=name, asname=asname):
                names.add(asname or name)
    return names


class Renamed(ast.NodeTransformer):
    """Numbers names in the order in which they appear; leaves out docstrings and types."""

    def __init__(self, names):
        self.names, self.numbers = names, {}

    def renamed(self, name):
        """Return the number of an own name, any other as it is."""
        if name not in self.names:
            return name
        return self.numbers.setdefault(name, f"v{len(self.numbers)}")

    def visit_Name(self, node):
        node.id = self.renamed(node.id)
        return node

    def visit_arg(self, node):
        node.arg, node.annotation = self.renamed(node.arg), None
        return node

    def visit_FunctionDef(self, node):
        node.name, node.returns = self.renamed(node.name), None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node):
        if node.value is None:
            return ast.Pass()
        node = ast.Assign(targets=[node.target], value=node.value, lineno=node.lineno)
        return self.generic_visit(node)

    def visit_Expr(self, node):
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return ast.Pass() if is_text else self.generic_visit(node)
