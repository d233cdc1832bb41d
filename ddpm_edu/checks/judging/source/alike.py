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

    def like(self, outputs) -> list[list[Misconception]]:
        """Return for each of some outputs the misconceptions with nearly the same."""
        found = [[] for _ in outputs]
        for form, at, rows in stacked(outputs):
            for misconception, known in zip(*self.groups.get(form, ((), ())), strict=True):
                near = (rows - known).abs().amax(1) <= TOLERANCE * rows.abs().amax(1)
                for number in at[near].tolist() if rows.shape[1] else ():
                    found[number].append(misconception)
        return found


def stacked(outputs, canonical=lambda output: output):
    """Return (form, which outputs, their numbers in rows) for each form that outputs have."""
    groups = {}
    for number, output in enumerate(outputs):
        try:
            form, row = numbers(canonical(output))
        except Exception:  # it has not even the form that is brought into another
            continue
        groups.setdefault((form, len(row)), []).append((number, row))
    return [
        (form, torch.tensor([number for number, _ in pairs]), torch.stack([row for _, row in pairs]))
        for (form, _), pairs in groups.items()
    ]


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
    """Tell quickly which outputs may be right on a trial; arguments as in `RepairSearch`."""

    def __init__(self, trial, faults, in_place):
        self.case, self.rights, self.numbers = trial.case, list(faults.rights(trial)), []
        for right in self.rights:
            seen = right.observation
            output = [seen.after[n] for n in sorted(seen.after)] if in_place else seen.output
            self.numbers.append(numbers(right.canonical(output)))

    def among(self, outputs) -> list[int]:
        """Return the numbers of those that are like: compared loosely, to be looked at again."""
        found = set()
        for right, (form, row) in zip(self.rights, self.numbers, strict=True):
            for its_form, at, rows in stacked(outputs, right.canonical):
                is_form = its_form == form or self.case.float64_too
                if is_form and rows.shape[1] == len(row):
                    coarse = rows.float() if "torch.float32" in str(its_form) else rows
                    found.update(at[close(self.case, row, coarse).all(1)].tolist())
        return sorted(found)
