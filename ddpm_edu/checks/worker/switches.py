"""All edits of a function compiled at once, each behind a switch.

To compile a function anew for each edit takes longer than to call it. So an expression that has
edits becomes `itself if not switch[3] else first if switch[3] == 1 else second ...`, and is
compiled once for all (mutant schemata: Untch, Offutt and Harrold, ISSTA 1993).
"""

import ast

from ddpm_edu.checks.worker.source import edited
from ddpm_edu.checks.worker.spans import Span, applied, span_of, starts_of_lines


SWITCH = "_switch"  # name of the list: which edit each place has, 0 for none
SOMEWHERE = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
NAME = ast.Name(SWITCH, ast.Load(), **SOMEWHERE)
ODD = (SyntaxError, ValueError, RecursionError, MemoryError)


class Versions:
    """Versions of a function with edited sources.

    Args:
        function: as it was handed in.
        name: "" or that of the helper that is edited, as in `source.sources`.
        text: the source of what is edited.
        choices: the edits that each version has; those of one do not overlap.
    """

    def __init__(self, function, name: str, text: str, choices: list[tuple[Span, ...]]):
        self.function, self.name, self.text = function, name, text.encode()
        self.places, self.switches, self.switched = {}, [], None
        try:
            tree = ast.parse(text)
            self.put_switches(tree, {edit for edits in choices for edit in edits})
            self.switched = edited(function, name, tree, {SWITCH: self.switches})
        except ODD:
            pass
        if self.switched is None:
            self.places = {}

    def version(self, edits: tuple[Span, ...]):
        """Return the function with some edits, until the next is asked for, or None."""
        if not all(edit in self.places for edit in edits):
            return edited(self.function, self.name, applied(self.text, edits))
        self.switches[:] = [0] * len(self.switches)
        for edit in edits:
            place, number = self.places[edit]
            self.switches[place] = number
        return self.switched

    def put_switches(self, tree, edits):
        """Put the edits that exchange one expression for another into a tree."""
        starts, by_span = starts_of_lines(self.text), {}
        for start, end, new in edits:
            by_span.setdefault((start, end), []).append(new)
        for parent in list(ast.walk(tree)):
            if isinstance(parent, ast.JoinedStr):
                continue  # columns inside f-strings are not those of the text
            for field, value in list(ast.iter_fields(parent)):
                if isinstance(value, list):
                    value[:] = [self.with_edits(item, starts, by_span) for item in value]
                else:
                    setattr(parent, field, self.with_edits(value, starts, by_span))

    def with_edits(self, node, starts, by_span):
        """Return an expression with its edits behind a switch, and all else as it is."""
        is_read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if not isinstance(node, ast.expr) or not is_read:
            return node
        span = span_of(starts, node)
        parsed = [(new, value) for new in by_span.pop(span, ()) if (value := expression(new))]
        if not parsed:
            return node
        place = len(self.switches)
        self.switches.append(0)
        which = ast.Subscript(NAME, constant(place), ast.Load(), **SOMEWHERE)
        (new, otherwise), *rest = parsed
        self.places[(*span, new)] = place, 1
        for number, (new, value) in enumerate(rest, start=2):
            self.places[(*span, new)] = place, number
            is_it = ast.Compare(which, [ast.Eq()], [constant(number)], **SOMEWHERE)
            otherwise = ast.IfExp(is_it, value, otherwise, **SOMEWHERE)
        is_itself = ast.UnaryOp(ast.Not(), which, **SOMEWHERE)
        return ast.IfExp(is_itself, node, otherwise, **SOMEWHERE)


def constant(value) -> ast.expr:
    return ast.copy_location(ast.Constant(value), NAME)


def expression(text):
    """Parse what may stand in several lines; None for what is no single expression."""
    try:
        value = ast.parse(f"({text})", mode="eval").body
    except ODD:
        return None
    # Without parentheses of its own it may be two arguments, or nothing.
    is_several = isinstance(value, ast.Tuple) and not text.startswith("(")
    return None if is_several else value
