"""What grading found about one student: plain data, and the JSON file that holds it."""

import dataclasses
import json
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.checks.report import Report
from ddpm_edu.files import whole_file
from ddpm_edu.grading.wording import clean, composed


FOLDER = "results"  # in that of all outputs


@dataclass(frozen=True)
class NotebookFile:
    """A file that was handed in.

    Args:
        path: relative to the folder of submissions, with forward slashes.
        sha256: of its bytes, in hex.
    """

    path: str
    sha256: str


@dataclass(frozen=True)
class ExerciseResult:
    """What one answer is worth.

    Args:
        id: of the exercise.
        lesson: its number.
        status: a `checks.report.Status`.
        score: share of the cases that hold, 0..1.
        points: earned.
        max_points: full marks.
        misconception: as in `checks.report.Report`.
        feedback: what the student reads, plain text.
        seconds: that judging took.
        notebook: path of the one whose answer counts, or "".
        code: source of the answer, or "".
        cases: (name, whether it holds) for each case that was tried.
    """

    id: str
    lesson: int
    status: str
    score: float
    points: float
    max_points: float
    misconception: str | None
    feedback: str
    seconds: float
    notebook: str = ""
    code: str = ""
    cases: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class CellResult:
    """How one cell of a notebook ran; it earns nothing.

    Args:
        notebook: its path.
        cell: its place in the notebook, from 1.
        label: the line that stands for it.
        status: a `checks.report.Status`.
        text: what went wrong, or "".
        seconds: that it ran.
    """

    notebook: str
    cell: int
    label: str
    status: str
    text: str
    seconds: float


@dataclass(frozen=True)
class Result:
    """What one student's submission is worth.

    Args:
        student: name of the folder.
        notebooks: what was handed in.
        isolation: "bwrap" or "process": what kept the submission's code apart.
        course_version: version of ddpm_edu that judged.
        score: sum of the points.
        max_score: sum of the full marks.
        exercises: in course order.
        cells: in the order in which they ran.
        remarks: what a teacher should know, a line each: a notebook that could not be read, two
            that define one function.
        is_readable: whether something could be judged at all.
    """

    student: str
    notebooks: tuple[NotebookFile, ...]
    isolation: str
    course_version: str
    score: float
    max_score: float
    exercises: tuple[ExerciseResult, ...]
    cells: tuple[CellResult, ...] = ()
    remarks: tuple[str, ...] = ()
    is_readable: bool = True


PARTS = {"notebooks": NotebookFile, "exercises": ExerciseResult, "cells": CellResult}


def exercise_result(exercise: Exercise, report: Report, notebook="", code="") -> ExerciseResult:
    """Return what a report says an answer is worth.

    Args:
        exercise: with its points.
        report: of its check.
        notebook: path of the one with the answer.
        code: of the answer.
    """
    return ExerciseResult(
        id=exercise.id,
        lesson=exercise.lesson,
        status=str(report.status),
        score=report.score,
        points=report.points,
        max_points=float(exercise.points),
        misconception=report.misconception,
        feedback=report.feedback,
        seconds=report.seconds,
        notebook=notebook,
        code=code,
        cases=tuple((name, found is None) for name, found in report.cases),
    )


def as_json(result: Result) -> dict:
    """Return a result as plain data for a JSON file."""
    return dataclasses.asdict(result)


def from_json(data: dict) -> Result:
    """Return the result that `as_json` was given."""
    parts = {
        name: tuple(part(**in_tuples(item)) for item in data.get(name, ()))
        for name, part in PARTS.items()
    }
    return Result(**{**data, **parts, "remarks": tuple(data.get("remarks", ()))})


def in_tuples(item):
    """Make tuples of the lists of one part, which JSON has in their place."""
    return {
        name: tuple(map(tuple, value)) if isinstance(value, list) else value
        for name, value in item.items()
    }


def write_result(result: Result, folder: pathlib.Path) -> pathlib.Path:
    """Write a student's file into the folder of all outputs, whole or not at all."""
    path = folder / FOLDER / f"{result.student}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(clean(as_json(result)), indent=1, ensure_ascii=False)
    with whole_file(path) as name:
        name.write_text(text + "\n", encoding="utf-8")
    return path


def read_results(folder: pathlib.Path) -> Iterator[Result]:
    """Read the students' files of a folder of outputs, one at a time, in the order of names.

    Raises:
        ValueError: a file that was not written by `write_result`.
    """
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            text = path.read_text(encoding="utf-8")
            data = clean(json.loads(text, parse_constant=refuse))
            if not isinstance(data, dict):
                raise ValueError(f"a {type(data).__name__}")
            result = from_json(data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problem = f"{path}: expected the result of a student, got {error}; grade again"
            raise ValueError(problem) from error
        if composed(result.student) != composed(clean(path.stem)):
            raise ValueError(f"{path}: expected the result of {path.stem}, got {result.student!r}")
        yield result


def refuse(constant):
    """Refuse what is no number and no JSON: NaN, Infinity."""
    raise ValueError(f"{constant}, which is no number")
