"""From what was expected and what was seen to a verdict. Pure: nothing is run, drawn or changed here.

A rule compares two observations of one case and gives the first complaint, or None.
"""

from dataclasses import dataclass

import torch

from ddpm_edu.checks.caller import Observation
from ddpm_edu.checks.exercise import Case


@dataclass(frozen=True)
class Expectation:
    """What a right answer does on a case; where noise is random, also its mean and deviation."""

    seen: Observation
    mean: torch.Tensor | None = None
    deviation: torch.Tensor | None = None


RTOL = {torch.float64: 1e-7, torch.float32: 1e-3}  # of the case's own scale; float32 tables lose that much at t = 1


def complain(case: Case, expected: Expectation, seen: Observation) -> str | None:
    """Give the first thing that is wrong, or None when the case holds."""
    return next(filter(None, (rule(case, expected, seen) for rule in RULES)), None)


def no_error(case, expected, seen):
    return f"your code stopped with an error\n{seen.trace.rstrip()}" if seen.error else None


def calls(case, expected, seen):
    if len(seen.calls) != len(expected.seen.calls):
        return f"the model was called {count(len(seen.calls))}, wanted {count(len(expected.seen.calls))}"
    for number, (wanted, got) in enumerate(zip(expected.seen.calls, seen.calls, strict=True), start=1):
        which = f"call {number} of the model: " if len(expected.seen.calls) > 1 else "the model was called with "
        if got.t.dtype != torch.long or got.t.shape != wanted.t.shape:
            return f"{which}t of {kind(got.t)}, wanted {kind(wanted.t)}"
        if not torch.equal(got.t, wanted.t):
            return f"{which}t = {got.t.tolist()}, wanted {wanted.t.tolist()}"
        if got.x_t.shape != wanted.x_t.shape or got.x_t.dtype != wanted.x_t.dtype:
            return f"{which}x_t of {kind(got.x_t)}, wanted {kind(wanted.x_t)}"
    return None


def form(case, expected, seen):
    if isinstance(expected.seen.output, list):
        if not isinstance(seen.output, list):
            return f"wanted a list of tensors, saw {kind(seen.output)}"
        if len(seen.output) != len(expected.seen.output):
            return f"wanted a list of {len(expected.seen.output)} states, saw {len(seen.output)}"
    for where, wanted, got in pairs(expected.seen.output, seen.output):
        if not isinstance(got, torch.Tensor):
            return f"{where}wanted a tensor, saw {kind(got)}"
        if (got.shape, got.dtype, got.device) != (wanted.shape, wanted.dtype, wanted.device):
            return f"{where}wanted {kind(wanted)}, saw {kind(got)}"
        if not got.isfinite().all():
            return f"{where}wanted finite values, saw {int((~got.isfinite()).sum())} NaN or infinite"
    return None


def values(case, expected, seen):
    if case.noise == "stream":
        return None  # which number lands where depends on the order of draws, which is free: see own_draws
    for where, wanted, got in pairs(expected.seen.output, seen.output):
        bad = ~close(wanted, got)
        if bad.any():
            index = tuple(bad.nonzero()[0].tolist())
            return (
                f"{where}{int(bad.sum())} of {bad.numel()} values differ; the first at {list(index)}: "
                f"wanted {wanted[index].item():.6g}, saw {got[index].item():.6g}"
            )
    return None


def own_draws(case, expected, seen):
    """Where noise is random, every noisy value must hold a Gaussian number that no other value holds."""
    if "uniform" in {draw.law for draw in seen.draws} - {draw.law for draw in expected.seen.draws}:
        return "wanted Gaussian noise (randn), saw a uniform draw (rand)"
    if case.noise != "stream":
        return None
    if expected.deviation is None:  # a chain: its start is noise and nothing else
        numbers, where = seen.calls[0].x_t, "x_T"
    else:
        noisy = expected.deviation > 0
        numbers, where = ((seen.output - expected.mean) / expected.deviation)[noisy], "the noise"
    drawn = torch.cat([torch.empty(0, dtype=torch.float64), *(draw.values.flatten() for draw in seen.draws)]).unique()
    distance, which = nearest(numbers.flatten().double(), drawn)
    if (distance > 1e-6).any():
        return f"{where} does not hold the numbers that were drawn, each scaled by the standard deviation"
    if which.unique().numel() < which.numel():
        return f"{where}: {which.numel()} values share {which.unique().numel()} draws; draw one for each"
    return None


def side_effects(case, expected, seen):
    if seen.changed:
        return f"changed what it was given: {', '.join(seen.changed)}"
    if case.without_gradients and seen.gradients:
        return "the result carries gradients: every step of the chain stays in memory; use torch.no_grad()"
    return None


RULES = (no_error, calls, form, values, own_draws, side_effects)


def pairs(expected, seen):
    """Give (where, wanted, got) for a tensor, or for each tensor of a list or tuple."""
    if isinstance(expected, (list, tuple)):
        return [(f"item {index}: ", *both) for index, both in enumerate(zip(expected, seen, strict=True))]
    return [("", expected, seen)]


def close(wanted, got):
    """Compare with a tolerance relative to the largest value wanted, so that zeros never pass for small values."""
    return (wanted - got).abs() <= RTOL[wanted.dtype] * wanted.abs().max()


def nearest(numbers, table):
    """Give the distance to the closest entry of a sorted table, and which one it is."""
    if not table.numel():
        return torch.full_like(numbers, torch.inf), torch.zeros_like(numbers)
    right = torch.searchsorted(table, numbers).clamp(max=len(table) - 1)
    left = (right - 1).clamp(min=0)
    which = torch.where((table[left] - numbers).abs() < (table[right] - numbers).abs(), left, right)
    return (table[which] - numbers).abs(), which


def count(number):
    return {0: "never", 1: "once"}.get(number, f"{number} times")


def kind(value):
    """Describe a value in the learner's terms."""
    if isinstance(value, torch.Tensor):
        device = "" if value.device.type == "cpu" else f" on {value.device}"
        return f"{str(value.dtype).removeprefix('torch.')} of shape {tuple(value.shape)}{device}"
    return "nothing (None)" if value is None else f"a {type(value).__name__}"
