"""A mistake that is on no list, told by its terms: what the learner's factor of each tensor is.

Where the right answer is linear in given tensors, least squares recover the factors in the
learner's result at each time; a search puts them into the letters of the tables. What is said has
to reproduce the learner's results in all cases, failing and holding.
"""

import re
from dataclasses import dataclass

import torch

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.checks.judging.compare import FEW_DIGITS, apart, close
from ddpm_edu.checks.judging.factors import find
from ddpm_edu.checks.judging.findings import Trial
from ddpm_edu.checks.judging.formula import TOLERANCE, Letters
from ddpm_edu.checks.judging.letters import FIRST_ROW
from ddpm_edu.checks.judging.views import view_of


LINEAR = 1e-9  # relative: what least squares may leave of a result that is linear
SMALLEST = 1e-7  # relative to the largest factor of a row


def describe_terms(exercise: Exercise, trials: list[Trial]) -> list[str]:
    """Return sentences about the terms of a wrong answer; none where it is not made of such."""
    names = list(exercise.terms)
    is_table = not any(name in trials[0].case.arguments for name in names)
    problems = [([name], number) for number, name in enumerate(names)] if is_table else [(names, 0)]
    usable = [t for t in trials if t.case.compare == "values" and not t.got.failure]
    lines = []
    for of_problem, item in problems:
        views = [
            view_of(trial, of_problem, item if len(problems) > 1 else None) for trial in usable
        ]
        if not views or None in views:
            return []
        what = "Your " if is_table else "Your factor of "
        lines += sentences(exercise, [what + shown(name) for name in of_problem], views, of_problem)
    return lines if any(" is right" not in line for line in lines) else []


def shown(name: str) -> str:
    return {"noise": "the noise", "x_0_estimate": "the estimate of x_0"}.get(name, name)


@dataclass(frozen=True)
class Points:
    """Factors that were recovered, (P, K) of the learner and of a right answer."""

    got: torch.Tensor
    right: torch.Tensor
    places: list[str]
    choices: dict


def recover(views) -> Points | None:
    """Recover the factors at every place that has enough numbers; None: they are not linear."""
    got, right, places, rows = [], [], [], []
    for number, view in enumerate(views):
        for group in view.groups if view.got.dtype == torch.float64 else ():
            matrix = view.columns[group].flatten(0, 1)
            results = torch.stack([view.got[group].flatten(), view.right[group].flatten()], 1)
            is_exact = view.got.shape[1] == 1
            if not (is_exact or len(matrix) > matrix.shape[1]) or not results.isfinite().all():
                continue
            factors = results if is_exact else torch.linalg.lstsq(matrix, results).solution
            if not is_exact:
                off = (matrix @ factors - results).abs().amax(0)
                if not (off <= LINEAR * results.abs().amax(0)).all():
                    return None
                factors = factors.T
            factors = factors.reshape(2, -1)
            got.append(factors[0])
            right.append(factors[1])
            places.append(view.places[group[0]])
            rows.append((number, group[0]))
    if not got:
        return None
    shifts = (0, FIRST_ROW, -1, 1) if has_times(views) else (0,)
    choices = {shift: gathered(views, rows, shift) for shift in shifts}
    return Points(torch.stack(got), torch.stack(right), places, choices)


def has_times(views):
    return views[0].times is not None and "t_prev" not in views[0].case.arguments


def gathered(views, rows, shift):
    """Return the letters at chosen rows of several views."""
    letters = [view.letters(shift) for view in views]

    def take(kind):
        names = getattr(letters[0], kind)
        return {
            name: torch.stack([getattr(letters[number], kind)[name][row] for number, row in rows])
            for name in names
        }

    return Letters(take("values"), take("extras"), letters[0].derived)


def sentences(exercise, subjects, views, names):
    """Say of each factor what it is, where that reproduces all results; else its number."""
    points = recover(views)
    if points is None:
        return []
    scale = points.right.abs().amax(1, keepdim=True)
    off = (points.got - points.right).abs()
    is_right = (off <= TOLERANCE * points.right.abs() + 1e-3 * TOLERANCE * scale).all(0).tolist()
    if all(is_right) or (off <= FEW_DIGITS * points.right.abs()).all():
        return [f"{subject} is right." for subject in subjects] if all(is_right) else []
    # A factor far smaller than another of its row is known to few digits, or not at all.
    noise = points.got.abs() / points.got.abs().amax(1, keepdim=True)
    got = points.got.masked_fill(noise < SMALLEST, torch.nan)
    got[:, (noise < LINEAR).all(0)] = 0.0
    known = [
        find({0: points.choices[0]}, points.right[:, k]) if fine else
        find(points.choices, got[:, k])
        for k, fine in enumerate(is_right)
    ]  # fmt: skip
    label = re.search(r"(?:^|, )((?:Eq\.|Sec\.) [\d.]*\d)", exercise.equation)
    source = f"{label[1]} has" if label else "it should be"
    if not all(reproduces(view, known) for view in views):
        known = [formula if fine else None for formula, fine in zip(known, is_right, strict=True)]
        if not all(reproduces(view, known) for view in views):
            return []
    if known == [None]:  # the number is in the first finding already
        return []
    lines = []
    for k, subject in enumerate(subjects):
        if is_right[k]:
            lines.append(f"{subject} is right.")
        elif found := known[k]:
            formula, shift = found
            where = " of the first row, for all rows" if shift == FIRST_ROW else ""
            lines.append(
                f"{subject} is {formula.words()}{where}; {source} {exercise.terms[names[k]]}."
            )
        else:
            # one that is off by little at every place, beside one that is wrong, is not told
            least = TOLERANCE * scale[:, 0]  # less is rounding, where the right factor is 0
            clearly = (off[:, k] > FEW_DIGITS * points.right[:, k].abs() + least).nonzero()
            if not len(clearly):
                continue
            first = int(clearly[0])
            right, got = apart(points.right[first, k].item(), points.got[first, k].item())
            lines.append(
                f"{subject} is not right: at {points.places[first]} it is {got}; {source} {right}."
            )
    return sorted(lines, key=lambda line: " is right" in line)


def reproduces(view, known) -> bool:
    """Tell whether known factors, and any others in the place of the unknown, give the results."""
    left = view.got.double()
    total = torch.zeros_like(left)
    for k, found in enumerate(known):
        if found:
            formula, shift = found
            total = total + formula.at(view.letters(shift))[:, None] * view.columns[..., k]
    unknown = [k for k, found in enumerate(known) if found is None]
    for group in view.groups if unknown else ():
        matrix = view.columns[group][..., unknown].flatten(0, 1)
        rest = (left - total)[group].flatten()
        if len(rest) > len(unknown) and rest.isfinite().all():
            fitted = matrix @ torch.linalg.lstsq(matrix, rest[:, None]).solution
            total[group] += fitted.reshape(len(group), -1)
        else:
            total[group] = left[group]
    # In which order infinities were made is of no interest.
    total = torch.where(total.isfinite() | left.isfinite(), total, left)
    return bool(close(view.case, total, view.got).all())
