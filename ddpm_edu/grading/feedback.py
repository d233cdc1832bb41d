"""The page that a student reads: the boxes known from the notebook, and what they add up to."""

import itertools

from markupsafe import Markup

from ddpm_edu.checks.learner.render import MARKS, TITLES, detail, paragraphs, title
from ddpm_edu.checks.report import Report, Status
from ddpm_edu.grading.grade import Grade, GradedExercise
from ddpm_edu.grading.pages import page


def feedback_page(grade: Grade, exercises=(), rules=()) -> str:
    """Return a student's page, which needs no script and nothing from elsewhere.

    Args:
        grade: of the student.
        exercises: of the course, for the sections of lessons to read again.
        rules: that hold for everybody, in words.
    """
    by_lesson = itertools.groupby(grade.exercises, key=lambda one: one.found.lesson)
    values = {
        "grade": grade,
        "rules": rules,
        "marks": MARKS,
        "titles": TITLES,
        "lessons": [(lesson, list(group)) for lesson, group in by_lesson],
        "sections": {exercise.id: exercise.section for exercise in exercises},
        "headline": headline,
        "body": body,
        "stopped": [cell for cell in grade.result.cells if has_stopped(cell)],
    }
    return page("feedback.html.j2", **values)


def has_stopped(cell):
    return cell.status not in (Status.PASSED, Status.NOT_ATTEMPTED)


def headline(one: GradedExercise) -> str:
    """Return the first line of a box."""
    return title(one.id, one.found.status, one.points, one.found.max_points)


def body(one: GradedExercise) -> Markup:
    """Return what a box says below its cases, escaped."""
    found = one.found
    if found.status == Status.NOT_ATTEMPTED:  # its box has no more words, but for a reason
        is_told = found.feedback == TITLES[found.status]
        return Markup("" if is_told else "".join(paragraphs([found.feedback])))
    cases = tuple((name, None if holds else name) for name, holds in found.cases)
    values = (found.score, found.points, found.misconception, found.feedback, found.seconds)
    report = Report(found.id, found.status, *values, cases=cases)
    return Markup("".join(paragraphs(detail(report))))
