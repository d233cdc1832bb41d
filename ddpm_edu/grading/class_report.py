"""What a class can do and what it got wrong: the numbers behind report.html.

It keeps names and counts, never a result, so that memory hardly grows with the class.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.checks.report import CALLS_REFERENCE, Status
from ddpm_edu.grading.grade import Grade
from ddpm_edu.grading.similar import Answers


LEAST_TOGETHER = 3  # students who fail both, before it is told
MOST_PAIRS = 5
REFERENCE = "Calls the course's own function, which is the answer, instead of writing it."
OR = " Or, with the same values: "


@dataclass(frozen=True)
class Mistake:
    """A misconception, and who made it."""

    exercise: Exercise
    message: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two exercises that fail together.

    Args:
        first, second: their ids.
        both: students who failed both.
        of_first: how many failed the first, of those who tried both.
        others: how many failed the second alone.
        tried: how many tried both.
        correlation: of the two failures, -1..1.
    """

    first: str
    second: str
    both: int
    of_first: int
    others: int
    tried: int
    correlation: float


class ClassReport:
    """Collects the grades of a class, one at a time.

    Args:
        exercises: those that count, in course order.
    """

    def __init__(self, exercises: Sequence[Exercise]):
        self.exercises, self.answers = exercises, Answers()
        self.numbers = {exercise.id: number for number, exercise in enumerate(exercises)}
        self.statuses = {exercise.id: Counter() for exercise in exercises}
        self.points, self.unnamed, self.shares = defaultdict(float), Counter(), []
        self.mistakes = defaultdict(list)
        self.unread, self.remarks, self.overrides, self.late = [], [], [], []
        self.isolations, self.versions = Counter(), Counter()
        size = len(exercises)
        # Of those who tried exercises i and j: how many; who failed i; who failed both.
        self.tried, self.failed, self.both = (np.zeros((size, size), int) for _ in range(3))

    def add(self, grade: Grade) -> None:
        """Take a student's grade."""
        result, student = grade.result, grade.student
        self.isolations[result.isolation] += 1
        self.versions[result.course_version] += 1
        self.shares.append(grade.total / grade.max_total if grade.max_total else 0.0)
        self.overrides += [(student, one) for one in grade.exercises if one.override]
        if not result.is_readable:
            self.unread.append((student, result.remarks))
            return
        self.remarks += [(student, remark) for remark in result.remarks]
        if grade.hours_late:
            self.late.append((student, grade.hours_late, grade.penalty))
        self.answers.add(grade)
        tried, failed = np.zeros((2, len(self.exercises)), int)
        for one in grade.exercises:
            number, found = self.numbers[one.id], one.found
            self.statuses[one.id][found.status] += 1
            self.points[one.id] += one.points
            tried[number] = found.status != Status.NOT_ATTEMPTED
            failed[number] = tried[number] and found.status != Status.PASSED
            for name in mistakes_in(found.misconception):
                self.mistakes[one.id, name].append(student)
            self.unnamed[one.id] += bool(failed[number] and not found.misconception)
        self.tried += np.outer(tried, tried)
        self.failed += np.outer(failed, tried)
        self.both += np.outer(failed, failed)

    def to_teach(self) -> list[Mistake]:
        """Return the mistakes, the most frequent first."""
        by_id = {exercise.id: exercise for exercise in self.exercises}
        found = [
            Mistake(by_id[exercise], message_of(by_id[exercise], name), tuple(students))
            for (exercise, name), students in self.mistakes.items()
        ]
        return sorted(found, key=lambda it: (-len(it.students), self.numbers[it.exercise.id]))

    def together(self) -> list[Pair]:
        """Return the exercises that fail together most clearly."""
        pairs = []
        for i, first in enumerate(self.exercises):
            for j, second in enumerate(self.exercises[i + 1 :], i + 1):
                both, tried = int(self.both[i, j]), int(self.tried[i, j])
                a, b = int(self.failed[i, j]), int(self.failed[j, i])
                spread = (a * (tried - a) * b * (tried - b)) ** 0.5
                correlation = (both * tried - a * b) / spread if spread else 0.0
                if both >= LEAST_TOGETHER and correlation > 0:
                    pairs.append(Pair(first.id, second.id, both, a, b - both, tried, correlation))
        return sorted(pairs, key=lambda pair: (-pair.correlation, -pair.both))[:MOST_PAIRS]

    def histogram(self) -> list[int]:
        """Return how many students are in each tenth of full marks."""
        counts = Counter(min(9, max(0, int(10 * share + 1e-9))) for share in self.shares)
        return [counts[tenth] for tenth in range(10)]

    def mean(self) -> float:
        """Return the mean share of full marks."""
        return statistics.fmean(self.shares)

    def median(self) -> float:
        """Return the median share of full marks."""
        return statistics.median(self.shares)


def mistakes_in(misconception: str | None) -> list[str]:
    """Return the mistakes of one answer: two at once count each, a choice of two counts as one."""
    if not misconception:
        return []
    return [misconception] if "|" in misconception else misconception.split("+")


def message_of(exercise: Exercise, name: str) -> str:
    """Return what a mistake is, in the words of the catalogue."""
    messages = {m.id: m.message for m in exercise.misconceptions}
    messages[CALLS_REFERENCE] = REFERENCE
    choices = [[messages.get(part, part) for part in c.split("+")] for c in name.split("|")]
    return OR.join(" ".join(parts) for parts in choices)
