"""Answers that are alike: a hint to look, never a verdict.

Two are alike if they do the same sums on the same arguments (see normal_form.py), or if they have
the same comments. What was handed out does not count, and neither do short answers, those that
compute as the course's solution does, and those that many have: there are only so many ways to
write a formula.
"""

import ast
import io
import re
import tokenize
from collections import Counter, defaultdict
from dataclasses import dataclass

from ddpm_edu.course.answers import solved, source_of, stub_of
from ddpm_edu.course.definitions import as_python
from ddpm_edu.course.statements import parsed
from ddpm_edu.grading.grade import Grade
from ddpm_edu.grading.normal_form import normal_form
from ddpm_edu.grading.value_numbers import number_of


LEAST_TOKENS = 40  # of one's own: names, numbers, signs
LEAST_WORDS = 5  # of one's own comments
LONGEST = 20_000  # letters of an answer that is compared
SHARE = 10  # an answer that more than one in so many have is the usual one
CODE, COMMENTS = "code", "comments"
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
        self.tokens, self.count = Counter(), Counter()
        self.stubs, self.solutions, self.remarks = {}, {}, {}

    def add(self, grade: Grade) -> None:
        """Take the answers of a student."""
        for one in grade.exercises:
            code = one.found.code
            lines = own_lines(code, self.stub(one.id))
            if not lines or len(code) > LONGEST:
                continue
            self.count[one.id] += 1
            form = normal_form(code, one.id) or number_of(lines)
            if form != self.solution(one.id):
                self.note(one.id, CODE, form, grade.student, lines)
            remarks = [line for line in comments(code) if line not in self.remarks[one.id]]
            if sum(len(line.split()) for line in remarks) >= LEAST_WORDS:
                self.note(one.id, COMMENTS, number_of(remarks), grade.student, lines)

    def note(self, exercise, kind, digest, student, lines):
        """Note a student under what may be found again with another, and how much that is."""
        key = exercise, kind, digest
        self.students[key].append(student)
        tokens = sum(len(TOKEN.findall(line)) for line in lines)
        self.tokens[key] = max(tokens, self.tokens[key])

    def solution(self, exercise_id):
        """Return the number of the course's own answer."""
        if exercise_id not in self.solutions:
            source = source_of(exercise_id)
            text = solved(source[1]) if source else ""
            self.solutions[exercise_id] = normal_form(text, exercise_id)
            self.remarks[exercise_id] = {*comments(text), *comments(stub_of(exercise_id) or "")}
        return self.solutions[exercise_id]

    def stub(self, exercise_id):
        """Return the lines that were handed out, with all names alike."""
        if exercise_id not in self.stubs:
            lines = canonical(stub_of(exercise_id) or "")
            self.stubs[exercise_id] = Counter(OWN_NAME.sub("v", line) for line in lines)
        return self.stubs[exercise_id]

    def alike(self) -> list[Group]:
        """Return who has answers alike, those with most in common first."""
        found = defaultdict(dict)
        for key, students in self.students.items():
            (exercise, kind, _), tokens = key, self.tokens[key]
            is_rare = 2 <= len(students) <= max(3, self.count[exercise] // SHARE)
            if is_rare and (tokens >= LEAST_TOKENS or kind == COMMENTS):
                found[tuple(students)][exercise] = tokens
        groups = [
            Group(students, tuple(parts), sum(parts.values())) for students, parts in found.items()
        ]
        return sorted(groups, key=lambda group: (-group.tokens, group.students))


def comments(code) -> list[str]:
    """Return what stands behind # in code, letters and words alone; nothing where it is broken."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.COMMENT:
                found.append(" ".join(re.findall(r"\w+", token.string)))
    except (tokenize.TokenError, SyntaxError):
        pass
    return [line for line in found if line]


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
