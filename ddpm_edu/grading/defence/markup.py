"""A question as a piece of HTML or Markdown; nothing of a student's code can leave its frame."""

import html
import re

from ddpm_edu.grading.defence.questions import LETTERS, Question


HEADER = ("t", "beta_t", "alpha_t", "alpha_bar_t")


def as_html(question: Question) -> str:
    """Return the code, what is asked and the input, without the options."""
    parts = [framed(question.code.strip("\n")), f"<p>{html.escape(question.text)}</p>"]
    if question.given:
        parts.append(framed("\n".join(question.given)))
    if question.table:
        rows = [row_of("th", HEADER), *(row_of("td", row) for row in question.table)]
        parts.append(f"<table><caption>The schedule</caption>{''.join(rows)}</table>")
    return "\n".join(parts)


def framed(text):
    return f"<pre>{html.escape(text)}</pre>"


def row_of(kind, cells):
    return f"<tr>{''.join(f'<{kind}>{html.escape(cell)}</{kind}>' for cell in cells)}</tr>"


def as_markdown(question: Question, heading: str) -> str:
    """Return the whole question, options included."""
    parts = [f"## {heading}: your `{question.exercise}`", fenced(question.code.strip("\n"))]
    parts.append(literal(question.text))
    if question.given:
        parts.append(fenced("\n".join(question.given)))
    if question.table:
        rows = [HEADER, ("---",) * len(HEADER), *question.table]
        parts.append("\n".join(f"| {' | '.join(row)} |" for row in rows).replace("_", r"\_"))
    options = zip(LETTERS, question.options, strict=True)
    parts += [f"**{letter}** {literal(option)}" for letter, option in options]
    return "\n\n".join(parts)


def fenced(code) -> str:
    """Put code into a fence longer than any within it."""
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{code}\n{fence}"


def literal(text) -> str:
    """Escape what Markdown and the formulas of Jupyter would read as marks."""
    return re.sub(r"([\\`*_{}\[\]<>$|])", r"\\\1", text)
