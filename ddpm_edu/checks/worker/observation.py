"""What the worker reports of one call. Data alone: it crosses the wall, and judging reads it."""

import enum
import math
from dataclasses import dataclass, field
from typing import Any

import torch


MOST_ELEMENTS = 10**7  # of a tensor that is copied; an expand can claim 10**12 without using memory
MOST_SHOWN = 20  # digits of a whole number that a message shows


class FailureKind(enum.StrEnum):
    """Why there is no result."""

    RAISED = "raised"
    NOT_ATTEMPTED = "not_attempted"
    TIMED_OUT = "timed_out"
    NOT_DEFINED = "not_defined"
    NOT_A_FUNCTION = "not_a_function"
    OTHER_ARGUMENTS = "other_arguments"
    PROCESS_ENDED = "process_ended"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class Failure:
    """Why there is no result, in words.

    Args:
        kind: of failure.
        message: what the exception says, or a sentence.
        exception: name of its type, if something was raised.
        trace: the learner's lines that led to it, and the exception below them.
    """

    kind: FailureKind
    message: str
    exception: str = ""
    trace: str = ""


@dataclass(frozen=True)
class Draw:
    """One call of a random function.

    Args:
        distribution: "normal", "uniform" or "whole".
        values: the numbers it was given, flat; standardised where they are Gaussian.
        generator: whether one was passed.
        again: whether that generator was in the state of an earlier draw, so that without control
            the same numbers would come.
        state: of the generator before the draw, in short; empty for torch's own, unless it was
            seeded anew.
    """

    distribution: str
    values: torch.Tensor
    generator: bool = False
    again: bool = False
    state: str = ""


@dataclass(frozen=True)
class ModelCall:
    """One call of a probe model: its arguments, and whether gradients were on."""

    x_t: Any
    t: Any
    gradients: bool


@dataclass(frozen=True)
class Described:
    """Stands for a value that does not travel, of an odd type or too large: its description."""

    text: str


@dataclass(frozen=True)
class Observation:
    """What one call of the learner's function did.

    Args:
        output: what came back: tensors on the CPU, numbers, lists of them; the rest described.
        devices: where each tensor was.
        gradients: whether a tensor that came back carries gradients.
        gradient_values: of a weighted sum of the result, with respect to what the case names; empty
            where the result carries none.
        draws: of random numbers, in order.
        calls: of the probe model, in order.
        after: the arguments' tensors that the call changed, by name, as they are now.
        trained: names of the arguments' weights that require gradients afterwards.
        settings: what else the call changed in its arguments: modes, hooks, the optimiser's
            options, objects replaced by others: name -> what it is now.
        global_state: names of what the call changed for the whole process; it has been restored.
        reference: name of the course's own answer, if the call called it.
        failure: why there is no output, or None.
        printed: what the call wrote.
        seconds: how long it took.
    """

    output: Any = None
    devices: tuple[str, ...] = ()
    gradients: bool = False
    gradient_values: dict[str, torch.Tensor] = field(default_factory=dict)
    draws: tuple[Draw, ...] = ()
    calls: tuple[ModelCall, ...] = ()
    after: dict[str, torch.Tensor] = field(default_factory=dict)
    trained: frozenset[str] = frozenset()
    settings: dict[str, str] = field(default_factory=dict)
    global_state: tuple[str, ...] = ()
    reference: str | None = None
    failure: Failure | None = None
    printed: str = ""
    seconds: float = 0.0


def describe(value) -> str:
    """Describe a value in the learner's terms: its type, and dtype and shape of a tensor."""
    name = type(value).__name__
    if isinstance(value, Described):
        return value.text
    if type(value) in (torch.Tensor, torch.nn.Parameter):
        return describe_tensor(value)
    if value is None:
        return "nothing (None); is a `return` missing?"
    if type(value) in (list, tuple):
        items = ", ".join([*map(describe_item, value[:4]), *(["..."] if len(value) > 4 else [])])
        return f"a {name} of {len(value)}" + (f" ({items})" if items else "")
    if type(value) in (int, float, bool):
        shown = value if is_short(value) else "too long to show"
        return f"the {'whole number' if type(value) is int else name} {shown}"
    if isinstance(value, torch.Tensor):
        return f"a tensor of the subclass {name}; expected a plain torch.Tensor"
    if name in ("generator", "coroutine", "async_generator"):
        return f"a {name}: expected `return`, not `yield` or `async`"
    return f"a {name}"


def describe_tensor(value):
    if value.is_nested:
        return "a nested tensor"
    layout = "" if value.layout == torch.strided else f" ({value.layout})"
    size = f" with {value.numel():.0e} elements" if value.numel() > MOST_ELEMENTS else ""
    device = "" if value.device.type == "cpu" else f" on {value.device}"
    dtype = str(value.dtype).removeprefix("torch.")
    return f"{dtype} of shape {tuple(value.shape)}{layout}{size}{device}"


def describe_item(value):
    is_list = type(value) in (list, tuple)
    return f"a {type(value).__name__} of {len(value)}" if is_list else describe(value)


def is_short(value):
    return type(value) is not int or value == 0 or math.log10(abs(value)) < MOST_SHOWN
