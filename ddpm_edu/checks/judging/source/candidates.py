"""All small edits of a learner's function, what people often do first."""

from collections.abc import Iterator

from ddpm_edu.checks.judging.source import arithmetic, calls, names, statements
from ddpm_edu.checks.judging.source.text import Code, Edit


FAMILIES = (arithmetic.edits, calls.edits, names.edits, statements.edits)
# What takes many tries is tried last.
LATE = (calls.left_out, names.absent)


def candidates(code: Code) -> list[Edit]:
    """Return the edits of a function in the order in which they are tried, each text once.

    Of what people do equally often, the smallest change comes first.
    """

    def order(edit):
        longer = len(edit.text) - (edit.end - edit.start)
        return edit.rank, abs(longer), longer

    found = {}
    for edit in (*of_expressions(code), *statements.of_statements(code)):
        old = code.bytes[edit.start : edit.end]
        if old != edit.text:
            found.setdefault((edit.start, edit.end, edit.text), edit)
    return sorted(found.values(), key=order)


def of_expressions(code: Code) -> Iterator[Edit]:
    for node in code.nodes:
        families = FAMILIES
        if arithmetic.is_operand(code, node):
            families += LATE
        for family in families:
            for change in family(code, node):
                try:
                    yield code.replace(*change)
                except SyntaxError:  # of a form that is not known here: it is left as it is
                    continue
