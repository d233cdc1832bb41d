"""The data of judging: what was expected, what was found wrong, and both with their case."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.worker.observation import Observation


class FindingKind(enum.StrEnum):
    """What is wrong, in the order in which the rules look."""

    CALLS_REFERENCE = "calls reference"
    NOT_ATTEMPTED = "not attempted"
    TIMED_OUT = "timed out"
    FAILED = "failed"
    NUMBER_OF_MODEL_CALLS = "number of model calls"
    MODEL_CALL = "model call"
    FORM = "form"
    NOT_FINITE = "not finite"
    DEVICE = "device"
    VALUES = "values"
    ROUNDED = "rounded"
    UNIFORM_DRAW = "uniform draw"
    SEEDED_AGAIN = "seeded again"
    GENERATOR_UNUSED = "generator unused"
    NOT_DRAWN = "not drawn"
    SHARED_DRAW = "shared draw"
    DISTRIBUTION = "distribution"
    RANGE = "range"
    CHANGED_INPUT = "changed input"
    NOT_CHANGED = "not changed"
    TRAINED = "trained"
    GLOBAL_STATE = "global state"
    GRADIENTS = "gradients"
    NO_GRADIENTS = "no gradients"
    SETTING = "setting"
    GRADIENT_VALUES = "gradient values"
    SAME_DRAWS = "same draws"


@dataclass(frozen=True)
class Finding:
    """Something wrong.

    Args:
        kind: of thing.
        text: what the learner reads.
        detail: compared with that of another finding of this kind, such as the wrong shape; not
            shown to the learner.
    """

    kind: FindingKind
    text: str
    detail: str = ""

    def resembles(self, other: "Finding") -> bool:
        """Tell whether two answers are wrong alike, as far as their findings say."""
        return (self.kind, self.detail) == (other.kind, other.detail)


@dataclass(frozen=True)
class Expectation:
    """What a right answer does on a case.

    Args:
        observation: of the reference.
        recovered: observation -> [(where, standardised noise)]: the exercise's, with its case.
        canonical: brings a result into the form that is compared.
        over_t: whether entry t of the result belongs to time t.
    """

    observation: Observation
    recovered: Callable[[Observation], list] | None = None
    canonical: Callable[[Any], Any] = lambda output: output
    over_t: bool = False


@dataclass(frozen=True)
class Trial:
    """One case: what was expected, what the learner's function did, and what is wrong with it."""

    case: Case
    expected: Expectation
    got: Observation
    finding: Finding | None
