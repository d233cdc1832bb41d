"""How a report looks: a box in a notebook, the same words on a terminal."""

import html

from ddpm_edu.checks.run import Report, find


MARKS = {"passed": "✓", "wrong": "✗", "crashed": "✗", "not_attempted": "…", "timed_out": "✗"}
COLOURS = {"passed": "#1a7f37", "not_attempted": "#9a6700"}  # green and amber; red for the rest
TITLES = {
    "passed": "passed",
    "wrong": "not right yet",
    "crashed": "stopped with an error",
    "not_attempted": "not written yet",
    "timed_out": "took too long",
}


def as_text(report: Report) -> str:
    """Give the report in plain text, for terminals and screen readers."""
    return "\n".join([headline(report), *case_lines(report), *detail(report)])


def as_html(report: Report) -> str:
    """Give the report as a box that works on light and dark pages; everything is escaped."""
    colour = COLOURS.get(report.status, "#cf222e")
    cases = "".join(f"<li>{html.escape(line)}</li>" for line in case_lines(report))
    rest = html.escape("\n".join(detail(report)))
    return (
        f'<div role="status" style="border-left:4px solid {colour};padding:.4em 1em;margin:.3em 0">'
        f'<b style="color:{colour}">{html.escape(headline(report))}</b>'
        f'<ul style="list-style:none;padding-left:0;margin:.3em 0">{cases}</ul>'
        f'<pre style="white-space:pre-wrap;margin:0">{rest}</pre></div>'
    )


def headline(report):
    points = f"{report.points:g} of {find(report.exercise).points} points"
    return f"{MARKS[report.status]} {report.exercise}: {TITLES[report.status]}, {points}"


def case_lines(report):
    return [f"{'✗' if complaint else '✓'} {name}" for name, complaint in report.cases]


def detail(report):
    """The feedback below its first line, which the headline and the cases already say."""
    if report.status == "not_attempted":
        return []
    return report.feedback.splitlines()[1:] if report.cases else [report.feedback]


def show(report: Report) -> None:
    """Show the report where we are: as rich output in a notebook, as text elsewhere."""
    try:
        shell = get_ipython()
    except NameError:
        print(as_text(report))
    else:
        shell.display_pub.publish({"text/html": as_html(report), "text/plain": as_text(report)})
