"""The exercises of some lessons, ready to be handed out in one form or another."""

import json
import pathlib
import re
from dataclasses import dataclass, replace
from typing import Any

from ddpm_edu.checks import run
from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.checks.learner.handed_out import listed_in
from ddpm_edu.course import course_file, paths
from ddpm_edu.course.course_file import CourseFile
from ddpm_edu.course.notebooks import exercises_in, read_notebook
from ddpm_edu.files import Files


TEMPLATES = pathlib.Path(__file__).parent / "template"
LINK_TO_COURSE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]+\)")  # what is beside the exercises there


@dataclass(frozen=True)
class Handout:
    """Exercises to hand out.

    Args:
        course: which lessons, their points, hints and whether solutions open.
        exercises: of these lessons, with these points.
        books: name of a notebook without .ipynb -> notebook, as it is handed out.
        seed: of the cases that a system judges with; secret.
    """

    course: CourseFile
    exercises: tuple[Exercise, ...]
    books: dict[str, dict[str, Any]]
    seed: int = 0


def gather(course: CourseFile, seed: int = 0) -> Handout:
    """Gather the exercises that a course.toml names.

    Args:
        course: what it says.
        seed: of the cases that a system judges with.
    Raises:
        ValueError: no lesson, or one without exercises.
    """
    known = sorted({exercise.lesson for exercise in run.exercises()})
    lessons = known if course.lessons is None else list(dict.fromkeys(course.lessons))
    if not lessons or not set(lessons) <= set(known):
        raise ValueError(f"lessons: expected some of {known}, got {lessons}")
    exercises = tuple(listed_in(replace(course, lessons=tuple(lessons))))
    ids = [exercise.id for exercise in exercises]
    points = {name: number for name, number in course.points.items() if name in ids}
    course = replace(course, lessons=tuple(lessons), points=points)
    books = {}
    for path in sorted((paths.ROOT / "exercises").glob(paths.NOTEBOOKS)):
        book = read_notebook(path)
        if exercises_in(book, ids):
            books[path.stem] = made_ready(book, exercises)
    return Handout(course, exercises, books, seed)


def made_ready(book, exercises):
    """Write the points into the table of a notebook, and drop links that lead out of its folder."""
    for cell in book["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = LINK_TO_COURSE.sub(r"\1", cell["source"])
            for exercise in exercises:
                row = re.compile(rf"^(\| `{exercise.id}` \|.*\|) *\d+ *\|$", re.M)
                cell["source"] = row.sub(rf"\g<1> {exercise.points} |", cell["source"])
    return book


def for_students(handout: Handout) -> Files:
    """Return the notebooks and their course.toml."""
    books = {f"{stem}.ipynb": as_bytes(book) for stem, book in handout.books.items()}
    return {**books, course_file.NAME: course_file.as_text(handout.course).encode()}


def as_bytes(book) -> bytes:
    return (json.dumps(book, indent=1, ensure_ascii=False) + "\n").encode()


def template(name: str, handout: Handout) -> bytes:
    """Return a text that comes with every hand-out of a kind.

    Args:
        name: of its file in template/.
        handout: fills {table}, its exercises and points.
    """
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    return text.replace("{table}\n", table(handout)).encode()


def table(handout):
    """Write the exercises and their points as a table of Markdown."""
    rows = [f"| {e.lesson} | `{e.id}` | {e.title} | {e.points} |\n" for e in handout.exercises]
    total = sum(exercise.points for exercise in handout.exercises)
    head = "| lesson | exercise | what | points |\n|---|---|---|---|\n"
    return head + "".join(rows) + f"| | | all | {total} |\n"
