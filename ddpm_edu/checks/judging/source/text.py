"""A learner's function as text: read, never run; and edits of it as spans that are exchanged."""

import ast
import functools
from dataclasses import dataclass, field
from typing import Any

from ddpm_edu.checks.judging.source.expressions import (
    ADD,
    ATOM,
    KINDS,
    MULTIPLY,
    POWER,
    SIGN,
    STRENGTH,
    is_function,
    parsed,
    running_parts,
    strength_of,
)
from ddpm_edu.checks.worker.spans import Span, applied, span_of, starts_of_lines


LONGEST_SHOWN = 72  # characters of code in a sentence
AROUND = 30  # characters beside what differs in long code
SHORTEST_SHOWN = 8  # less is shown with what stands around it
NODES = 2500  # of a function that is read


@dataclass(frozen=True)
class Edit:
    """One change of a text.

    Args:
        start: of the bytes that are replaced.
        end: of them.
        text: what replaces them.
        node: that is replaced; a sentence shows it.
        why: what is wrong, in words, or "".
        rank: 0 for what people often do, 1, 2 ...
        advice: what to do, where that is not shown best by the text before and after.
    """

    start: int
    end: int
    text: bytes
    node: ast.AST = field(compare=False)
    why: str = ""
    rank: int = 2
    advice: str = ""

    @property
    def place(self) -> Span:
        """What a worker is told of it."""
        return self.start, self.end, self.text.decode()


class Code:
    """The parsed source of one function.

    Args:
        text: of the function, from its decorators on.
        line: number of its first line.
        name: of a helper, or "".
        kinds: of its arguments, in order: "numbers", "times", "whole", "real" or "other".
    """

    def __init__(self, text: str, line: int = 1, name: str = "", kinds: tuple[str, ...] = ()):
        self.bytes, self.line, self.name = text.encode(), line, name
        self.lines = starts_of_lines(self.bytes)
        self.tree = ast.parse(text)
        self.function: Any = next(filter(is_function, ast.walk(self.tree)))
        arguments = self.function.args
        named = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        self.kinds = dict.fromkeys(named, "numbers") | dict(zip(named, kinds, strict=False))
        self.parents: dict[ast.AST, ast.AST] = {}
        self.nodes = []  # in the order of the text, of what runs
        waiting: list[ast.AST] = [self.function]
        while waiting:
            node = waiting.pop()
            self.nodes.append(node)
            if len(self.nodes) > NODES:
                raise ValueError("too long to be read")
            inside = list(running_parts(node))
            self.parents.update(dict.fromkeys(inside, node))
            waiting += reversed(inside)

    def span(self, node) -> tuple[int, int]:
        """Return where a node stands, without parentheses around it."""
        return span_of(self.lines, node)

    def of(self, node, strength: int = 0) -> str:
        """Return the text of a node, in parentheses where it holds together less than that."""
        start, end = self.span(node)
        text = self.bytes[start:end].decode()
        return f"({text})" if strength_of(node) < strength else text

    def of_keyword(self, keyword) -> str:
        """Return the text of an argument that is passed by name."""
        value = self.of(keyword.value)
        return f"{keyword.arg}={value}" if keyword.arg else f"**{value}"

    @functools.cached_property
    def names(self) -> list[str]:
        """Return the arguments and the local names."""
        stored = [n.id for n in self.nodes if isinstance(n, ast.Name)
                  and isinstance(n.ctx, ast.Store)]  # fmt: skip
        return list(dict.fromkeys([*self.kinds, *stored]))

    def kind(self, node) -> str:
        """Return of what kind the value of an expression is, as far as its form tells."""
        if isinstance(node, ast.Name):
            is_known = node.id in self.names
            return self.kinds.get(node.id, "numbers") if is_known else "other"
        if isinstance(node, ast.Attribute):
            return KINDS.get(node.attr, "other")
        if isinstance(node, ast.Subscript):
            return "whole" if self.kind(node.value) == "shape" else self.kind(node.value)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            return KINDS.get(name, "numbers")
        is_value = isinstance(node, (ast.BinOp, ast.UnaryOp))
        return "numbers" if is_value else "other"

    def needed(self, node) -> int:
        """Return how strongly what stands in the place of a node has to hold together."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.BinOp):
            strength = STRENGTH.get(type(parent.op), MULTIPLY)
            is_tight = (node is parent.right) != (strength == POWER)
            return strength + is_tight
        if isinstance(parent, ast.UnaryOp):
            return SIGN
        if isinstance(parent, (ast.Attribute, ast.Starred)) or (
            isinstance(parent, (ast.Subscript, ast.Call))
            and node is getattr(parent, "value", getattr(parent, "func", None))
        ):
            return ATOM
        return ADD if isinstance(parent, (ast.Compare, ast.IfExp, ast.BoolOp)) else 0

    def replace(self, node, text: str, why: str = "", rank: int = 2) -> Edit:
        """Return the edit that puts an expression in the place of another."""
        start, end = self.span(node)
        needed = self.needed(node)  # often nothing, and to parse takes time
        if needed and strength_of(parsed(text)) < needed and not self.is_enclosed(start, end):
            text = f"({text})"
        return Edit(start, end, text.encode(), node, why, rank)

    def is_enclosed(self, start, end):
        before, after = self.bytes[:start].rstrip(), self.bytes[end:].lstrip()
        is_call = before[-2:-1].isalnum() or before[-2:-1] in (b"_", b"]", b")")
        return before.endswith(b"(") and after.startswith(b")") and not is_call

    def apply(self, *edits: Edit) -> str:
        """Return the text with edits made."""
        return applied(self.bytes, [edit.place for edit in edits])

    def is_once(self, start, end):
        """Tell whether a line holds this text once only."""
        first = self.bytes.rfind(b"\n", 0, start) + 1
        line = self.bytes[first:].partition(b"\n")[0]
        return line.count(self.bytes[start:end]) <= 1

    def shown(self, edit: Edit) -> tuple[str, str]:
        """Return the code before and after an edit, short, with a little of what is around it."""
        node, (start, end) = edit.node, (edit.start, edit.end)
        while True:
            inside, node = node, self.parents.get(node)
            is_name = isinstance(node, ast.Call) and inside is node.func
            is_short = max(end - start, len(edit.text)) < SHORTEST_SHOWN
            is_unclear = is_short or is_name or not self.is_once(start, end)
            if not isinstance(node, (ast.expr, ast.keyword)) or not is_unclear:
                break
            around = self.span(node)
            if around[1] - around[0] > LONGEST_SHOWN:
                break
            start, end = around
        old = self.bytes[start:end]
        new = self.bytes[start : edit.start] + edit.text + self.bytes[edit.end : end]
        return shortened(old, new), shortened(new, old)


def shortened(code: bytes, other: bytes) -> str:
    """Return code in one line; of long code, what differs from another and a little around it."""
    text, other_text = (" ".join(part.decode().split()) for part in (code, other))
    if len(text) <= LONGEST_SHOWN:
        return text
    same = common(text, other_text)
    rest = common(text[same:][::-1], other_text[same:][::-1])
    start, end = max(0, same - AROUND), min(len(text), len(text) - rest + AROUND)
    shown = text[start:end]
    if len(shown) > 2 * LONGEST_SHOWN:
        shown = f"{shown[:LONGEST_SHOWN]} ... {shown[-AROUND:]}"
    return f"{'...' if start else ''}{shown}{'...' if end < len(text) else ''}"


def common(one: str, other: str) -> int:
    """Return how many letters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
