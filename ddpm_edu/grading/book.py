"""A notebook that was handed in, as far as it must be read to be run and judged."""

import pathlib
from dataclasses import dataclass

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.checks.report import Report, Status
from ddpm_edu.checks.run import exercises as all_exercises
from ddpm_edu.course.definitions import definitions
from ddpm_edu.course.notebooks import exercises_in, read_notebook
from ddpm_edu.grading.result import ExerciseResult, exercise_result
from ddpm_edu.grading.submission import Handed


MOST_CODE = 2**20  # characters of all code cells of a notebook
MISSING = "It is not in what was handed in."


@dataclass
class Book:
    """A notebook that was read: code cells, and where the answers are."""

    name: str
    sources: list[str]
    definitions: dict[str, str | None]


def read_book(handed: Handed, exercises, folder: pathlib.Path) -> Book:
    """Read a notebook.

    Args:
        handed: the file.
        exercises: those that count.
        folder: for a copy.

    Raises:
        ValueError: it is none, or has no exercise of the course.
    """
    copy = folder / "read.ipynb"
    copy.write_bytes(handed.content())
    try:
        book = read_notebook(copy)
    except ValueError as error:
        raise ValueError(str(error).removeprefix(f"{copy}: ")) from None
    sources = [cell["source"] for cell in book["cells"] if cell["cell_type"] == "code"]
    size = sum(map(len, sources))
    if size > MOST_CODE:
        raise ValueError(f"expected at most {MOST_CODE:,} characters of code, got {size:,}")
    where = exercises_in(book, [exercise.id for exercise in all_exercises()])
    if not where:
        raise ValueError("expected a notebook with exercises of this course, got none")
    last = {
        name: book["cells"][place.definitions[-1][0]]["source"] if place.definitions else None
        for name, place in where.items()
        if name in {exercise.id for exercise in exercises}
    }
    # half a letter (a cut emoji) cannot be sent to a worker
    sources = [source.encode(errors="replace").decode() for source in sources]
    return Book(handed.name, sources, last)


def source_of(cell: str, name: str) -> str:
    """Return the last definition of a function in a cell."""
    found = definitions(cell, name)
    return cell[found[-1].start : found[-1].end] if found else ""


def missing(exercise: Exercise) -> ExerciseResult:
    """Return the result on an answer that was not handed in."""
    report = Report(exercise.id, Status.NOT_ATTEMPTED, 0.0, 0.0, None, MISSING, 0.0)
    return exercise_result(exercise, report)
