"""The whole course at a glance: which exercises have passed, which come next."""

import html
from dataclasses import dataclass

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.checks.learner.display import publish
from ddpm_edu.checks.learner.render import MARKS
from ddpm_edu.checks.report import Status


@dataclass(frozen=True)
class Row:
    """One exercise in the table.

    Args:
        exercise: its id is shown, its points are the most that can be earned.
        status: passed, wrong (tried, not passed) or not attempted.
        earned: points so far.
        attempts: answers that were checked and were no stub.
    """

    exercise: Exercise
    status: Status
    earned: float
    attempts: int

    @property
    def points(self) -> str:
        """Such as "1.5 of 3"."""
        return f"{self.earned:g} of {self.exercise.points}"


def rows_of(exercises, entries) -> list[Row]:
    """Return a row for each exercise, in course order."""
    rows = []
    for exercise in exercises:
        entry = entries.get(exercise.id)
        earned = round(exercise.points * entry.score, 2) if entry else 0
        rows.append(Row(exercise, status_of(entry), earned, entry.attempts if entry else 0))
    return rows


def status_of(entry):
    if entry and entry.passed:
        return Status.PASSED
    return Status.WRONG if entry and entry.attempts else Status.NOT_ATTEMPTED


def progress_text(exercises, entries) -> str:
    """Return the whole course in plain text."""
    rows, lines, lesson = rows_of(exercises, entries), [], None
    for row in rows:
        if row.exercise.lesson != lesson:
            lesson = row.exercise.lesson
            lines.append(f"Lesson {lesson}")
        attempts = f", {row.attempts} attempt{'s' if row.attempts > 1 else ''}"
        attempts = attempts if row.attempts else ""
        lines.append(f"  {MARKS[row.status]} {row.exercise.id}: {row.points} points{attempts}")
    return "\n".join([*lines, sum_of(rows)])


def sum_of(rows):
    left = [row.exercise.id for row in rows if row.status != Status.PASSED]
    earned, most = sum(row.earned for row in rows), sum(row.exercise.points for row in rows)
    passed = f"{len(rows) - len(left)} of {len(rows)} exercises passed"
    return f"{passed}, {earned:g} of {most} points" + (f"; next: {left[0]}" if left else "")


def show_progress(exercises, entries):
    """Show the whole course as a table."""
    titles = ("lesson", "status", "exercise", "points", "attempts")
    heads = "".join(f'<th scope="col">{title}</th>' for title in titles)
    table = [f"<tr>{heads}</tr>"]
    rows = rows_of(exercises, entries)
    for row in rows:
        name, mark = row.exercise.id, MARKS[row.status]
        cells = (row.exercise.lesson, mark, name, row.points, row.attempts)
        table.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    rich = f"<table>{''.join(table)}</table><p>{html.escape(sum_of(rows))}</p>"
    publish(progress_text(exercises, entries), rich)
