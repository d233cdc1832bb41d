"""What does not depend on the answer: cases, and what the course's own functions do on them.

A check is pressed again and again, and a class of answers is judged with one seed; what the
reference and the listed wrong functions do is observed once for each.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ddpm_edu.checks.catalogue.derived import derived_cases
from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.checks.worker.observation import Observation
from ddpm_edu.checks.worker.observe import observe, output_of


MOST = 40  # exercises and seeds that are kept: a course at one seed, and a little more


@dataclass(frozen=True)
class CourseRunner:
    """Runs the course's own functions, right and wrong ones, with the noise of one seed.

    It is no Runner: it takes the function with each call.

    Args:
        seed: of the noise.
        lasting: functions whose observations are kept, those of the catalogue; pairs are not.
    """

    seed: int
    lasting: frozenset[Callable] = frozenset()
    kept: dict[Any, Any] = field(default_factory=dict, compare=False)

    def observe(self, function, case: Case) -> Observation:
        """Call a function on a case."""
        return self.once(function, case, lambda: observe(function, case, self.seed, trusted=True))

    def output_of(self, function, case: Case):
        """Call a function on a case for its output alone, which is quicker."""
        observed = self.kept.get((function, id(case)))
        if observed and not observed[1].failure:
            return observed[1].output
        return self.once(function, case, lambda: output_of(function, case, self.seed), "output")

    def once(self, function, case, compute, what="observation"):
        if function not in self.lasting:
            return compute()
        key = (function, id(case)) if what == "observation" else (function, id(case), what)
        if key not in self.kept:
            self.kept[key] = case, compute()  # with the case, so that its id stays its own
        return self.kept[key][1]


@dataclass(frozen=True)
class Prepared:
    """The cases of an exercise for one seed.

    Args:
        exercise: whose they are.
        cases: its own.
        course: runs the course's functions on them.
    """

    exercise: Exercise
    cases: list[Case]
    course: CourseRunner

    @functools.cached_property
    def derived(self) -> list[Case]:
        """Return the cases that follow by rule."""
        return derived_cases(self.exercise, self.cases, self.course.seed)


KNOWN: dict[Any, Prepared] = {}


def prepared(exercise: Exercise, seed: int) -> Prepared:
    """Return the cases of an exercise for a seed, and all that was observed on them before."""
    wrong = [misconception.function for misconception in exercise.misconceptions]
    lasting = frozenset([exercise.reference, *exercise.also_right, *wrong])
    forms = exercise.signature, exercise.rows, exercise.gradients, exercise.trained_through
    key = exercise.id, exercise.cases, forms, lasting, seed
    if key not in KNOWN:
        while len(KNOWN) >= MOST:
            KNOWN.pop(next(iter(KNOWN)), None)
        KNOWN[key] = Prepared(exercise, exercise.cases(seed), CourseRunner(seed, lasting))
    return KNOWN[key]
