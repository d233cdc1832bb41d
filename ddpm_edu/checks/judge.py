"""From what was expected and what was seen to a verdict. Pure: nothing is run, drawn or changed here.

A rule compares two observations of one case and gives the first thing found wrong, or None.
"""

import torch

from ddpm_edu.bounds import chi_square_bounds, moments_off
from ddpm_edu.checks.caller import Observation
from ddpm_edu.checks.compare import Expectation, Finding, alike, first_difference, form, values
from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.plain import kind


def judge(case: Case, expected: Expectation, seen: Observation) -> Finding | None:
    """Give the first thing that is wrong, or None when the case holds."""
    return next(filter(None, (rule(case, expected, seen) for rule in RULES)), None)


def no_failure(case, expected, seen):
    if seen.failure is None:
        return None
    if seen.failure.type == "NotWritten":
        return Finding("not written", "not written yet: it raises NotImplementedError")
    if seen.failure.type == "TimedOut":
        return Finding("timed out", f"took more than {case.seconds:g} s: is there a loop that does not end?")
    error = seen.failure.trace or f"{seen.failure.type}: {seen.failure.message}"
    # torch says which shapes did not fit; in which order depends on how a product is written
    alike = " ".join(sorted(seen.failure.message.split())) if seen.failure.type == "RuntimeError" else ""
    return Finding(f"failure {seen.failure.type} {alike}", f"your code stopped with an error\n{error}")


def own_work(case, expected, seen):
    if seen.reference:
        return Finding("reference", f"calls {seen.reference} of ddpm_edu, which is what you are asked to write")
    return None


def calls(case, expected, seen):
    wanted, got = expected.seen.calls, seen.calls
    if len(got) != len(wanted):
        return Finding(f"{len(got)} calls", f"the model was called {count(len(got))}, wanted {count(len(wanted))}")
    for number, pair in enumerate(zip(wanted, got, strict=True), start=1):
        which = f"call {number} of the model: " if len(wanted) > 1 else "the model was called with "
        if difference := call_differs(case, *pair):
            return Finding("call", which + difference)
    return None


def call_differs(case, wanted, got):
    for name in ("t", "x_t"):
        value, right = getattr(got, name), getattr(wanted, name)
        if not isinstance(value, torch.Tensor) or (value.shape, value.dtype) != (right.shape, right.dtype):
            return f"{name} = {kind(value)}; wanted {kind(right)}"
    if got.t.numel() > 8 and got.t.unique().numel() == 1 < wanted.t.unique().numel():
        return f"t = {shown(got.t)}: one time for the whole batch; each row draws its own"
    if case.compare == "values" and not torch.equal(got.t, wanted.t):
        return f"t = {shown(got.t)}; wanted {shown(wanted.t)}"
    return None


def shown(t):
    return f"[{', '.join(map(str, t.tolist()[:8]))}{', ...' if t.numel() > 8 else ''}]"


def gaussian(case, expected, seen):
    laws = {draw.law for draw in seen.draws}
    if {draw.law for draw in expected.seen.draws} == {"normal"} and "uniform" in laws:
        return Finding("uniform", "wanted Gaussian noise (randn), saw a uniform draw (rand)")
    if any(draw.again for draw in seen.draws):
        return Finding("again", "a generator is seeded anew before a draw, so that the same numbers come again")
    if any(draw.generator for draw in expected.seen.draws) and not any(draw.generator for draw in seen.draws):
        return Finding("generator", "the generator given was not used for the draw")
    return None


def own_draws(case, expected, seen):
    """Every noisy value must hold a Gaussian number that no other value holds."""
    if case.compare != "draws":
        return None
    normal = [draw.values for draw in seen.draws if draw.law == "normal"]
    drawn = torch.cat([torch.empty(0, dtype=torch.float64), *normal]).unique()
    for where, numbers in expected.recovered(seen):
        distance, which = nearest(numbers.flatten().double(), drawn)
        if (distance > (1e-4 if numbers.dtype == torch.float32 else 1e-6)).any():  # what rounding of the result leaves
            text = "does not hold the Gaussian numbers that were drawn, each scaled by its standard deviation"
            return Finding(f"not drawn: {where}", f"{where} {text}")
        if which.unique().numel() < 0.9 * which.numel():  # in float32 two draws may by chance be as close as rounding
            shares = f"{which.numel()} values share {which.unique().numel()} draws; draw one for each"
            return Finding(f"shared: {shares}", f"{where}: {shares}")
    return None


def law(case, expected, seen):
    """Compare the law of random results; both tests fail a right answer at most once in a million seeds."""
    if case.compare == "moments":
        last = seen.output[-1] if type(seen.output) in (list, tuple) else seen.output
        off = moments_off(last, *case.moments)
        right = f"wanted mean {case.moments[0]:.4g} and deviation {case.moments[1]:.4g}"
        return off and Finding(f"law {off.split(' is ')[0]}", f"of the samples, {off}; {right}")
    if case.compare == "uniform":
        last = case.arguments["schedule"].num_timesteps
        if seen.output.min() < 1 or seen.output.max() > last:
            extreme = [int(seen.output.min()), int(seen.output.max())]
            return Finding(f"range {extreme}", f"wanted times in 1..{last}, saw {extreme[0]}..{extreme[1]}")
        counts = seen.output.bincount(minlength=last + 1)[1:].double()
        even = len(seen.output) / last
        if (counts - even).square().sum() / even > chi_square_bounds(last - 1)[1]:
            times = ", ".join(f"{int(n)} of {t}" for t, n in enumerate(counts, 1))
            kind_of_law = f"law {int((counts > 0).sum())} {[t for t, n in enumerate(counts, 1) if n < 0.9 * even]}"
            return Finding(kind_of_law, f"wanted every time equally often, about {even:.0f} times; saw {times}")
    return None


def side_effects(case, expected, seen):
    if extra := sorted(set(seen.after) - set(expected.seen.after)):
        return Finding(f"changed {extra}", f"changed what it was given: {', '.join(extra)}")
    if missing := sorted(set(expected.seen.after) - set(seen.after)):
        return Finding(f"unchanged {missing}", f"should have changed {', '.join(missing)}, and did not")
    if case.compare == "values":
        for name, wanted in expected.seen.after.items():
            used = wanted.dtype == torch.uint8  # a generator: that it moved is all there is to compare
            if not used and not alike(case, wanted, seen.after[name]):
                where = f"{name} after the call: "
                return first_difference(case, expected, wanted, seen.after[name], where)
    if extra := sorted(seen.trained ^ expected.seen.trained):
        return Finding(f"trained {extra}", f"{', '.join(extra)}: must not carry gradients; use torch.no_grad()")
    if seen.settings:
        return Finding(f"settings {seen.settings}", f"changed what all share: {', '.join(seen.settings)}")
    if case.same_gradients and seen.gradients and not expected.seen.gradients:
        return Finding("gradients", "the result carries gradients: every step stays in memory; use torch.no_grad()")
    if case.same_gradients and expected.seen.gradients and not seen.gradients:
        return Finding("no gradients", "the result carries no gradients, so a model cannot learn from it")
    return None


RULES = (own_work, no_failure, calls, form, values, gaussian, own_draws, law, side_effects)


def nearest(numbers, table):
    """Give the distance to the closest entry of a sorted table, and which one it is."""
    if not table.numel():
        return torch.full_like(numbers, torch.inf), torch.zeros_like(numbers, dtype=torch.long)
    right = torch.searchsorted(table, numbers).clamp(max=len(table) - 1)
    left = (right - 1).clamp(min=0)
    which = torch.where((table[left] - numbers).abs() < (table[right] - numbers).abs(), left, right)
    return (table[which] - numbers).abs(), which


def count(times):
    return {0: "never", 1: "once"}.get(times, f"{times} times")
