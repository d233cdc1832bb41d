"""A student's grade: the judge's points with the teacher's marks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.grading.book import missing
from ddpm_edu.grading.marks import NO_MARKS, ManualMark, Marks, Override
from ddpm_edu.grading.result import ExerciseResult, Result
from ddpm_edu.grading.wording import composed


@dataclass(frozen=True)
class GradedExercise:
    """What an answer is worth in the end.

    Args:
        found: by the judge.
        points: that count.
        override: by which a teacher set them, or None.
    """

    found: ExerciseResult
    points: float
    override: Override | None = None

    @property
    def id(self) -> str:
        """Return the exercise's."""
        return self.found.id


@dataclass(frozen=True)
class GradedItem:
    """What was marked by hand; without a mark it earns nothing yet."""

    id: str
    points: float
    max_points: float
    mark: ManualMark | None


@dataclass(frozen=True)
class Grade:
    """All that counts for one student.

    Args:
        result: of the judge.
        exercises: in course order.
        items: marked by hand.
        hours_late: hours after the deadline.
        penalty: points that lateness costs.
        total: points in the end.
        max_total: full marks.
    """

    result: Result
    exercises: tuple[GradedExercise, ...]
    items: tuple[GradedItem, ...]
    hours_late: float
    penalty: float
    total: float
    max_total: float

    @property
    def student(self) -> str:
        """Return the student's name."""
        return self.result.student


def grade_of(result: Result, marks: Marks = NO_MARKS, exercises: Sequence[Exercise] = ()) -> Grade:
    """Return the grade that a result and a teacher's marks make.

    Args:
        result: of the judge.
        marks: of the teacher.
        exercises: all that count, with their points; without, those of the result.
    """
    student = composed(result.student)
    found = {one.id: one for one in result.exercises}
    listed = [found.get(e.id) or missing(e) for e in exercises] or result.exercises
    overrides = marks.overrides.get(student, {})
    graded = [graded_exercise(one, overrides.get(one.id), marks.whole_points) for one in listed]
    by_hand = marks.manual.get(student, {})
    items = [graded_item(i, full, by_hand.get(i), marks) for i, full in marks.items.items()]
    earned = math.fsum(part.points for part in (*graded, *items))
    hours = marks.hours_late.get(student, 0.0)
    penalty = earned * marks.late_policy.share_lost(hours) if marks.late_policy else 0.0
    penalty = float(math.ceil(penalty - 0.5)) if marks.whole_points else round(penalty, 2)
    full = [one.found.max_points for one in graded] or [result.max_score]
    max_total = math.fsum([*full, *(item.max_points for item in items)])
    total = round(earned - penalty, 2)
    return Grade(result, tuple(graded), tuple(items), hours, penalty, total, max_total)


def graded_exercise(found, override, whole) -> GradedExercise:
    """Return what an answer is worth."""
    if override:
        points = rounded(override.points) if whole else override.points
        return GradedExercise(found, min(points, found.max_points), override)
    if not whole:
        return GradedExercise(found, found.points)
    is_right = found.points >= found.max_points
    points = min(rounded(found.points), math.inf if is_right else max(0, found.max_points - 1))
    return GradedExercise(found, float(points))


def graded_item(item, full, mark, marks) -> GradedItem:
    """Return what a teacher gave for an item."""
    points = mark.points if mark else 0.0
    if marks.whole_points:
        points, full = rounded(points), rounded(full)
    return GradedItem(item, points, full, mark)


def rounded(points) -> float:
    """Round to a whole number, a half upwards."""
    return float(math.floor(points + 0.5))
