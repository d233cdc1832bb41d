"""What functions of the catalogue return for an input, in numbers that can be compared and read."""

from typing import Any

import torch

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.grading.defence.readings import PLAIN, READINGS, call
from ddpm_edu.schedule import NoiseSchedule


MOST_NUMBERS = 14  # of a result that can still be read
APART = 0.03  # of the largest number: nearer results could be taken for each other
ROUNDING = 1e-9


def outcomes(exercise: Exercise, arguments: dict[str, Any]) -> dict[str | None, Any]:
    """Return what the reference (None) and each misconception make of an input.

    Those are left out that fail, that cannot be read or computed by hand, and that draw what the
    reference does not.
    """
    reading = READINGS.get(exercise.id, PLAIN)
    right, draws = outcome(exercise, exercise.reference, arguments)
    found: dict[str | None, Any] = {} if right is None else {None: right}
    for one in filter(reading.takes, exercise.misconceptions) if found else ():
        value, drawn = outcome(exercise, one.function, arguments)
        if value is not None and (reading.any_draw or drawn <= draws):
            found[one.id] = value
    return found


def outcome(exercise, function, arguments) -> tuple[Any, set[str]]:
    """Return what is read of a call, or None, and which distributions it draws."""
    value, drawn = call(READINGS.get(exercise.id, PLAIN), function, arguments)
    return (value if is_readable(value) else None), drawn


def is_readable(value) -> bool:
    parts = tensors(value)
    fine = bool(parts) and all(part.isfinite().all() for part in parts)
    return fine and 0 < sum(part.numel() for part in parts) <= MOST_NUMBERS


def tensors(value) -> list[torch.Tensor]:
    """Return the numbers of a result as tensors; none of what holds anything else."""
    if isinstance(value, torch.Tensor):
        return [value.double()]
    if isinstance(value, int | float):
        return [torch.tensor(float(value), dtype=torch.float64)]
    if isinstance(value, list | tuple):
        parts = [tensors(item) for item in value]
        return [part for some in parts for part in some] if all(parts) else []
    return []


def differ(one, other) -> bool:
    """Tell whether two results can be told apart by hand: in shape, or by a few percent."""
    first, second = tensors(one), tensors(other)
    if [part.shape for part in first] != [part.shape for part in second]:
        return True
    size = max(float(part.abs().max()) for part in (*first, *second))
    return distance(one, other) > APART * size


def distance(one, other) -> float:
    """Return the largest difference of two results of one shape."""
    pairs = zip(tensors(one), tensors(other), strict=True)
    return max(float((a - b).abs().max()) for a, b in pairs)


def written(value) -> str:
    """Write a result with three digits, in brackets that show its shape."""
    if isinstance(value, torch.Tensor):
        return written(value.tolist())
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))})"
    if isinstance(value, int):
        return str(value)
    large = abs(value) >= 1000
    return "0" if abs(value) < ROUNDING else f"{value:.0f}" if large else f"{value:.3g}"


def shown(arguments: dict[str, Any]) -> list[str]:
    """Write the arguments of a call, a line each; a schedule is a table of its own."""
    lines = []
    for name, value in arguments.items():
        if hasattr(value, "lines"):
            lines += value.lines(name)
        elif isinstance(value, torch.nn.Linear):
            lines.append(f"{name}: weight {value.weight.item():g}, bias {value.bias.item():g}")
        elif isinstance(value, torch.optim.Optimizer):
            rate = value.param_groups[0]["lr"]
            lines.append(f"{name}: subtracts {rate:g} times the gradient of the slope from it")
        elif not isinstance(value, NoiseSchedule):
            lines.append(f"{name} = {written(value)}")
    return lines


def table(arguments: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the schedule among the arguments as rows (t, beta_t, alpha_t, alpha_bar_t)."""
    schedules = [value for value in arguments.values() if type(value) is NoiseSchedule]
    return [
        (str(t), *(f"{column[t].item():.4g}" for column in (s.betas, s.alphas, s.alphas_bar)))
        for s in schedules[:1]
        for t in range(s.num_timesteps + 1)
    ]
