"""A course of nbgrader: source notebooks with its metadata, one assignment a lesson.

nbgrader gives a test cell all points unless it fails, writes to stderr (0), or ends with a number:
that many. So each test cell ends with the points as a float. No solution is in the source; a stub
stands where nbgrader expects one, and what it releases is the stub again.
"""

import copy
import re

from ddpm_edu.course import course_file
from ddpm_edu.course.notebooks import exercises_in
from ddpm_edu.files import Files
from ddpm_edu.grading.handouts.handout import Handout, as_bytes, for_students, template


STUB = re.compile(r"^( *)raise NotImplementedError$", re.M)
REGION = r"\1### BEGIN SOLUTION\n\1raise NotImplementedError\n\1### END SOLUTION"
# Names begin with _ since the cell shares its namespace with the student's.
TEST = """\
# {points} points; each case that holds counts.
import ddpm_edu.checks as _checks

_seed = 0
### BEGIN HIDDEN TESTS
_seed = {seed}
### END HIDDEN TESTS
_report = _checks.run_check("{id}", {id}, _seed)
print(_report.feedback)
round(_report.score * {points}.0, 2)"""


def files(handout: Handout) -> Files:
    """Return the files of a folder to run nbgrader in."""
    found = {
        "nbgrader_config.py": template("nbgrader_config.txt", handout),
        "README.md": template("nbgrader.md", handout),
    }
    course = for_students(handout)[course_file.NAME]
    for stem, book in handout.books.items():
        found[f"source/{stem}/{stem}.ipynb"] = as_bytes(source(book, handout))
        found[f"source/{stem}/{course_file.NAME}"] = course
    return found


def source(book: dict, handout: Handout) -> dict:
    """Return a notebook with nbgrader's cells: an answer and a test for each exercise."""
    book = copy.deepcopy(book)
    exercises = {exercise.id: exercise for exercise in handout.exercises}
    tests: dict[int, list] = {}
    for name, place in exercises_in(book, exercises).items():
        answer, _ = place.definitions[-1]
        cell = book["cells"][answer]
        cell["source"] = STUB.sub(REGION, cell["source"])
        cell["metadata"]["nbgrader"] = metadata(name, solution=True)
        after = max([answer, *place.checks])
        tests.setdefault(after, []).append(test_cell(exercises[name], handout.seed))
    cells = enumerate(book["cells"])
    book["cells"] = [part for n, cell in cells for part in (cell, *tests.get(n, []))]
    return book


def test_cell(exercise, seed):
    settings = metadata(f"test-{exercise.id}", grade=True, locked=True, points=exercise.points)
    return {
        "cell_type": "code",
        "id": f"test-{exercise.id}",
        "metadata": {"nbgrader": settings},
        "source": TEST.format(id=exercise.id, points=exercise.points, seed=seed),
        "outputs": [],
        "execution_count": None,
    }


def metadata(grade_id: str, grade=False, solution=False, locked=False, points=None) -> dict:
    """Return what nbgrader keeps in a cell, in version 3 of its schema."""
    kind = {"grade": grade, "locked": locked, "solution": solution, "task": False}
    worth = {} if points is None else {"points": points}
    return {"schema_version": 3, "grade_id": grade_id, **kind, **worth}
