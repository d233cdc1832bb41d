"""A learner's result as plain data: tensors, numbers, lists of them; all else is only described.

A result may lie about itself. So no method of the learner's own making is called here: no `==`, no
`len`, no `shape` of a subclass; types are compared by identity.
"""

from typing import Any, TypeGuard

import numpy as np
import torch

from ddpm_edu.checks.worker.observation import MOST_ELEMENTS, Described, describe


MOST_ITEMS = 10**4  # of a list


def to_plain_data(value: Any, depth=2):
    """Copy a result as tensors on the CPU, numbers and lists of them."""
    if type(value) in (torch.Tensor, torch.nn.Parameter):
        return to_plain_tensor(value)
    if isinstance(value, np.generic) and type(value).__module__ == "numpy":
        return to_plain_data(value.item(), depth)
    is_small_int = type(value) is int and abs(value) < 2**63  # JSON carries no more
    if value is None or type(value) in (bool, float) or is_small_int:
        return value
    if is_sequence(value) and depth and len(value) <= MOST_ITEMS:
        items = [to_plain_data(item, depth - 1) for item in value]
        return items if type(value) is list else tuple(items)
    return Described(describe(value))


def is_sequence(value: Any) -> TypeGuard[list | tuple]:
    """Tell a list, a tuple or a named tuple from everything else."""
    is_named_tuple = tuple in type(value).__bases__ and hasattr(type(value), "_fields")
    return type(value) in (list, tuple) or is_named_tuple


def to_plain_tensor(value):
    is_unusual = (
        value.is_nested
        or value.layout != torch.strided
        or value.is_meta
        or value.is_quantized
        or value.is_complex()
    )
    if is_unusual or value.numel() > MOST_ELEMENTS:
        return Described(describe(value))
    return value.detach().cpu().resolve_neg().contiguous().clone()


def tensors_in(value: Any, depth=2) -> list[Any]:
    """Return the tensors of a result, as deep as `to_plain_data` looks."""
    if is_sequence(value) and depth and len(value) <= MOST_ITEMS:
        return [tensor for item in value for tensor in tensors_in(item, depth - 1)]
    return [value] if type(value) in (torch.Tensor, torch.nn.Parameter) else []
