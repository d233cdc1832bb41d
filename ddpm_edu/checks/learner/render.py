"""How a report reads: a box in a notebook, the same words on a terminal and for screen readers."""

import html
import itertools

from ddpm_edu.checks.learner.handed_out import find
from ddpm_edu.checks.learner.withheld import keeps_back, without_formula
from ddpm_edu.checks.report import DIAGNOSIS, Report, Status
from ddpm_edu.course.paths import learner_folder, lesson_link


MARKS: dict[str, str] = {
    Status.PASSED: "✓",
    Status.WRONG: "✗",
    Status.CRASHED: "✗",
    Status.NOT_ATTEMPTED: "…",
    Status.TIMED_OUT: "✗",
}
# Of the bar at the left, 3 : 1 and more with white and with the #111 of dark pages. Words have the
# colour of their page: no other has the 4.5 : 1 that text needs with both.
COLOURS: dict[str, str] = {Status.PASSED: "#17873a", Status.NOT_ATTEMPTED: "#a06d00"}
RED = "#e0303c"
TITLES: dict[str, str] = {
    Status.PASSED: "passed",
    Status.WRONG: "not right yet",
    Status.CRASHED: "stopped with an error",
    Status.NOT_ATTEMPTED: "not written yet",
    Status.TIMED_OUT: "took too long",
}
BOX = "border-left:4px solid {colour};padding:.4em 1em;margin:.3em 0"


def as_text(report: Report, entry=None) -> str:
    """Return the report in plain text, for terminals and screen readers."""
    told = detail(report, entry)
    lines = [headline(report), *case_lines(report), *told, *advice(report, entry)]
    return "\n".join(lines)


def as_html(report: Report, entry=None) -> str:
    """Return the report as a box that works on light and dark pages; everything is escaped."""
    colour = COLOURS.get(report.status, RED)
    cases = "".join(f"<li>{html.escape(line)}</li>" for line in case_lines(report))
    parts = [
        f"<b>{html.escape(headline(report))}</b>",
        f'<ul style="list-style:none;padding-left:0;margin:.3em 0">{cases}</ul>' if cases else "",
        *paragraphs(detail(report, entry)),
        picture(report),
    ]
    if report.status != Status.PASSED:
        parts.append(f"<p>{html.escape(' '.join(advice(report, entry)))} {link(report)}</p>")
    return f'<div role="status" style="{BOX.format(colour=colour)}">{"".join(parts)}</div>'


def paragraphs(lines):
    """Set lines as prose; those that are indented, code or a trace, keep their columns."""
    for indented, group in itertools.groupby(lines, key=lambda line: line.startswith("  ")):
        if indented:
            code = html.escape("\n".join(group))
            yield f'<pre style="margin:0;white-space:pre-wrap">{code}</pre>'
            continue
        for line in group:
            words = html.escape(line)
            words = f"<b>{words}</b>" if line.startswith(DIAGNOSIS) else words
            yield f'<p style="margin:.2em 0">{words}</p>'


def headline(report):
    return title(report.exercise, report.status, report.points, find(report.exercise).points)


def title(exercise_id, status, points, max_points) -> str:
    """Return the first line of a box."""
    words = f"{TITLES[status]}, {points:g} of {max_points:g} points"
    return f"{MARKS[status]} {exercise_id}: {words}"


def case_lines(report):
    return [f"{'✗' if found else '✓'} {name}" for name, found in report.cases]


def detail(report, entry=None):
    """Return the feedback but for its first line, which headline and cases already say.

    Args:
        report: to be told.
        entry: what is known of the exercise; without, formulas are told at once.
    """
    if report.status == Status.NOT_ATTEMPTED:
        return []
    lines = report.feedback.splitlines()[1:] if report.cases else [report.feedback]
    if keeps_back(find(report.exercise), entry):
        lines = without_formula(lines)
    printed = [f"    {line}" for line in report.printed.strip().splitlines()[:10]]
    return [*lines, "Your code printed:", *printed] if printed else lines


def advice(report, entry):
    """Say what can be done next."""
    if report.status == Status.PASSED:
        return []
    lines = [f'hint("{report.exercise}") gives a hint.']
    if entry and entry.solution_is_open:
        lines.append(f'solution("{report.exercise}") is open.')
    return lines


def link(report):
    exercise = find(report.exercise)
    target = lesson_link(exercise.lesson, learner_folder(), exercise.section)
    words = f"Lesson {exercise.lesson}: {exercise.section}"
    return f'<a href="{target}">{html.escape(words)}</a>' if target else ""


def picture(report):
    """Draw what was expected and what came, where matplotlib is installed."""
    if report.picture is None:
        return ""
    try:
        from ddpm_edu.figures import comparison
    except ImportError:
        return ""
    return comparison(**report.picture)._repr_html_()
