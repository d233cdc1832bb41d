"""Grades for the platforms of schools, which know their students by a roster."""

import contextlib
import csv
from collections.abc import Iterator

from ddpm_edu.grading.grade import Grade
from ddpm_edu.grading.job import Add, Job
from ddpm_edu.grading.roster import Roster, name_of
from ddpm_edu.grading.wording import cell, number


ASSIGNMENT = "ddpm-edu"
CANVAS = ("ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE = (
    *("username", "idnumber", "id number", "email", "email address"),
    *("first name", "last name", "surname", "full name"),
)


@contextlib.contextmanager
def canvas_csv(job: Job) -> Iterator[Add]:
    """Write canvas.csv, which Canvas takes under Grades, Import.

    Its columns are Student, ID, SIS User ID, SIS Login ID, Section and the assignment; its second
    line has the points possible.
    """
    roster, grades = needed(job.roster, "canvas"), {}
    full = set()

    def add(grade: Grade):
        grades[grade.student] = number(grade.total)
        full.add(number(grade.max_total))

    yield add
    matched = match(job, roster, grades)
    rows = [
        [name_of(row), *(row.values.get(c.lower(), "") for c in CANVAS), grades[student]]
        for student, row in matched.items()
    ]
    head = [["Student", *CANVAS, ASSIGNMENT]]
    possible = [["    Points Possible", *[""] * len(CANVAS), max(full, key=float)]]
    write_csv(job, "canvas.csv", head + possible + rows)


@contextlib.contextmanager
def moodle_csv(job: Job) -> Iterator[Add]:
    """Write moodle.csv, which Moodle takes under Grades, Import, CSV file.

    Its columns are those of the roster by which Moodle may find a student, the grade, the feedback.
    """
    roster, grades = needed(job.roster, "moodle"), {}
    columns = moodle_columns(roster)

    def add(grade: Grade):
        grades[grade.student] = number(grade.total), in_short(grade)

    yield add
    matched = match(job, roster, grades)
    rows = [
        [*(row.values[column] for column in columns), *grades[student]]
        for student, row in matched.items()
    ]
    write_csv(job, "moodle.csv", [[*columns, ASSIGNMENT, "feedback"], *rows])


def in_short(grade: Grade) -> str:
    """Return a line of feedback: the points of each exercise."""
    parts = [
        f"{one.id} {number(one.points)}/{number(one.found.max_points)}" for one in grade.exercises
    ]
    parts += [f"{i.id} {number(i.points)}/{number(i.max_points)}" for i in grade.items if i.mark]
    late = f"; {number(grade.hours_late)} hours late: {number(grade.penalty)} points taken off"
    return ", ".join(parts) + (late if grade.hours_late else "")


def moodle_columns(roster: Roster) -> list[str]:
    """Return the columns by which Moodle may find a student; it needs more than the name.

    Raises:
        ValueError: there is none but names.
    """
    columns = [column for column in roster.rows[0].values if column in MOODLE]
    if not {*columns} & {*MOODLE[:5]}:
        expected = f"one of the columns {', '.join(MOODLE[:5])}"
        got = ", ".join(roster.rows[0].values)
        raise ValueError(f"{roster.path}, line 1: expected {expected}, got {got}")
    return columns


def needed(roster: Roster | None, name: str) -> Roster:
    """Return the roster, without which there is no such file."""
    if roster is None:
        raise ValueError(f"format {name}: expected a roster, the list of the class, got none")
    return roster


def match(job: Job, roster: Roster, grades):
    """Return the line of each submission; note what does not fit, once."""
    matched, remarks = roster.match(list(grades))
    job.remarks[:] = dict.fromkeys([*job.remarks, *remarks])
    return matched


def write_csv(job: Job, name, rows) -> None:
    """Write a table in which no cell is a formula."""
    with job.file(name) as file:
        csv.writer(file, lineterminator="\n").writerows(map(cell, row) for row in rows)
