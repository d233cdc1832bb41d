"""How reports look: a box in a notebook, the same words on a terminal and for screen readers."""

import base64
import html
import itertools
import json
import pathlib

from ddpm_edu.checks.run import DIAGNOSIS, Report, find
from ddpm_edu.course import lesson_link


MARKS = {"passed": "✓", "wrong": "✗", "crashed": "✗", "not_attempted": "…", "timed_out": "✗"}
# Contrast of at least 4.5 : 1 with white and 4.1 : 1 with the #111 of dark pages; no colour has 4.5 with both.
COLOURS = {"passed": "#17873a", "not_attempted": "#a06d00"}
TITLES = {
    "passed": "passed",
    "wrong": "not right yet",
    "crashed": "stopped with an error",
    "not_attempted": "not written yet",
    "timed_out": "took too long",
}
REPORT = "application/vnd.ddpm-edu.report+json"  # what `ddpm-edu check` reads from a notebook that ran
BOX = "border-left:4px solid {colour};padding:.4em 1em;margin:.3em 0"


def as_text(report: Report, entry=None) -> str:
    """Give the report in plain text, for terminals and screen readers."""
    return "\n".join([headline(report), *case_lines(report), *detail(report), *advice(report, entry)])


def as_html(report: Report, entry=None) -> str:
    """Give the report as a box that works on light and dark pages; everything is escaped."""
    colour = COLOURS.get(report.status, "#e0303c")
    cases = "".join(f"<li>{html.escape(line)}</li>" for line in case_lines(report))
    parts = [
        f'<b style="color:{colour}">{html.escape(headline(report))}</b>',
        f'<ul style="list-style:none;padding-left:0;margin:.3em 0">{cases}</ul>' if cases else "",
        *paragraphs(detail(report)),
        picture(report),
        f"<p>{html.escape(' '.join(advice(report, entry)))} {link(report)}</p>" if report.status != "passed" else "",
    ]
    return f'<div role="status" style="{BOX.format(colour=colour)}">{"".join(parts)}</div>'


def paragraphs(lines):
    """Set lines as prose; those that are indented, code or a trace, keep their columns."""
    for indented, group in itertools.groupby(lines, key=lambda line: line.startswith("  ")):
        if indented:
            yield f'<pre style="margin:0;white-space:pre-wrap">{html.escape(chr(10).join(group))}</pre>'
        else:
            for line in group:
                words = html.escape(line)
                yield f'<p style="margin:.2em 0">{f"<b>{words}</b>" if line.startswith(DIAGNOSIS) else words}</p>'


def headline(report):
    points = f"{report.points:g} of {find(report.exercise).points} points"
    return f"{MARKS[report.status]} {report.exercise}: {TITLES[report.status]}, {points}"


def case_lines(report):
    return [f"{'✗' if found else '✓'} {name}" for name, found in report.cases]


def detail(report):
    """The feedback below its first line, which the headline and the cases already say."""
    if report.status == "not_attempted":
        return []
    lines = report.feedback.splitlines()[1:] if report.cases else [report.feedback]
    printed = report.printed.strip().splitlines()
    return [*lines, "Your code printed:", *(f"    {line}" for line in printed[:10])] if printed else lines


def advice(report, entry):
    """Say what can be done next."""
    if report.status == "passed":
        return []
    lines = [f'hint("{report.exercise}") gives a hint.']
    if entry and entry.solution_is_open:
        lines.append(f'solution("{report.exercise}") is open.')
    return lines


def link(report):
    exercise = find(report.exercise)
    target = lesson_link(exercise.lesson, pathlib.Path.cwd(), exercise.section)
    words = f"Lesson {exercise.lesson}: {exercise.section}"
    return f'<a href="{target}">{html.escape(words)}</a>' if target else ""


def picture(report):
    """Draw what was wanted and what was seen, where matplotlib is installed."""
    if report.picture is None:
        return ""
    try:
        from ddpm_edu.figures import comparison
    except ImportError:
        return ""
    drawn = comparison(**report.picture)
    data = base64.b64encode(drawn.data).decode()
    return f'<img alt="{html.escape(drawn.alt)}" src="data:image/png;base64,{data}" style="max-width:100%">'


def show(report: Report, entry=None) -> None:
    """Show the report where we are: as rich output in a notebook, as text elsewhere."""
    fields = {name: getattr(report, name) for name in ("exercise", "status", "score", "points", "misconception")}
    publish(as_text(report, entry), as_html(report, entry), {REPORT: json.dumps(fields)})


def publish(text, rich, more=None):
    try:
        shell = get_ipython()
    except NameError:
        print(text)
    else:
        shell.display_pub.publish({"text/html": rich, "text/plain": text, **(more or {})})


def note(text: str) -> None:
    """Show a sentence."""
    publish(text, f"<p>{html.escape(text)}</p>")


def show_hints(exercise, count):
    """Show the hints up to one, numbered."""
    lines = [f"Hint {n} of 3: {words.strip()}" for n, words in enumerate(exercise.hints[:count], 1)]
    rich = "".join(f'<p style="margin:.3em 0;white-space:pre-line">{html.escape(line)}</p>' for line in lines)
    publish("\n".join(lines), f'<div style="{BOX.format(colour="#1a75e0")}">{rich}</div>')


def show_code(title, code):
    """Show a piece of Python."""
    publish(f"{title}\n\n{code}", f"<p>{html.escape(title)}</p><pre>{html.escape(code)}</pre>")


def progress_rows(exercises, entries):
    """Give a row for each exercise: (lesson, mark, id, points so far, points, attempts), in course order."""
    for exercise in exercises:
        entry = entries.get(exercise.id)
        status = "passed" if entry and entry.passed else "wrong" if entry and entry.attempts else "not_attempted"
        earned = round(exercise.points * entry.score, 2) if entry else 0
        yield exercise.lesson, MARKS[status], exercise.id, earned, exercise.points, entry.attempts if entry else 0


def progress_text(exercises, entries) -> str:
    """Give the whole course in plain text."""
    rows = list(progress_rows(exercises, entries))
    lines, lesson = [], None
    for row in rows:
        if row[0] != lesson:
            lesson = row[0]
            lines.append(f"Lesson {lesson}")
        tries = f", {row[5]} attempt{'s' if row[5] > 1 else ''}" if row[5] else ""
        lines.append(f"  {row[1]} {row[2]}: {row[3]:g} of {row[4]} points{tries}")
    passed = sum(row[1] == MARKS["passed"] for row in rows)
    following = next((row[2] for row in rows if row[1] != MARKS["passed"]), None)
    lines.append(
        f"{passed} of {len(rows)} exercises passed, {sum(r[3] for r in rows):g} of {sum(r[4] for r in rows)} points"
        + (f"; next: {following}" if following else "")
    )
    return "\n".join(lines)


def show_progress(exercises, entries):
    """Show the whole course as a table."""
    rows = "".join(
        f"<tr><td>{lesson}</td><td>{mark}</td><td>{name}</td><td>{earned:g} of {points}</td><td>{attempts}</td></tr>"
        for lesson, mark, name, earned, points, attempts in progress_rows(exercises, entries)
    )
    head = "<tr><th>lesson</th><th></th><th>exercise</th><th>points</th><th>attempts</th></tr>"
    text = progress_text(exercises, entries)
    publish(text, f"<table>{head}{rows}</table><p>{html.escape(text.splitlines()[-1])}</p>")
