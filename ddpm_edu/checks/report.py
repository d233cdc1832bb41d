"""What a check found: the one vocabulary of outcomes, and the report."""

import enum
from dataclasses import dataclass, field
from typing import Any


class Status(enum.StrEnum):
    """How an answer, a case or a cell of a notebook did."""

    PASSED = "passed"
    WRONG = "wrong"
    CRASHED = "crashed"
    NOT_ATTEMPTED = "not_attempted"
    TIMED_OUT = "timed_out"


CALLS_REFERENCE = "calls_reference"  # in the place of a misconception's id
DIAGNOSIS = "Diagnosis: "  # begins a line of the feedback that names a misconception


@dataclass(frozen=True)
class Report:
    """What a check found.

    Args:
        exercise: its id.
        status: a Status: passed, wrong, crashed, not_attempted or timed_out.
        score: share of the cases that hold, 0..1.
        points: earned, out of the exercise's.
        misconception: id of the one recognised, "a+b" for two at once, "a|b" for two that cannot be
            told apart by their values, "calls_reference", or None.
        feedback: what the learner reads, plain text.
        seconds: how long the check took.
        cases: (name, what was found wrong or None) for each case.
        printed: what the answer wrote in its first case.
        picture: what to draw beside it, or None: {"t", "expected", "got"} tensors.
    """

    exercise: str
    status: str
    score: float
    points: float
    misconception: str | None
    feedback: str
    seconds: float
    cases: tuple[tuple[str, str | None], ...] = ()
    printed: str = ""
    picture: dict[str, Any] | None = field(default=None, compare=False, repr=False)
