"""Show things where we are: as rich output in a notebook, as text elsewhere."""

import builtins
import html
import json

from ddpm_edu.checks.learner.render import BOX, as_html, as_text
from ddpm_edu.checks.report import Report


# The type of output that `ddpm-edu check` reads from a notebook that ran.
REPORT = "application/vnd.ddpm-edu.report+json"
FIELDS = ("exercise", "status", "score", "points", "misconception")


def publish(text, rich, more=None):
    """Show text, or in a notebook its rich twin; `more` are further forms by MIME type."""
    get_shell = getattr(builtins, "get_ipython", None)  # IPython puts it there
    if get_shell is None:
        print(text)
    else:
        forms = {"text/html": rich, "text/plain": text, **(more or {})}
        get_shell().display_pub.publish(forms)


def show(report: Report, entry=None) -> None:
    """Show a report."""
    publish(as_text(report, entry), as_html(report, entry), as_data(report))


def publish_again(report: Report, entry, is_new: bool) -> None:
    """Publish a report at the end of a run; `is_new` tells one that no cell has shown."""
    publish(as_text(report, entry), "", as_data(report, is_new=is_new))


def as_data(report, **more):
    fields = {name: getattr(report, name) for name in FIELDS}
    return {REPORT: json.dumps(fields | more)}


def note(text: str) -> None:
    """Show a sentence."""
    publish(text, f"<p>{html.escape(text)}</p>")


def show_hints(exercise, count):
    """Show the hints up to one, numbered."""
    hints = enumerate(exercise.hints[:count], 1)
    lines = [f"Hint {number} of 3: {words.strip()}" for number, words in hints]
    style = "margin:.3em 0;white-space:pre-line"
    rich = "".join(f'<p style="{style}">{html.escape(line)}</p>' for line in lines)
    publish("\n".join(lines), f'<div style="{BOX.format(colour="#1a75e0")}">{rich}</div>')


def show_code(title, code):
    """Show a piece of Python."""
    publish(f"{title}\n\n{code}", f"<p>{html.escape(title)}</p><pre>{html.escape(code)}</pre>")
