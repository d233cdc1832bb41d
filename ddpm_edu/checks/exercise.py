"""What an exercise is: plain data. Adding an exercise is adding data, in catalogue/."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Probe:
    """An argument that is built where the answer runs, from a name and options.

    A model or an optimiser cannot travel to another process; its name and numbers can. What each
    name stands for is in worker/probes.py.

    Args:
        name: of a probe: a model, an optimiser, a generator.
        options: what it is built from: numbers, tensors, schedules.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One call of the learner's function, and how its outcome is compared.

    Args:
        name: what it tries, in words the learner reads.
        arguments: name -> tensor, number, schedule or probe, in the order of the signature; passed
            by position.
        noise: what draws return: "zeros", "ones" or "stream" (see worker/noise.py).
        compare: "values"; "draws": each noisy value holds a Gaussian draw of its own; "moments":
            mean and standard deviation of the last state are `moments`; "uniform": whole numbers,
            uniform on 1..T.
        seconds: time limit.
        device: where the function is called.
        same_gradients: whether a result must carry gradients exactly where the reference's does.
        gradients: names of arguments with respect to which the gradient of the result is compared,
            if it carries any; the tensors among them require gradients.
        float64_too: whether float64 is right also where another dtype is expected, and a Python
            float in the place of a scalar.
        tolerance: relative to each value, and relative to the largest one; None: that of the dtype
            in judging/compare.py.
        size: of the numbers of which the result is the difference, if they are larger than it: a
            distance of 0 is found up to their rounding. The tolerance is relative to it too.
        moments: (mean, standard deviation) of a Gaussian, for "moments".
        reason: what to look for where this case alone fails, in words the learner reads.
    """

    name: str
    arguments: dict[str, Any]
    noise: str = "stream"
    compare: str = "values"
    seconds: float = 5.0
    device: str = "cpu"
    same_gradients: bool = False
    gradients: tuple[str, ...] = ()
    float64_too: bool = False
    tolerance: tuple[float, float] | None = None
    size: float = 0.0
    moments: tuple[float, float] | None = None
    reason: str = ""


@dataclass(frozen=True)
class Misconception:
    """A mistake people make, as the very function that makes it.

    It is feedback, test and bug hunt in one.

    Args:
        id: its stable name.
        message: what the learner did, and what is right.
        function: with the exercise's signature, wrong in this way only.
        parts: what it changes in the exercise's template; two that change different parts can be
            combined.
        also: functions that make the same mistake with other numbers: rounded or drawn otherwise.
    """

    id: str
    message: str
    function: Callable
    parts: dict[str, Any] = field(default_factory=dict)
    also: tuple[Callable, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """A function to write, and all that is needed to judge it.

    Args:
        id: also the function's name.
        signature: the arguments as the learner writes them, in parentheses.
        lesson: 1..9.
        section: heading in the lesson to read again.
        title: in a few words.
        derived: whether the learner is to find the formula, so that only hint 2 states it.
        points: full marks.
        minutes: expected time.
        difficulty: 1..5.
        equation: what it computes and where that stands.
        hints: a nudge, the equation, pseudo-code.
        reference: the right function.
        cases: seed -> cases, so that a secret seed makes inputs that nobody has seen.
        misconceptions: what it can name.
        forbidden: "module:name" of what must not be called, since it is the answer.
        template: parts -> function; right when called without parts.
        also_right: further functions whose results are accepted.
        canonical: brings a result into the form that is compared, where several forms are right.
        recovered: (case, observation) -> [(where, standardised noise)]: computes back from a result
            the noise in it, to see that it was really drawn.
        over_t: whether entry t of the result belongs to time t.
        rows: names of arguments that have one row for each image; a shape among them begins with
            their number.
        gradients: names of arguments with respect to which a result that carries gradients must
            have the right ones: tensors and modules.
        trained_through: whether a result without any gradient is wrong.
        terms: name of a tensor -> its right factor, in the letters of the tables; or name of a
            table -> its right entry.
    """

    id: str
    signature: str
    lesson: int
    section: str
    title: str
    points: int
    minutes: int
    difficulty: int
    equation: str
    hints: tuple[str, str, str]
    reference: Callable
    cases: Callable[[int], list[Case]]
    misconceptions: tuple[Misconception, ...]
    forbidden: tuple[str, ...] = ()
    template: Callable | None = None
    also_right: tuple[Callable, ...] = ()
    canonical: Callable | None = None
    recovered: Callable | None = None
    over_t: bool = False
    rows: tuple[str, ...] = ()
    gradients: tuple[str, ...] = ()
    trained_through: bool = False
    terms: dict[str, str] = field(default_factory=dict)
    derived: bool = False
