"""The command that makes what students are given: handout."""

import pathlib
import secrets
from enum import StrEnum
from typing import Annotated

import typer

from ddpm_edu.cli.app import app, say


class System(StrEnum):
    """Who judges what is handed in."""

    PLAIN = "plain"
    NBGRADER = "nbgrader"
    GRADESCOPE = "gradescope"
    CLASSROOM50 = "classroom50"


For = Annotated[System, typer.Option("--for", help="Who judges what is handed in.")]
To = Annotated[pathlib.Path, typer.Option(help="Folder for it; made if missing.")]
Lessons = Annotated[
    str, typer.Option(help="Numbers such as 1,2,3; without: those of course.toml, or all.")
]
Course = Annotated[
    pathlib.Path | None,
    typer.Option(help="A course.toml; without: that beside the exercises here, if there is one."),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, help="Of the cases that nbgrader judges with; without: a secret one."),
]


@app.command()
def handout(system: For, to: To, lessons: Lessons = "", course: Course = None, seed: Seed = None):
    """Write the exercises of some lessons without solutions, for students and for who judges."""
    from ddpm_edu.files import write_new
    from ddpm_edu.grading.handouts import classroom50, gradescope, nbgrader, plain
    from ddpm_edu.grading.handouts.handout import gather

    made = {
        System.PLAIN: plain.files,
        System.NBGRADER: nbgrader.files,
        System.GRADESCOPE: gradescope.files,
        System.CLASSROOM50: classroom50.files,
    }[system](gather(settings(course, lessons), secrets.randbits(31) if seed is None else seed))
    write_new(made, to)
    say(f"wrote {len(made)} files; {to / 'README.md'} says what is what")


def settings(course, lessons):
    """Return what a course.toml says, with other lessons where some are named."""
    import dataclasses

    from ddpm_edu.checks.run import exercises
    from ddpm_edu.course.course_file import NAME, CourseFile, read
    from ddpm_edu.course.paths import exercise_folder

    path = course or exercise_folder() / NAME
    if course and not course.is_file():
        raise ValueError(f"--course: expected a course.toml, got {course}, which is no file")
    ids = [exercise.id for exercise in exercises()]
    # Where a teacher says nothing, no solution opens in what is handed out for marks.
    found = read(path, ids) if path.is_file() else CourseFile(solutions=False)
    if not lessons:
        return found
    numbers = [number.strip() for number in lessons.split(",")]
    if not all(number.isdecimal() for number in numbers):
        raise ValueError(f"--lessons: expected numbers such as 1,2,3, got {lessons}")
    return dataclasses.replace(found, lessons=tuple(map(int, numbers)))
