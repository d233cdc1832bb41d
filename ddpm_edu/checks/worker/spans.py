"""Places in a source, in bytes, and edits of them: known to who finds edits and who tries them."""

Span = tuple[int, int, str]  # (start, end, what is put there), in bytes of a source


def starts_of_lines(text: bytes) -> list[int]:
    """Return where each line begins, and the end."""
    starts = [0]
    for row in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))
    return starts


def span_of(starts: list[int], node) -> tuple[int, int]:
    """Return where a node stands, without parentheses around it."""
    end = starts[node.end_lineno - 1] + node.end_col_offset
    return starts[node.lineno - 1] + node.col_offset, end


def applied(text: bytes, edits) -> str:
    """Return a text with edits made, (start, end, what is put there) each."""
    for start, end, new in sorted(edits, key=lambda edit: -edit[0]):
        text = text[:start] + new.encode() + text[end:]
    return text.decode()
