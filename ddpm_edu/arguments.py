"""What one argument must be: a tensor of times, of finite numbers, of variances; a whole number.

Every message names the argument and says what was expected and what was got.
"""

import math
import numbers
import operator

import torch


def check_device(name, device, reference_name, expected):
    if device != expected:
        raise ValueError(
            f"{name}: expected on {expected}, where {reference_name} is, got it on {device}; "
            f"use {name}.to({str(expected)!r})"
        )


def check_times(name, t, size: int | None = None, device: torch.device | None = None):
    """Check that t has a whole number for each row of a batch, if its size is known."""
    rows = "B" if size is None else size
    expected = f"{name}: expected a torch.long tensor of shape ({rows},), one time per row"
    if not isinstance(t, torch.Tensor):
        raise ValueError(f"{expected}, got {type(t).__name__} {t!r}; use torch.full(({rows},), t)")
    if t.dtype not in (torch.int64, torch.int32):
        raise ValueError(f"{expected}, got {t.dtype}")
    if t.ndim != 1 or (size is not None and len(t) != size):
        raise ValueError(f"{expected}, got shape {tuple(t.shape)}")
    if device is not None:
        check_device(name, t.device, "the batch", device)


def check_range(name, t, first, last):
    if not t.numel():
        return
    low, high = (int(value) for value in torch.aminmax(t))
    if low < first or high > last:
        raise ValueError(
            f"{name}: expected times in {first}..{last} (time is 1..T, 0 is the clean image), "
            f"got {low if low < first else high}"
        )


def check_shares(name, s, size, device):
    """Check that s has a real number in [0, 1] for each row of a batch."""
    expected = f"{name}: expected a floating-point tensor of shape ({size},), one time per row"
    if not isinstance(s, torch.Tensor):
        raise ValueError(f"{expected}, got {type(s).__name__} {s!r}; use torch.full(({size},), s)")
    if not s.is_floating_point():
        raise ValueError(f"{expected}, got {s.dtype}; whole times t = 1..T are s = t / T")
    if s.shape != (size,):
        raise ValueError(f"{expected}, got shape {tuple(s.shape)}")
    check_device(name, s.device, "the batch", device)
    outside = ~((s >= 0) & (s <= 1))  # NaN too
    if outside.any():
        got = f"{s[outside][0].item():g}"
        raise ValueError(
            f"{name}: expected times in [0, 1] (0 is the clean image, 1 is noise), got {got}"
        )


def check_finite(name, image):
    if not image.isfinite().all():
        count = int((~image.isfinite()).sum())
        raise ValueError(
            f"{name}: expected finite values, got {count} NaN or infinite of {image.numel()}"
        )


def check_moment(name, value):
    """Check a floating-point tensor of any shape; what is called a variance must be positive."""
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        got = value.dtype if isinstance(value, torch.Tensor) else f"a {type(value).__name__}"
        raise ValueError(f"{name}: expected a floating-point tensor, got {got}")
    check_finite(name, value)
    if name.startswith("variance") and (value <= 0).any():
        raise ValueError(f"{name}: expected positive variances, got {value.min().item():g}")


def is_whole(number):
    """Tell whether a number is whole and positive; numpy's integers are."""
    try:
        return operator.index(number) >= 1
    except TypeError:
        return False


def is_number(value):
    """Tell whether a value is a finite real number; numpy's numbers are real, too."""
    return isinstance(value, numbers.Real) and math.isfinite(value)
