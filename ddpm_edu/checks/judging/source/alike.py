"""Outputs as rows of numbers: is one right, is one like that of a misconception?"""

import torch

from ddpm_edu.checks.exercise import Case, Misconception
from ddpm_edu.checks.judging.compare import close


TOLERANCE = 1e-6  # relative to the largest value; what comes close is looked at again


class Outputs:
    """Outputs of misconceptions as rows of numbers.

    Args:
        case: on which all are called.
        misconceptions: of an exercise.
        course: runs them.
    """

    def __init__(self, case: Case, misconceptions: tuple[Misconception, ...], course):
        groups = {}
        for misconception in misconceptions:
            try:
                form, row = numbers(course.output_of(misconception.function, case))
            except Exception:  # it may be one that stops with an error
                continue
            groups.setdefault(form, []).append((misconception, row))
        self.groups = {
            form: ([m for m, _ in pairs], torch.stack([row for _, row in pairs]))
            for form, pairs in groups.items()
        }

    def like(self, output) -> list[Misconception]:
        """Return the misconceptions with nearly this output."""
        form, row = numbers(output)
        if form not in self.groups or not row.numel():
            return []
        known, rows = self.groups[form]
        near = (rows - row).abs().amax(1) <= TOLERANCE * row.abs().max()
        return [m for m, is_near in zip(known, near.tolist(), strict=True) if is_near]


def numbers(output) -> tuple[tuple, torch.Tensor]:
    """Return what an output is made of, and its numbers in one row."""
    if isinstance(output, torch.Tensor):
        return (str(output.dtype), *output.shape), output.detach().double().flatten()
    if type(output) in (list, tuple) and output:
        forms, rows = zip(*map(numbers, output), strict=True)
        return forms, torch.cat(rows)
    if type(output) in (int, float, bool):
        return (type(output).__name__,), torch.tensor([float(output)], dtype=torch.float64)
    return (type(output).__name__,), torch.empty(0, dtype=torch.float64)


class Likely:
    """Tell quickly whether an output may be right on a trial; arguments as in `RepairSearch`."""

    def __init__(self, trial, faults, in_place):
        self.case, self.rights, self.numbers = trial.case, list(faults.rights(trial)), []
        for right in self.rights:
            seen = right.observation
            output = [seen.after[n] for n in sorted(seen.after)] if in_place else seen.output
            self.numbers.append(numbers(right.canonical(output)))

    def is_like(self, output) -> bool:
        """Compare loosely: what is like is looked at again."""
        for right, (form, row) in zip(self.rights, self.numbers, strict=True):
            try:
                its_form, its_row = numbers(right.canonical(output))
            except Exception:  # it has not even the form that is brought into another
                continue
            is_form = its_form == form or self.case.float64_too
            if is_form and its_row.shape == row.shape and is_near(self.case, its_row, row):
                return True
        return False


def is_near(case, got, expected):
    return bool(close(case, expected, got).all())
