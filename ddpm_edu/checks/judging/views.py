"""A case as rows of numbers: what the learner's factors of given tensors are recovered from."""

from dataclasses import dataclass

import torch

from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.judging.formula import Letters
from ddpm_edu.checks.judging.letters import letters_of
from ddpm_edu.objective import predict_x0


ENTRIES = 6  # of a table, that are read for the search; all of them for the proof


@dataclass(frozen=True)
class View:
    """One case as rows of numbers that are to be sums of factors times columns.

    Args:
        case: that it shows.
        got, right: (R, n) results.
        columns: (R, n, K) the given tensors, or ones for a table.
        times: (R,), or None where a case has no time.
        places: of each row, in the learner's terms.
        groups: rows of the same factors, that are read together.
        table: the right result, whole.
    """

    case: Case
    got: torch.Tensor
    right: torch.Tensor
    columns: torch.Tensor
    times: torch.Tensor | None
    places: list[str]
    groups: list[list[int]]
    table: torch.Tensor

    def letters(self, shift) -> Letters:
        """Return the letters at each row."""
        return letters_of(self.case, self.table, self.times, shift)


def view_of(trial, names, item) -> View | None:
    """Return a case as rows of numbers, or None where the result has not the right form."""
    case, got, right = trial.case, trial.got.output, trial.expected.observation.output
    if item is not None:
        is_pair = type(got) in (list, tuple) and len(got) == len(right)
        got, right = got[item] if is_pair else None, right[item]
    if not isinstance(got, torch.Tensor) or got.shape != right.shape or got.dtype != right.dtype:
        return None
    arguments, times = case.arguments, case.arguments.get("t")
    table = right
    if not any(isinstance(arguments.get(name), torch.Tensor) for name in names):
        if times is None:  # a table; entry 0 is apart
            got, right, times = got[1:], right[1:], torch.arange(1, len(got))
            step = max(1, len(times) // ENTRIES)
            groups = [[row] for row in range(0, len(times), step)]
        else:
            groups = [[row] for row in range(len(times))]
        got, right = got[:, None], right[:, None]
        return View(case, got, right, torch.ones_like(got)[..., None].double(), times,
                    [f"t = {int(t)}" for t in times], groups, table)  # fmt: skip
    rows = 1 if times is None else len(times)
    columns = [column(name, case).double().reshape(rows, -1) for name in names]
    places = places_of(arguments, rows)
    groups = [
        [row for row in range(rows) if places[row] == place] for place in dict.fromkeys(places)
    ]
    return View(case, got.reshape(rows, -1), right.reshape(rows, -1), torch.stack(columns, -1),
                times, places, groups, table)  # fmt: skip


def column(name, case):
    arguments = case.arguments
    if name == "x_0_estimate":
        return predict_x0(*(arguments[key] for key in ("x_t", "t", "eps", "schedule")))
    # where no noise is given, draws are what the case says: ones
    return arguments[name] if name in arguments else torch.ones_like(arguments["x_t"])


def places_of(arguments, rows):
    if "guidance" in arguments:
        return [f"w = {arguments['guidance']:g}"]
    places = [f"t = {int(t)}" for t in arguments["t"]]
    if "t_prev" in arguments:
        eta = arguments.get("eta", 0.0)
        towards = arguments["t_prev"].tolist()
        places = [
            f"{p}, t_prev = {to}, eta = {eta:g}" for p, to in zip(places, towards, strict=True)
        ]
    return places
