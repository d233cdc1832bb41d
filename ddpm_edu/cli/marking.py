"""Options of `grade` about what it writes: a teacher's marks, and files for other programs."""

import pathlib
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.cli.app import say


Formats = Annotated[
    list[str],
    typer.Option("--format", help="Besides: gradescope, classroom50, canvas, moodle."),
]
RosterFile = Annotated[
    pathlib.Path | None, typer.Option("--roster", help="CSV of the class, for canvas and moodle.")
]
Policy = Annotated[
    str, typer.Option("--late-policy", help='What lateness costs: "10%/day, 3 days at most".')
]
Deadline = Annotated[str, typer.Option("--deadline", help="2026-11-25T23:59, for times in --late.")]
LateFile = Annotated[
    pathlib.Path | None, typer.Option("--late", help="CSV of student and hours or submitted.")
]
OverridesFile = Annotated[
    pathlib.Path | None, typer.Option("--overrides", help="CSV: student,exercise,points,reason.")
]
MarksFile = Annotated[
    pathlib.Path | None,
    typer.Option("--marks", help="CSV: student,item,points,max_points,comment."),
]
WholePoints = Annotated[bool, typer.Option("--whole-points", help="Round points, and say how.")]


def publisher(
    out: pathlib.Path,
    exercises: Sequence[Exercise],
    formats: Sequence[str] = (),
    roster: pathlib.Path | None = None,
    late_policy: str = "",
    deadline: str = "",
    late: pathlib.Path | None = None,
    overrides: pathlib.Path | None = None,
    marks: pathlib.Path | None = None,
    whole_points: bool = False,
) -> Callable[[], list[pathlib.Path]]:
    """Read marks and roster, so that a mistake in them is told before anything is judged.

    Args:
        out: folder of all outputs.
        exercises: that count, with their points.
        formats, roster, late_policy, deadline, late, overrides, marks, whole_points: options.
    Returns:
        What writes all outputs, once there are results.
    Raises:
        ValueError: what is wrong, with file, line and column.
    """
    from ddpm_edu.grading.marks import read_marks
    from ddpm_edu.grading.publish import check_formats, publish
    from ddpm_edu.grading.roster import read_roster

    students = read_roster(roster) if roster else None
    check_formats(formats, students)
    added = read_marks(
        exercises,
        out,
        late_policy=late_policy or None,
        deadline=deadline or None,
        late=late,
        overrides=overrides,
        manual=marks,
        whole_points=whole_points,
    )
    return lambda: publish(out, exercises, added, tuple(formats), students, say)
