"""Numbered equations: proven by algebra, checked by numbers or, for distributions, by draws."""

import torch

from ddpm_edu.bounds import normal_bound


class NotProven(AssertionError):  # noqa: N818  it reads as what happened
    """Two sides of an equation that do not agree; the message shows both."""

    def _render_traceback_(self):
        # IPython shows this in place of the traceback, whose frames are only ours
        return [f"NotProven: {self}"]


def prove(
    number: str,
    left,
    right,
    within: float | None = None,
    false_alarm: float | None = None,
    paper: str = "",
):
    """Compare both sides of a lesson's equation and print one line; raise NotProven if they differ.

    Algebra proves an equation; numbers and draws, which are single cases, check it. The line says
    which. It depends on the arguments, not on rounding, so that it is the same on every machine.

    Args:
        number: of the equation, as in its tag.
        left: a sympy formula, a tensor or number, or draws (N, ...); formulas also as a tuple of
            them.
        right: of the same kind; for draws, their mean (...).
        within: for values, the largest difference allowed, relative to the largest value on the
            right; say beside the call where it comes from. Formulas must agree exactly.
        false_alarm: for draws, which must be independent in N, the probability that a true equation
            fails.
        paper: where the equation stands in the paper, as "Eq. 7".
    Raises:
        NotProven: the two sides differ.

    >>> prove("0.1", torch.ones(3), torch.ones(3), within=1e-12)
    Eq. 0.1 checked: 3 values of both sides agree to 1e-12 of the largest
    """
    if within is not None or false_alarm is not None:
        left, right = (torch.as_tensor(side, dtype=torch.float64) for side in (left, right))
    if false_alarm is not None:
        how = draws(number, left, right, false_alarm)
    elif within is not None:
        how = numbers(number, left, right, within)
    else:
        how = algebra(number, left, right)
    verb = "proven" if within is None and false_alarm is None else "checked"
    print(f"Eq. {number} {verb}: {how}" + (f" (the paper's {paper})" if paper else ""))


def algebra(number, left, right):
    """Simplify the difference of two formulas, or of each pair of them, to zero."""
    import sympy

    pairs = [*zip(left, right, strict=True)] if isinstance(left, tuple) else [(left, right)]
    for one, other in pairs:
        difference = sympy.simplify(sympy.sympify(one) - sympy.sympify(other))
        if difference != 0:
            how = f"their difference: {difference}, expected 0"
            raise NotProven(both_sides(number, one, other, how))
    return "the difference of both sides simplifies to 0"


def numbers(number, left, right, within):
    """Compare values, without broadcasting."""
    same_shape(number, left, right)
    got = ((left - right).abs().max() / right.abs().max()).item()
    if not got <= within:  # `got > within` would let NaN pass
        how = f"they differ by {got:.1e} of the largest, expected {within:g}"
        raise NotProven(both_sides(number, left, right, how))
    return f"{count(left, 'value')} of both sides agree to {within:g} of the largest"


def draws(number, left, right, false_alarm):
    """Compare the mean of draws with what it should be, by the central limit theorem."""
    mean, error = left.mean(0), left.std(0) / len(left) ** 0.5
    same_shape(number, mean, right)
    bound = normal_bound(false_alarm / max(right.numel(), 1))  # one share for each value
    got = ((mean - right).abs() / error).max().item()
    if not got <= bound:
        how = (
            f"they differ by {got:.1f} standard errors of {len(left):,} draws, expected {bound:.1f}"
        )
        raise NotProven(both_sides(number, mean, right, how))
    return (
        f"{count(right, 'mean')} of {len(left):,} draws within {bound:.1f} standard errors "
        f"(false-alarm rate {false_alarm:g})"
    )


def same_shape(number, left, right):
    if left.shape != right.shape:
        raise NotProven(
            f"Eq. {number}: the sides have shapes {tuple(left.shape)} and {tuple(right.shape)}"
        )


def both_sides(number, left, right, how):
    return f"Eq. {number} does not hold\n  left:  {left}\n  right: {right}\n  {how}"


def count(values, name):
    return f"{values.numel()} {name}{'s' if values.numel() != 1 else ''}"
