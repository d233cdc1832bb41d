"""Outputs as rows of numbers: many are compared at once, and what is alike is looked at again."""

from collections.abc import Callable
from typing import Any

import torch

from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.judging.compare import TOLERANCE, close


NEARLY = 1e-6  # relative to the largest value
LOOSELY = max(TOLERANCE[torch.float32])
NOT_FINITE = dict.fromkeys(("nan", "posinf", "neginf"), 0.0)


def as_it_is(output):
    return output


class Outputs:
    """What functions of the course return on a case; each is told by its number.

    Args:
        case: on which all are called.
        functions: of the course.
        course: calls them.
        canonical: brings an output into the form that is compared.
    """

    def __init__(self, case: Case, functions: list[Callable], course, canonical=as_it_is):
        self.case, self.canonical = case, canonical
        outputs = course.outputs_of(functions, case)
        self.groups = stacked(outputs, canonical, lambda output: not is_error(output))
        self.raised = [number for number, output in enumerate(outputs) if is_error(output)]

    def like(self, outputs, relative: float = NEARLY) -> list[list[int]]:
        """Return for each of some outputs what has nearly the same numbers.

        Args:
            outputs: plain data.
            relative: to the largest number of each.
        """
        found = [[] for _ in outputs]
        is_known = self.groups.__contains__
        groups = stacked(outputs, self.canonical, lambda output: is_known(size_of(output)))
        for n, (at, rows) in groups.items():
            numbers, known = self.groups[n]
            for number, row in zip(at, rows, strict=True):
                largest = max(row.abs().max().item() if n else 0.0, self.case.size)
                near = ((known - row).abs() <= relative * largest).all(1)
                found[number] = [numbers[which] for which in near.nonzero().flatten().tolist()]
        return found

    def may_be(self, output) -> list[int]:
        """Return what cannot be told from an output without a closer look."""
        tolerance = sum(self.case.tolerance or (0.0,))
        return self.like([output], 2 * max(LOOSELY, tolerance))[0]


def stacked(outputs, canonical=as_it_is, is_wanted=lambda output: True) -> dict:
    """Return how many numbers -> (which outputs have so many, these in rows).

    Numbers that are not finite are 0 there.

    Args:
        outputs: plain data.
        canonical: brings an output into the form that is compared.
        is_wanted: of an output in that form, which may be very large.
    """
    groups = {}
    for number, output in enumerate(outputs):
        try:
            output = canonical(output)
        except Exception:  # it has not even the form that is brought into another
            continue
        if is_wanted(output):
            groups.setdefault(size_of(output), []).append((number, list(leaves(output))))
    return {n: ([i for i, _ in pairs], rows_of(pairs)) for n, pairs in groups.items()}


def is_constant(output) -> bool:
    """Tell whether a tensor holds one number throughout, which many mistakes have in common."""
    if type(output) in (list, tuple):
        return any(map(is_constant, output))
    is_many = isinstance(output, torch.Tensor) and output.numel() > 1
    return is_many and bool((output == output.flatten()[0]).all())


def is_error(output):
    return isinstance(output, Exception)


def size_of(output):
    return sum(part.numel() for part in leaves(output))


def form_of(output):
    """Return what an output is made of."""
    if isinstance(output, torch.Tensor):
        return output.dtype, output.shape
    is_several = type(output) in (list, tuple)
    return tuple(map(form_of, output)) if is_several else type(output)


def rows_of(pairs):
    empty = torch.empty(0, dtype=torch.float64)
    rows = [torch.cat([empty, *(p.double().flatten() for p in parts)]) for _, parts in pairs]
    return torch.stack(rows).nan_to_num(**NOT_FINITE)


def leaves(output):
    """Yield the numbers in an output, as tensors."""
    if isinstance(output, torch.Tensor):
        yield output.detach()
    elif type(output) in (list, tuple):
        for item in output:
            yield from leaves(item)
    elif type(output) in (int, float, bool):
        yield torch.tensor([float(output)], dtype=torch.float64)


class Likely:
    """Tell quickly which outputs may be right on a trial; arguments as in `RepairSearch`."""

    def __init__(self, trial, faults, in_place):
        self.case = trial.case
        self.rights: list[tuple[Any, Any]] = []
        for right in faults.rights(trial):
            seen = right.observation
            output = [seen.after[n] for n in sorted(seen.after)] if in_place else seen.output
            self.rights.append((right, output))

    def among(self, outputs) -> list[int]:
        """Return the numbers of those that are like: compared loosely, to be looked at again."""
        return sorted(set().union(*(self.like(*pair, outputs) for pair in self.rights)))

    def like(self, right, output, outputs) -> list[int]:
        """Return the numbers of those that are like one right output."""
        [(size, (_, row))] = stacked([output], right.canonical).items()
        form = form_of(right.canonical(output))
        is_float32 = any(part.dtype == torch.float32 for part in leaves(output))

        def is_wanted(other):
            return form_of(other) == form or (self.case.float64_too and size_of(other) == size)

        found = []
        for at, rows in stacked(outputs, right.canonical, is_wanted).values():
            near = close(self.case, row, rows.float() if is_float32 else rows).all(1)
            found += [at[number] for number in near.nonzero().flatten().tolist()]
        return found
