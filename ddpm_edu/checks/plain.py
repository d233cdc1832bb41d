"""What an answer gave back, as plain data: tensors, numbers, lists of them; everything else is only described.

Nothing of an answer's own making is called here (no `==`, no `len`, no `shape` of a subclass), since it may lie.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch


MOST_ELEMENTS = 10**7  # of a tensor that is copied; an expand can claim 10**12 without using memory
MOST_ITEMS = 10**4  # of a list


@dataclass(frozen=True)
class Described:
    """Something that no exercise asks for, in words."""

    text: str


def plain(value, depth=2):
    """Copy a result as tensors on the CPU, numbers and lists of them."""
    if type(value) in (torch.Tensor, torch.nn.Parameter):
        return plain_tensor(value)
    if isinstance(value, np.generic) and type(value).__module__ == "numpy":
        value = value.item()
    if value is None or type(value) in (bool, float) or (type(value) is int and abs(value) < 2**63):
        return value
    if is_sequence(value) and depth and len(value) <= MOST_ITEMS:
        return (list if type(value) is list else tuple)(plain(item, depth - 1) for item in value)
    return Described(kind(value))


def is_sequence(value):
    """Tell a list, a tuple or a named tuple."""
    return type(value) in (list, tuple) or (tuple in type(value).__bases__ and hasattr(type(value), "_fields"))


def plain_tensor(value):
    odd = value.is_nested or value.layout != torch.strided or value.is_meta or value.is_quantized or value.is_complex()
    if odd or value.numel() > MOST_ELEMENTS:
        return Described(kind(value))
    return value.detach().cpu().resolve_neg().contiguous().clone()


def tensors_in(value, depth=2):
    """Give the tensors of a result, as deep as `plain` looks."""
    if is_sequence(value) and depth and len(value) <= MOST_ITEMS:
        return [tensor for item in value for tensor in tensors_in(item, depth - 1)]
    return [value] if type(value) in (torch.Tensor, torch.nn.Parameter) else []


def kind(value):
    """Describe a value in the learner's terms."""
    name = type(value).__name__
    if isinstance(value, Described):
        return value.text
    if type(value) in (torch.Tensor, torch.nn.Parameter) and value.is_nested:
        return "a nested tensor"
    if type(value) in (torch.Tensor, torch.nn.Parameter):
        layout = "" if value.layout == torch.strided else f" ({value.layout})"
        size = f" with {value.numel():.0e} elements" if value.numel() > MOST_ELEMENTS else ""
        device = "" if value.device.type == "cpu" else f" on {value.device}"
        return f"{str(value.dtype).removeprefix('torch.')} of shape {tuple(value.shape)}{layout}{size}{device}"
    if value is None:
        return "nothing (None); is a `return` missing?"
    if type(value) in (list, tuple):
        inside = f" ({', '.join(map(short_kind, value[:4]))}{', ...' if len(value) > 4 else ''})" if value else ""
        return f"a {name} of {len(value)}{inside}"
    if type(value) in (int, float, bool):
        return (
            f"the {'whole number' if type(value) is int else name} {value if is_short(value) else 'too long to show'}"
        )
    if isinstance(value, torch.Tensor):
        return f"a tensor of the subclass {name}; wanted is a plain torch.Tensor"
    if name in ("generator", "coroutine", "async_generator"):
        return f"a {name}: wanted is `return`, not `yield` or `async`"
    return f"a {name}"


def short_kind(value):
    return kind(value) if type(value) not in (list, tuple) else f"a {type(value).__name__} of {len(value)}"


def is_short(value):
    return not isinstance(value, int) or value == 0 or math.log10(abs(value)) < 20
