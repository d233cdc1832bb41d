"""Is a result in the dtype that is right, and does it hold the digits of that dtype?"""

import torch

from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.judging.findings import Finding, FindingKind
from ddpm_edu.checks.worker.observation import describe
from ddpm_edu.schedule import NoiseSchedule


FLOATS = (torch.float16, torch.float32, torch.float64)  # each holds the numbers of those before
# Relative: how far from what the coarser dtype holds a number counts as holding more digits. More
# than a right answer's own rounding, less than half the spacing of the coarser dtype.
BEYOND = {torch.float64: 1e-9, torch.float32: 1e-4}
FEWEST = 2  # numbers: a single one of a table may be a constant that was given, such as a cap


def dtype_differs(case: Case, expected, got, where: str) -> Finding | None:
    """Say which dtype is right for a tensor, why, and how to get there."""
    accepted = [expected.dtype]
    if case.float64_too and torch.float64 not in accepted:
        accepted.append(torch.float64)
    if got.dtype in accepted:
        return None
    names = " or ".join(map(named, accepted))
    reason = reason_for(case, expected.dtype, got.dtype)
    text = f"{where}expected {names}, got {named(got.dtype)}: {reason}"
    return Finding(FindingKind.FORM, text, describe(got))


def reason_for(case, expected, got):
    if not expected.is_floating_point:
        return "these are whole numbers; .long() makes them so"
    source = source_of_dtype(case)
    if source is None:
        coarse = "; float32, torch's default, is too coarse for 1 - alpha_bar at small t"
        return (
            f"no argument sets the dtype{coarse if got == torch.float32 else ''}. Write "
            f"dtype={expected} in torch.linspace, torch.arange or torch.tensor; a cast at the end "
            "does not bring digits back"
        )
    whose = "the schedule's tables" if source == "schedule" else source
    dtype = "schedule.betas.dtype" if source == "schedule" else f"{source}.dtype"
    reason = f"the result has the dtype of {whose}"
    if got in FLOATS and FLOATS.index(got) < FLOATS.index(expected):
        lossy = f".{'half' if got == torch.float16 else 'float'}()"
        return (
            f"{reason}, and its digits. Look for {lossy}, and for a tensor made without "
            f"dtype={dtype}; a cast at the end does not bring digits back"
        )
    return f"{reason}. .to({dtype}) at the end brings it back"


def source_of_dtype(case):
    """Return the name of the argument that sets the dtype of the result, if there is one."""
    for name, value in case.arguments.items():
        is_float_tensor = isinstance(value, torch.Tensor) and value.is_floating_point()
        if is_float_tensor or isinstance(value, NoiseSchedule):
            return name
    return None


def rounded_values(case: Case, expected, got) -> Finding | None:
    """See values that were rounded to a coarser dtype and cast back: none holds digits beyond it.

    For a right number of float64 that happens by chance once in 2^29, for one of float32 once in
    2^13; all of them have to.
    """
    right = expected.observation
    if case.size:  # the digits of a small difference are lost anyway
        return None
    if finding := rounded(right.output, got.output):
        return finding
    changed = sorted(right.after.keys() & got.after.keys()) if case.compare == "values" else ()
    where = "{} after the call: ".format
    found = (rounded(right.after[name], got.after[name], where(name)) for name in changed)
    return next(filter(None, found), None)


def rounded(expected, got, where=""):
    if type(expected) in (list, tuple):
        items = enumerate(zip(expected, got, strict=True))
        findings = (rounded(one, other, f"item {number}: ") for number, (one, other) in items)
        return next(filter(None, findings), None)
    if not all(isinstance(value, (float, torch.Tensor)) for value in (expected, got)):
        return None
    text = rounding(as_tensor(expected), as_tensor(got))
    return Finding(FindingKind.ROUNDED, where + text) if text else None


def rounding(expected, got) -> str:
    """Say so where all the numbers of a result fit into a coarser dtype and the right ones do not.

    Numbers that are all the same tell nothing.
    """
    if expected.dtype not in BEYOND or (got.numel() > 1 and (got == got.flatten()[0]).all()):
        return ""
    for coarse in FLOATS[: FLOATS.index(expected.dtype)]:
        lost = (expected - to_and_back(expected, coarse)).abs()
        beyond = (lost > BEYOND[expected.dtype] * expected.abs()).sum()
        enough = 1 if expected.dtype == torch.float64 and expected.ndim == 0 else FEWEST
        if beyond >= enough and torch.equal(to_and_back(got, coarse), got):
            calls = ".half()" if coarse == torch.float16 else ".float(), torch.tensor(2.)"
            return (
                f"expected numbers with the digits of {named(expected.dtype)}, got numbers that "
                f"all fit into {named(coarse)}: they were rounded on the way, and a cast does not "
                f"bring digits back. Look for {calls} or a tensor made in {named(coarse)}"
            )
    return ""


def as_tensor(value):
    """Return a tensor as it is, and a Python number with all its digits."""
    return torch.as_tensor(value, dtype=torch.float64 if type(value) is float else None)


def to_and_back(numbers, dtype):
    return numbers.to(dtype).to(numbers.dtype)


def named(dtype):
    return str(dtype).removeprefix("torch.")
