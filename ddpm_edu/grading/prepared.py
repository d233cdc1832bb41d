"""The course's own side of judging, computed once for all submissions of a batch.

All have the same secret seed, so the same cases and the same right results.
"""

from typing import Any

from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.checks.run import CourseRunner
from ddpm_edu.checks.worker.observation import Observation


class PreparedCourse(CourseRunner):
    """Runs the course's own functions, each on each case only once.

    Args:
        seed: of cases and noise.
    """

    kept: dict[tuple, Any]

    def __init__(self, seed: int):
        super().__init__(seed)
        # The cases are kept, so that each has its own identity as long as this lives.
        object.__setattr__(self, "kept", {})

    def cases(self, exercise: Exercise) -> list[Case]:
        """Return the exercise's own cases."""
        return self.once(
            ("cases", exercise.id), lambda: super(PreparedCourse, self).cases(exercise)
        )

    def derived_cases(self, exercise: Exercise) -> list[Case]:
        """Return the cases that are made from these by rule."""
        make = super().derived_cases
        return self.once(("derived", exercise.id), lambda: list(make(exercise)))

    def observe(self, function, case: Case) -> Observation:
        """Call a function on a case, or return what it did before."""
        make = super().observe
        return self.once(("observe", function, id(case)), lambda: make(function, case))

    def output_of(self, function, case: Case):
        """Call a function on a case for its output alone, or return what that was before."""
        make = super().output_of
        return self.once(("output", function, id(case)), lambda: make(function, case))

    def once(self, key, make):
        """Return what was made under a key, or make it."""
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]
