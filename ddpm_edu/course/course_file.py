"""course.toml beside the exercises: what a teacher hands out, what it is worth, what stays shut.

lessons = [1, 2, 3]     # what is listed; without it, the lessons that are in the folder
hints = 1               # of three; 0 in an exam
solutions = false       # `solution` stays shut
[points]
sample_q = 5            # in the place of the course's own
"""

import pathlib
import re
import tomllib
from dataclasses import dataclass, field


NAME = "course.toml"


@dataclass(frozen=True)
class CourseFile:
    """What a course.toml says; without one, all is open.

    Args:
        lessons: numbers of those handed out, or None.
        points: id of an exercise -> full marks.
        hints: how many of the three may be seen.
        solutions: whether `solution` opens at all.
    """

    lessons: tuple[int, ...] | None = None
    points: dict[str, int] = field(default_factory=dict)
    hints: int = 3
    solutions: bool = True


def is_lessons(value):
    return type(value) is list and all(type(number) is int and number >= 0 for number in value)


def is_points(value):
    return type(value) is dict and all(type(n) is int and n >= 0 for n in value.values())


KEYS = {
    "lessons": (is_lessons, "a list of numbers, such as [1, 2]"),
    "points": (is_points, "a table of exercises and whole numbers"),
    "hints": (lambda value: type(value) is int and 0 <= value <= 3, "a whole number in 0..3"),
    "solutions": (lambda value: type(value) is bool, "true or false"),
}


def read_course_file(folder: pathlib.Path, exercise_ids) -> CourseFile:
    """Read the course.toml of a folder.

    Args:
        folder: of the exercises.
        exercise_ids: those there are.
    Raises:
        ValueError: what is wrong, with its line and key.
    """
    path = folder / NAME
    return read(path, exercise_ids) if path.is_file() else CourseFile()


def read(path: pathlib.Path, exercise_ids) -> CourseFile:
    """Read a course.toml, whatever it is called; arguments and errors as of `read_course_file`."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from None  # it says line and column
    for key, value in values.items():
        if key not in KEYS:
            raise ValueError(f"{where(path, text, key)}: expected one of {', '.join(KEYS)}")
        is_right, expected = KEYS[key]
        if not is_right(value):
            raise ValueError(f"{where(path, text, key)}: expected {expected}, got {value!r}")
    for name in values.get("points", {}):
        if name not in exercise_ids:
            raise ValueError(f"{where(path, text, name)}: expected the id of an exercise")
    lessons = values.pop("lessons", None)
    return CourseFile(None if lessons is None else tuple(lessons), **values)


def as_text(course: CourseFile) -> str:
    """Write the text of a course.toml that says the same."""
    lessons = [] if course.lessons is None else [f"lessons = {list(course.lessons)}"]
    points = [f"{name} = {number}" for name, number in course.points.items()]
    settings = [f"hints = {course.hints}", f"solutions = {str(course.solutions).lower()}"]
    return "\n".join([*lessons, *settings, *(["[points]", *points] if points else []), ""])


def where(path, text, key):
    """Say where a key stands: file, line, key."""
    lines = enumerate(text.splitlines(), 1)
    found = (n for n, line in lines if re.match(rf"\s*\[?\s*[\"']?{re.escape(key)}\b", line))
    return f"{path}, line {next(found, 1)}, {key}"
