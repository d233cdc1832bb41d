"""What is written from results, and where: shared by all outputs."""

import contextlib
import pathlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.files import whole_file
from ddpm_edu.grading.grade import Grade
from ddpm_edu.grading.marks import Marks
from ddpm_edu.grading.roster import Roster


Add = Callable[[Grade], object]


@dataclass
class Job:
    """What is written, and where.

    Args:
        folder: of all outputs.
        exercises: that count, in course order.
        marks: of the teacher.
        roster: of the class, or None.
        remarks: what does not fit together, a line each.
        written: files so far.
    """

    folder: pathlib.Path
    exercises: Sequence[Exercise]
    marks: Marks = field(default_factory=Marks)
    roster: Roster | None = None
    remarks: list[str] = field(default_factory=list)
    written: list[pathlib.Path] = field(default_factory=list)

    @contextlib.contextmanager
    def file(self, name: str) -> Iterator[TextIO]:
        """Open a file that is there, whole, only if the block ends without error."""
        path = self.folder / name
        with whole_file(path) as own, open(own, "w", encoding="utf-8", newline="") as file:
            yield file
        self.written.append(path)
