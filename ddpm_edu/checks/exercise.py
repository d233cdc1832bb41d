"""What an exercise is: plain data. Adding an exercise is adding data, in catalogue/."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Probe:
    """A model named, not given, so that a case can travel to another process: see probes.py.

    Args:
        name: of a probe.
        options: what it is built from: numbers, tensors, schedules.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One call of the learner's function.

    Args:
        name: what it tries, in words the learner reads.
        arguments: by position: tensors, numbers, schedules, probes.
        noise: what draws give: "zeros", "ones" or "stream" (see noise.py).
        keywords: arguments given by name.
        seconds: time limit.
        without_gradients: whether the result may carry gradients.
    """

    name: str
    arguments: tuple
    noise: str = "stream"
    keywords: dict[str, Any] = field(default_factory=dict)
    seconds: float = 10.0
    without_gradients: bool = False


@dataclass(frozen=True)
class Misconception:
    """A mistake people make, with the very function that makes it: feedback, test and bug hunt in one.

    Args:
        id: stable name of the mistake.
        message: what the learner did, and what is right.
        function: with the exercise's signature, wrong in this way only.
    """

    id: str
    message: str
    function: Callable


@dataclass(frozen=True)
class Exercise:
    """A function to write, and all that is needed to judge it.

    Args:
        id: also the function's name.
        lesson: 1..8.
        title: in a few words.
        points: full marks.
        minutes: expected time.
        difficulty: 1..5.
        equation: where to read again.
        reference: the right function.
        cases: seed -> cases, so that a secret seed gives inputs that nobody has seen.
        misconceptions: mistakes it can name.
    """

    id: str
    lesson: int
    title: str
    points: int
    minutes: int
    difficulty: int
    equation: str
    reference: Callable
    cases: Callable[[int], list[Case]]
    misconceptions: tuple[Misconception, ...] = ()
