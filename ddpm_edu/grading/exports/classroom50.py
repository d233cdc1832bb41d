"""result.json of whole numbers, for Classroom 50.

What its runner tells of the submission (classroom, owner, commit, ...) is added where it runs, by
handouts/template/classroom50_autograder.py. Source: foundation50/classroom50, schemas/.
"""

import contextlib
import dataclasses
from collections.abc import Iterator

from ddpm_edu.grading.exports.gradescope import text_of, write_json
from ddpm_edu.grading.grade import Grade, grade_of
from ddpm_edu.grading.job import Add, Job
from ddpm_edu.grading.marks import NO_MARKS, Marks
from ddpm_edu.grading.result import Result


SCHEMA = "classroom50/result/v1"


def classroom50_result(result: Result, marks: Marks = NO_MARKS) -> dict:
    """Return the result of a student in whole numbers, a test for each exercise.

    Args:
        result: of the judge.
        marks: of the teacher; points are rounded as `marks.ROUNDING` says in any case.
    """
    return of_grade(grade_of(result, dataclasses.replace(marks, whole_points=True)))


def of_grade(grade: Grade) -> dict:
    """Return the content of result.json; each test has a score, since a sum needs it."""
    tests = [
        test(one.id, one.points, one.found.max_points, text_of(one)) for one in grade.exercises
    ]
    tests += [
        test(item.id, item.points, item.max_points, item.mark.comment if item.mark else "")
        for item in grade.items
    ]
    scores = {"score": int(grade.total), "max-score": int(grade.max_total)}
    return {"schema": SCHEMA, **scores, "tests": tests}


def test(name, points, max_points, message):
    scores = {"score": int(points), "max-score": int(max_points)}
    return {"test-name": name, "passed": points >= max_points, **scores, "message": message}


@contextlib.contextmanager
def classroom50_json(job: Job) -> Iterator[Add]:
    """Write classroom50/<student>/result.json."""
    marks = dataclasses.replace(job.marks, whole_points=True)

    def add(grade: Grade):
        whole = grade_of(grade.result, marks, job.exercises)
        write_json(job, f"classroom50/{grade.student}/result.json", of_grade(whole))

    yield add
