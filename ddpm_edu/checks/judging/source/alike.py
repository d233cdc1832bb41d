"""The outputs of all misconceptions on one case, to find those that are like a given one."""

import torch

from ddpm_edu.checks.exercise import Case, Misconception


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
