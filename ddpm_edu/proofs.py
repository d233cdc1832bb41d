"""A numbered equation, checked: by algebra when both sides are formulas, by numbers when they are values."""

import torch


class NotProven(AssertionError):  # noqa: N818  it reads as what happened
    """Two sides of an equation that do not agree; the message shows both."""


def prove(number: str, left, right, within: float | None = None) -> None:
    """Compare both sides of a lesson's equation and print one quiet line; raise NotProven if they differ.

    Args:
        number: of the equation, as in its tag.
        left: a sympy formula, or a tensor or number.
        right: of the same kind.
        within: for values, the largest difference allowed, relative to the largest value; state where it
            comes from beside the call. Formulas must agree exactly.

    >>> prove("0.1", torch.ones(3), torch.ones(3), within=1e-12)
    Eq. 0.1 proven: both sides agree to 0e+00 (wanted 1e-12) in 3 values
    """
    how = algebra(number, left, right) if within is None else numbers(number, left, right, within)
    print(f"Eq. {number} proven: {how}")


def algebra(number, left, right):
    """Simplify the difference of two formulas to zero."""
    import sympy

    difference = sympy.simplify(left - right)
    if difference != 0:
        raise NotProven(f"Eq. {number}: {left} is not {right}; their difference is {difference}")
    return "the difference of both sides simplifies to 0"


def numbers(number, left, right, within):
    """Compare values, without broadcasting."""
    left, right = (torch.as_tensor(side, dtype=torch.float64) for side in (left, right))
    if left.shape != right.shape:
        raise NotProven(f"Eq. {number}: shapes {tuple(left.shape)} and {tuple(right.shape)} differ")
    seen = ((left - right).abs().max() / right.abs().max()).item()
    if not seen <= within:
        raise NotProven(f"Eq. {number}: both sides differ by {seen:.1e}, wanted {within:.0e}: {left} and {right}")
    return f"both sides agree to {seen:.0e} (wanted {within:.0e}) in {left.numel()} values"
