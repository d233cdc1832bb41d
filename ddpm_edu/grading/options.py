"""How submissions are judged."""

import dataclasses
from dataclasses import dataclass, field

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.checks.run import find
from ddpm_edu.grading.limits import Limits


@dataclass(frozen=True)
class Options:
    """How submissions are judged; the same for all of a batch.

    Args:
        exercises: (id, full marks) of those that count.
        limits: of a worker.
        isolation: "bwrap" or "process".
        seed: of cases and noise, known to the judge alone.
        hidden: folders that no worker may see.
    """

    exercises: tuple[tuple[str, int], ...]
    limits: Limits
    isolation: str
    seed: int = field(repr=False)
    hidden: tuple[str, ...] = ()

    def all_exercises(self) -> list[Exercise]:
        """Return the exercises with their full marks."""
        return [dataclasses.replace(find(name), points=points) for name, points in self.exercises]
