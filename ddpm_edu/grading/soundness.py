"""What a worker says is checked before anything reads it: it may send whatever it likes."""

from typing import Any

import torch

from ddpm_edu.checks.worker.observation import (
    Draw,
    Failure,
    FailureKind,
    ModelCall,
    Observation,
)


MOST_LETTERS = 20_000
MOST_ITEMS = 10**5
ODD = "its process answered with what is no observation"


def is_text(value: Any) -> bool:
    """Tell whether a value is a text of reasonable length."""
    return type(value) is str and len(value) <= MOST_LETTERS


def are_texts(values: Any, kind: type) -> bool:
    """Tell whether a value is a tuple or another collection of such texts."""
    return type(values) is kind and len(values) <= MOST_ITEMS and all(map(is_text, values))


def are_tensors(values: Any) -> bool:
    """Tell whether a value is a dict of tensors by name."""
    return type(values) is dict and all(
        is_text(name) and type(value) is torch.Tensor for name, value in values.items()
    )


def is_failure(value: Any) -> bool:
    """Tell whether a value is a Failure made of words."""
    return (
        type(value) is Failure
        and type(value.kind) is FailureKind
        and all(map(is_text, (value.message, value.exception, value.trace)))
    )


def is_draw(value: Any) -> bool:
    """Tell whether a value is a Draw."""
    return (
        type(value) is Draw
        and is_text(value.distribution)
        and type(value.values) is torch.Tensor
        and (type(value.generator), type(value.again)) == (bool, bool)
        and is_text(value.state)
    )


def is_call(value: Any) -> bool:
    """Tell whether a value is a ModelCall."""
    return type(value) is ModelCall and type(value.gradients) is bool


def is_observation(value: Any) -> bool:
    """Tell whether a value is an Observation, all parts of which are of their kinds."""
    return (
        type(value) is Observation
        and are_texts(value.devices, tuple)
        and type(value.gradients) is bool
        and are_tensors(value.gradient_values)
        and (type(value.draws), type(value.calls)) == (tuple, tuple)
        and max(len(value.draws), len(value.calls)) <= MOST_ITEMS
        and all(map(is_draw, value.draws))
        and all(map(is_call, value.calls))
        and are_tensors(value.after)
        and are_texts(value.trained, frozenset)
        and type(value.settings) is dict
        and are_texts(tuple(value.settings), tuple)
        and are_texts(tuple(value.settings.values()), tuple)
        and are_texts(value.global_state, tuple)
        and (value.reference is None or is_text(value.reference))
        and (value.failure is None or is_failure(value.failure))
        and is_text(value.printed)
        and type(value.seconds) is float
    )


def sound(value: Any) -> Any:
    """Return an answer as it is, or a Failure that says that it cannot be used."""
    odd = Failure(FailureKind.NO_ANSWER, ODD)
    if type(value) is Failure:
        return value if is_failure(value) else odd
    if type(value) is Observation:
        return value if is_observation(value) else odd
    return value
