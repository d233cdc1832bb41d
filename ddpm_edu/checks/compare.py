"""How a result is compared with the right one: its form first, then its values, never broadcast."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from ddpm_edu.checks.caller import Observation
from ddpm_edu.checks.plain import Described, kind


@dataclass(frozen=True)
class Finding:
    """Something wrong: what kind of thing, the same for answers that are wrong alike, and what the learner reads."""

    kind: str
    text: str


@dataclass(frozen=True)
class Expectation:
    """What a right answer does on a case.

    Args:
        seen: what the reference did.
        recovered: observation -> [(where, standardised noise)], for cases that compare draws.
        form: brings a result into the form that is compared.
        over_t: whether entry t of the result belongs to time t.
    """

    seen: Observation
    recovered: Callable | None = None
    form: Callable[[Any], Any] = lambda output: output
    over_t: bool = False


TOLERANCE = {torch.float64: (1e-7, 1e-10), torch.float32: (1e-3, 1e-5)}  # float32 tables lose that much at t = 1


def form(case, expected, seen):
    return form_differs(case, expected, expected.seen.output, seen.output) or (
        None
        if seen.devices == expected.seen.devices or type(seen.output) is float  # a number is on no device
        else Finding("device", f"wanted a result on {expected.seen.devices}, saw {seen.devices}")
    )


def form_differs(case, expected, wanted, got, where=""):
    if type(wanted) in (list, tuple):
        if type(got) not in (list, tuple) or len(got) != len(wanted):
            what = f"a {type(wanted).__name__} of {len(wanted)}"
            return Finding(f"form {kind(got)}", f"{where}wanted {what}, saw {kind(got)}")
        parts = enumerate(zip(wanted, got, strict=True))
        return next(filter(None, (form_differs(case, expected, *pair, f"item {i}: ") for i, pair in parts)), None)
    if isinstance(wanted, torch.Tensor):
        return tensor_differs(case, expected, wanted, got, where)
    if wanted is None and got is not None:
        return Finding("form", f"{where}wanted no result (it works in place), saw {kind(got)}")
    if type(wanted) is float and type(got) is not float:
        return Finding("form", f"{where}wanted a float, saw {kind(got)}; loss.item() turns a tensor into a number")
    return None


def tensor_differs(case, expected, wanted, got, where):
    if case.any_float and type(got) is float and wanted.ndim == 0:
        return None
    if not isinstance(got, torch.Tensor):
        text = f"{where}wanted one tensor, {kind(wanted)}, saw {kind(got)}"
        right = [i for i, item in enumerate(got) if alike(case, wanted, item)] if type(got) in (list, tuple) else []
        return Finding("form", text + (f"; item {right[0]} of it is right: return that alone" if right else ""))
    both_float = case.any_float and {got.dtype, wanted.dtype} <= set(TOLERANCE)
    if got.shape != wanted.shape or (got.dtype != wanted.dtype and not both_float):
        return Finding(f"form {kind(got)}", f"{where}wanted {kind(wanted)}, saw {kind(got)}")
    if bad := int((wanted.isfinite() & ~got.isfinite()).sum()):
        return Finding("not finite", f"{where}wanted finite values, saw {bad} of {got.numel()} NaN or infinite")
    return None


def alike(case, wanted, got):
    return isinstance(got, torch.Tensor) and got.shape == wanted.shape and bool(close(case, wanted, got).all())


def values(case, expected, seen):
    if case.compare != "values":
        return None
    for where, wanted, got in pairs(expected.form(expected.seen.output), expected.form(seen.output)):
        if found := first_difference(case, expected, wanted, got, where):
            return found
    return None


def first_difference(case, expected, wanted, got, where):
    if isinstance(wanted, Described):  # two wrong functions may be alike in this
        return None if wanted == got else Finding("form", f"{where}wanted {kind(wanted)}, saw {kind(got)}")
    wanted, got = torch.as_tensor(wanted), torch.as_tensor(got)
    bad = ~close(case, wanted, got)
    if not bad.any():
        return None
    index = tuple(bad.nonzero()[0].tolist())
    numbers = f"wanted {number(wanted[index])}, saw {number(got[index])}"
    if bad.ndim == 0:
        return Finding("values", f"{where}{numbers}")
    return Finding(
        "values",
        f"{where}{int(bad.sum())} of {bad.numel()} values differ; the first at "
        f"{place(case, expected, index, len(bad))}: {numbers}",
    )


def place(case, expected, index, rows):
    """Say where a value stands: its time, as far as there is one, and its indices."""
    t = case.arguments.get("t")
    if expected.over_t:
        return f"t = {index[0]}"
    time = f"t = {int(t[index[0]])}, " if isinstance(t, torch.Tensor) and len(t) == rows else ""
    return f"{time}{list(index)}"


def number(value):
    return f"{value.item():.6g}"


def pairs(wanted, got, where=""):
    """Give (where, wanted, got) for a tensor or number, or for each of a list."""
    if type(wanted) in (list, tuple):
        return [p for i, both in enumerate(zip(wanted, got, strict=True)) for p in pairs(*both, f"item {i}: ")]
    return [] if wanted is None else [(where, wanted, got)]


def close(case, wanted, got):
    """Compare relative to each value, and far below the largest: zeros must not pass for small values."""
    precise = torch.promote_types(wanted.dtype, torch.float64)
    coarser = got.dtype if got.dtype in TOLERANCE else wanted.dtype
    relative, of_largest = case.tolerance or TOLERANCE.get(coarser, (0, 0))
    wanted, got = wanted.to(precise), got.to(precise)
    largest = wanted[wanted.isfinite()].abs().max() if wanted.isfinite().any() else 0.0
    equal = (wanted == got) | (wanted.isnan() & got.isnan())  # a wrong function may give infinity, and it is recognised
    return equal | ((wanted - got).abs() <= relative * wanted.abs() + of_largest * largest)
