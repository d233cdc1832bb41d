"""What of a call is asked about where the result alone does not do.

Some right answers of an exercise differ: in the order of columns, in which of its draws becomes
which time. What is read here is the same for all of them.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from ddpm_edu.checks.exercise import Case, Misconception
from ddpm_edu.checks.worker.observe import observe


NOISE = "ones"
EVERY_DRAW = "whatever noise is drawn: every number of it is 1"
SHORTER = "the result: without its axes of length 1"
AGREE = 1.0  # percent: shares that differ by more, from one batch to another, are none


@dataclass(frozen=True)
class Reading:
    """What is read after a call.

    Args:
        read: (result, arguments after the call) -> numbers, or None where they are not known.
        told: what the printed result is.
        parts: of the template that a misconception may change, since they change all right answers
            alike; None: any.
        unclear: ids of misconceptions whose words do not say what exactly was done.
        any_draw: whether what is read is the same whatever is drawn.
        noise: as in a Case.
    """

    read: Callable[[Any, dict[str, Any]], Any] = lambda result, arguments: result
    told: tuple[str, ...] = ()
    parts: tuple[str, ...] | None = None
    unclear: tuple[str, ...] = ()
    any_draw: bool = False
    noise: str = NOISE

    def takes(self, misconception: Misconception) -> bool:
        """Tell whether what a misconception does to any right answer is known."""
        alike = self.parts is None or misconception.parts.keys() <= set(self.parts)
        return alike and misconception.id not in self.unclear


def call(reading: Reading, function, arguments) -> tuple[Any, set[str]]:
    """Return what is read of a call, None where it fails, and which distributions it draws."""
    case = Case("defence", copy.deepcopy(arguments), reading.noise)
    seen = observe(function, case, trusted=True)
    drawn = {draw.distribution for draw in seen.draws}
    return (None if seen.failure else reading.read(seen.output, case.arguments)), drawn


def weights(result, arguments):
    return [p.detach().clone() for p in arguments["ema_model"].parameters()]


def loss_and_slope(result, arguments):
    slope = arguments["model"].slope.item()
    return None if result is None else (float(result), slope)


def without_axes_of_length_1(result, arguments):
    return result.squeeze()


def sorted_rows(result, arguments):
    rounded = result.double().round(decimals=5)  # angles are known in float32
    return rounded.sort(dim=-1).values


def shares(times, arguments):
    """Return the percentages of the times 0, 1, ..., T + 1; None where they are mere luck."""
    last = arguments["schedule"].num_timesteps + 1
    halves = times.flatten().double().chunk(2)
    counts = [torch.tensor([float((half == t).sum()) for t in range(last + 1)]) for half in halves]
    one, other = (100 * count / len(half) for count, half in zip(counts, halves, strict=True))
    is_known = (one - other).abs().max() < AGREE and one.max() < 100 - AGREE < one.sum()
    return ((one + other) / 2).round() if is_known else None


PLAIN = Reading()
READINGS = {
    "update_ema": Reading(weights, ("the result: weight and bias of ema_model afterwards",)),
    "train_step": Reading(
        loss_and_slope,
        (
            "every time drawn is 1, since T = 1",
            EVERY_DRAW,
            "the result: (what is returned, the slope of the model afterwards)",
        ),
    ),
    "timestep_embedding": Reading(
        sorted_rows,
        (
            "the frequencies are 1 and 0.1; if your exponent is -k / (h - 1), take max_period = 10",
            "the result: each row in ascending order, since columns may stand in any order",
        ),
        ("time", "angles", "columns", "padded"),
    ),
    "sample_timesteps": Reading(
        shares,
        ("the result: about how many percent of the times are 0, 1, ..., T, T + 1",),
        unclear=("small_times_more_often", "gaussian"),
        any_draw=True,
        noise="stream",
    ),
    "residual_block_forward": Reading(without_axes_of_length_1, (SHORTER,)),
    "unet_forward": Reading(without_axes_of_length_1, (SHORTER,), unclear=("skips_do_not_fit",)),
}
