"""What does not depend on the answer: cases, and what the course's own functions do on them.

A check is pressed again and again, and a class of answers is judged with one seed; what the
reference and the listed wrong functions do is observed once for each.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ddpm_edu.checks.catalogue.derived import derived_cases
from ddpm_edu.checks.exercise import Case, Exercise, Misconception
from ddpm_edu.checks.judging.diagnosis import pairs_of
from ddpm_edu.checks.worker.observation import Observation
from ddpm_edu.checks.worker.observe import observe, outputs_of


MOST = 40  # exercises and seeds that are kept: a course at one seed, and a little more


@dataclass(frozen=True)
class CourseRunner:
    """Runs the course's own functions, right and wrong ones, with the noise of one seed.

    It is no Runner: it takes the function with each call.

    Args:
        seed: of the noise.
        lasting: functions whose observations are kept, those of the catalogue.
        pairs: (two misconceptions, the function that makes both mistakes).
    """

    seed: int
    lasting: frozenset[Callable] = frozenset()
    pairs: tuple[tuple[tuple[Misconception, Misconception], Callable], ...] = ()
    kept: dict[Any, Any] = field(default_factory=dict, compare=False)

    def observe(self, function, case: Case) -> Observation:
        """Call a function on a case."""

        def compute():
            return observe(function, case, self.seed, trusted=True)

        return self.once(function, case, compute) if function in self.lasting else compute()

    def outputs_of(self, functions, case: Case) -> list:
        """Call functions on a case for their outputs alone, which is quicker.

        In the place of an output is the exception of a function that raised one.
        """
        return outputs_of(functions, case, self.seed)

    def once(self, what, case: Case, compute: Callable[[], Any]):
        """Return what is computed of a case, from the second time on what was computed before."""
        key = what, id(case)
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

    def every(self) -> Iterator[Case]:
        """Yield its own cases, then those that follow; these are made when one is asked for."""
        yield from self.cases
        yield from self.derived


KNOWN: dict[Any, Prepared] = {}


def prepared(exercise: Exercise, seed: int) -> Prepared:
    """Return the cases of an exercise for a seed, and all that was observed on them before."""
    wrong = [function for m in exercise.misconceptions for function in (m.function, *m.also)]
    lasting = frozenset([exercise.reference, *exercise.also_right, *wrong])
    forms = exercise.signature, exercise.rows, exercise.gradients, exercise.trained_through
    names = tuple(misconception.id for misconception in exercise.misconceptions)
    key = exercise.id, exercise.cases, forms, lasting, names, seed
    if key not in KNOWN:
        while len(KNOWN) >= MOST:
            KNOWN.pop(next(iter(KNOWN)), None)
        pairs = pairs_of(exercise)
        lasting |= {function for _, function in pairs}
        KNOWN[key] = Prepared(exercise, exercise.cases(seed), CourseRunner(seed, lasting, pairs))
    return KNOWN[key]
