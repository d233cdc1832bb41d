"""Questions as assignments of nbgrader, one for each student, with answers that are graded by hand.

nbgrader gives all students of an assignment the same notebook, so each student has an assignment.
"""

import hashlib
import re

from ddpm_edu.files import Files
from ddpm_edu.grading.defence.exam import Exam
from ddpm_edu.grading.defence.markup import as_markdown
from ddpm_edu.grading.defence.questions import RULES
from ddpm_edu.grading.handouts.handout import as_bytes
from ddpm_edu.grading.handouts.nbgrader import metadata


TASK = "Write the letter of the right answer here, and in one or two sentences why it is right."
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def files(exams: list[Exam]) -> Files:
    """Return the source of an assignment for each student who is asked anything."""
    asked = [exam for exam in exams if exam.questions]
    return {
        f"source/{assignment_of(exam.student)}/questions.ipynb": as_bytes(notebook(exam))
        for exam in asked
    }


def assignment_of(student: str) -> str:
    """Return the name of a student's assignment, of letters that nbgrader takes."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", student)
    mark = hashlib.sha256(student.encode("utf-8", "replace")).hexdigest()[:6]
    return f"questions-{plain}" if plain == student else f"questions-{plain}-{mark}"


def notebook(exam: Exam) -> dict:
    """Return a notebook with a locked cell and one to answer in for each question."""
    about = (
        f"Each of the {len(exam.questions)} is about a function that you handed in and that passed."
    )
    cells = [cell("title", f"# Questions about your own answers\n\n{about} {RULES}")]
    for number, question in enumerate(exam.questions, 1):
        text = as_markdown(question, f"Question {number}")
        cells.append(cell(f"question-{number}", text, locked=True))
        answer = f"answer-{number}"
        cells.append(cell(answer, TASK, grade=True, solution=True, points=1))
    book = {"nbformat": 4, "nbformat_minor": 5, "cells": cells}
    return {**book, "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}}}


def cell(name, text, **settings):
    marks = {"nbgrader": metadata(name, **settings)} if settings else {}
    return {"cell_type": "markdown", "id": name, "metadata": marks, "source": text}
