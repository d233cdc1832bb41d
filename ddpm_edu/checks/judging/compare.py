"""How a result is compared with the right one: its form first, then its values, never broadcast."""

import math

import torch

from ddpm_edu.checks.judging.dtypes import as_tensor, dtype_differs, rounding
from ddpm_edu.checks.judging.findings import Finding, FindingKind
from ddpm_edu.checks.worker.observation import Described, describe


NEARLY = 0.05  # relative; as near come numbers that were rounded before they were subtracted
FEW_DIGITS = 1e-3  # relative; a formula that is wrong is seldom as near to the right one
# Relative to each value, and to the largest. Float32 tables lose three digits at t = 1; float64
# leaves 1e-11, and one float32 on the way some 1e-8.
TOLERANCE = {torch.float64: (2e-9, 1e-11), torch.float32: (1e-3, 1e-5)}


def form(case, expected, got):
    right = expected.observation
    if finding := form_differs(case, right.output, got.output):
        return finding
    if got.devices == right.devices or type(got.output) is float:  # a number is on no device
        return None
    text = f"expected a result on {right.devices}, got {got.devices}"
    return Finding(FindingKind.DEVICE, text)


def form_differs(case, expected, got, where=""):
    if type(expected) in (list, tuple):
        return list_differs(case, expected, got, where)
    if isinstance(expected, torch.Tensor):
        return tensor_differs(case, expected, got, where)
    if expected is None and got is not None:
        text = f"{where}expected no result (it works in place), got {describe(got)}"
        return Finding(FindingKind.FORM, text)
    if type(expected) is float and type(got) is not float:
        advice = "loss.item() turns a tensor into a number"
        text = f"{where}expected a float, got {describe(got)}; {advice}"
        return Finding(FindingKind.FORM, text)
    # A wrong function that is recognised may return such numbers where tensors are right.
    if type(expected) in (int, bool) and type(got) is not type(expected):
        text = f"{where}expected a {type(expected).__name__}, got {describe(got)}"
        return Finding(FindingKind.FORM, text)
    return None


def list_differs(case, expected, got, where):
    if type(got) not in (list, tuple) or len(got) != len(expected):
        what = f"a {type(expected).__name__} of {len(expected)}"
        text = f"{where}expected {what}, got {describe(got)}"
        return Finding(FindingKind.FORM, text, describe(got))
    for number, (right, item) in enumerate(zip(expected, got, strict=True)):
        if finding := form_differs(case, right, item, f"item {number}: "):
            return finding
    return None


def tensor_differs(case, expected, got, where):
    if case.float64_too and type(got) is float and expected.ndim == 0:
        return None
    if not isinstance(got, torch.Tensor):
        text = f"{where}expected one tensor, {describe(expected)}, got {describe(got)}"
        items = got if isinstance(got, (list, tuple)) else ()
        right = [number for number, item in enumerate(items) if alike(case, expected, item)]
        advice = f"; item {right[0]} of it is right: return that alone" if right else ""
        return Finding(FindingKind.FORM, text + advice)
    if got.shape != expected.shape:
        text = f"{where}expected {describe(expected)}, got {describe(got)}"
        return Finding(FindingKind.FORM, text, describe(got))
    if finding := dtype_differs(case, expected, got, where):
        return finding
    if bad := int((expected.isfinite() & ~got.isfinite()).sum()):
        text = f"{where}expected finite values, got {bad} of {got.numel()} NaN or infinite"
        return Finding(FindingKind.NOT_FINITE, text)
    return None


def alike(case, expected, got):
    is_comparable = isinstance(got, torch.Tensor) and got.shape == expected.shape
    return is_comparable and bool(close(case, expected, got).all())


def values(case, expected, got):
    if case.compare != "values":
        return None
    right = expected.canonical(expected.observation.output)
    for where, one, other in pairs(right, expected.canonical(got.output)):
        if finding := first_difference(case, expected, one, other, where):
            return finding
    return None


def first_difference(case, expectation, expected, got, where):
    if isinstance(expected, Described):  # two wrong functions may be alike in this
        text = f"{where}expected {describe(expected)}, got {describe(got)}"
        return None if expected == got else Finding(FindingKind.FORM, text)
    expected, got = as_tensor(expected), as_tensor(got)
    if expected.shape != got.shape:  # of an argument that the call changed
        text = f"{where}expected {describe(expected)}, got {describe(got)}"
        return Finding(FindingKind.FORM, text)
    bad = ~close(case, expected, got)
    if not bad.any():
        return None
    index = tuple(bad.nonzero()[0].tolist())
    text = "expected {}, got {}".format(*apart(expected[index].item(), got[index].item()))
    text += lost_precision(expected, got, bad)
    if bad.ndim:
        first = f"the first at {place(case, expectation, index, len(bad))}"
        text = f"{int(bad.sum())} of {bad.numel()} values differ; {first}: {text}"
    return Finding(FindingKind.VALUES, where + text)


def place(case, expectation, index, rows):
    """Say where a value stands: its time, as far as there is one, and its indices."""
    t = case.arguments.get("t")
    if expectation.over_t:
        return f"t = {index[0]}"
    has_time = isinstance(t, torch.Tensor) and len(t) == rows
    return (f"t = {int(t[index[0]])}, " if has_time else "") + str(list(index))


def apart(expected, got):
    """Write two numbers with as many digits as it takes to see that they differ."""
    if type(expected) is int and type(got) is int:
        return str(expected), str(got)
    for digits in (6, 9, 12, 17):
        pair = f"{expected:.{digits}g}", f"{got:.{digits}g}"
        if pair[0] != pair[1]:
            break
    return pair


def lost_precision(expected, got, bad):
    """Say so when the values that differ are all right but for their last digits."""
    right, other = expected[bad].double(), got[bad].double()
    off = ((right - other).abs() / right.abs()).max().item()
    if off < NEARLY and (text := rounding(expected, got)):
        return f" ({text})"
    if not 0 < off < FEW_DIGITS:  # NaN is neither
        return ""
    return (
        f" (right to {int(-math.log10(off))} digits at least: precision is lost on the way. Look "
        "for a float32 in this float64 computation, such as .float(), torch.tensor(2.) or a table, "
        "and for a small number that is added)"
    )


def pairs(expected, got, where=""):
    """Return (where, expected, got) for a tensor or number, or for each of a list."""
    if expected is None:
        return []
    if type(expected) not in (list, tuple):
        return [(where, expected, got)]
    found = []
    for number, (right, item) in enumerate(zip(expected, got, strict=True)):
        found += pairs(right, item, f"item {number}: ")
    return found


def close(case, expected, got):
    """Compare like torch.isclose, with an absolute tolerance relative to the largest value.

    That is a tiny fraction of it, so that 0 does not pass for a small value.
    """
    precise = torch.promote_types(expected.dtype, torch.float64)
    coarser = got.dtype if got.dtype in TOLERANCE else expected.dtype
    # What is tighter than float32 can be is meant for float64, in which the right answer is.
    is_meant = case.tolerance and (coarser != torch.float32 or max(case.tolerance) >= 1e-6)
    relative, of_largest = case.tolerance if is_meant else TOLERANCE.get(coarser, (0, 0))
    expected, got = expected.to(precise), got.to(precise)
    finite = expected[expected.isfinite()]
    largest = finite.abs().max() if finite.numel() else 0.0
    largest = max(largest, case.size)
    # The expected values may be those of a wrong function, and not finite: it is recognised by
    # them, and by nothing else, though every number is near to infinity relative to that.
    equal = (expected == got) | (expected.isnan() & got.isnan())
    near = (expected - got).abs() <= relative * expected.abs() + of_largest * largest
    return equal | (near & expected.isfinite() & got.isfinite())
