"""results.json as Gradescope reads it from an autograder."""

import contextlib
import json
from collections.abc import Iterator

from ddpm_edu.grading.grade import Grade, grade_of
from ddpm_edu.grading.job import Add, Job
from ddpm_edu.grading.marks import NO_MARKS, Marks
from ddpm_edu.grading.result import Result
from ddpm_edu.grading.wording import number, plural


SHOWN = {"output_format": "text", "name_format": "text", "visibility": "visible"}


def gradescope_results(result: Result, marks: Marks = NO_MARKS) -> dict:
    """Return what Gradescope shows a student: a test for each exercise.

    Args:
        result: of the judge.
        marks: of the teacher.
    Returns:
        The content of results.json, as its documentation describes it: "Autograder specifications".
    """
    return of_grade(grade_of(result, marks), marks)


def of_grade(grade: Grade, marks: Marks) -> dict:
    """Return what Gradescope shows of a grade."""
    tests = [
        test(one.id, f"lesson {one.found.lesson}", one.points, one.found.max_points, text_of(one))
        for one in grade.exercises
    ]
    tests += [
        test(item.id, "by hand", item.points, item.max_points, item.mark.comment)
        for item in grade.items
        if item.mark
    ]
    return {
        "score": grade.total,  # what lateness costs is in no test
        "execution_time": round(sum(one.found.seconds for one in grade.exercises), 2),
        "output": "\n".join(summary(grade, marks)),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def summary(grade: Grade, marks: Marks) -> list[str]:
    """Return what holds for all of a submission."""
    lines = [f"{number(grade.total)} of {number(grade.max_total)} points", *marks.words()]
    if grade.hours_late:
        late = f"Handed in {number(grade.hours_late)} hours late"
        lines.append(f"{late}: {number(grade.penalty)} points are taken off.")
    return [*lines, *grade.result.remarks]


def test(name, where, points, max_points, output):
    status = "passed" if points >= max_points else "failed"
    scores = {"score": points, "max_score": max_points, "status": status}
    return {"name": f"{name} ({where})", **scores, "output": output, **SHOWN}


def text_of(one) -> str:
    """Return what a student reads about an exercise."""
    if not one.override:
        return one.found.feedback
    reason = f": {one.override.reason}" if one.override.reason else ""
    points = plural_points(one.points)
    return f"Set by your teacher to {points}{reason}\n\n{one.found.feedback}"


def plural_points(points):
    return plural(1, "point") if points == 1 else f"{number(points)} points"


@contextlib.contextmanager
def gradescope_json(job: Job) -> Iterator[Add]:
    """Write gradescope/<student>/results.json."""

    def add(grade: Grade):
        write_json(job, f"gradescope/{grade.student}/results.json", of_grade(grade, job.marks))

    yield add


def write_json(job: Job, name: str, content: dict) -> None:
    """Write a JSON file, in which every number is one."""
    with job.file(name) as file:
        json.dump(content, file, indent=1, ensure_ascii=False, allow_nan=False)
        file.write("\n")
