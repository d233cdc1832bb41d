"""The rules of a verdict. Nothing of the learner's is run here, and nothing is changed.

A rule compares what was expected of a case with what was observed, and returns the first thing it
finds wrong, or None. The order matters: the first finding is what the learner reads.
"""

import torch

from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.judging.compare import alike, first_difference, form, values
from ddpm_edu.checks.judging.dtypes import rounded_values
from ddpm_edu.checks.judging.effects import (
    changed_settings,
    gradient_values,
    replaced_objects,
)
from ddpm_edu.checks.judging.findings import Expectation, Finding, FindingKind
from ddpm_edu.checks.judging.randomness import (
    distribution,
    gaussian_draws,
    generator_unused,
    own_draws,
    seeded_anew,
)
from ddpm_edu.checks.judging.torch_errors import explain
from ddpm_edu.checks.worker.observation import FailureKind, Observation, describe


def judge(case: Case, expected: Expectation, got: Observation) -> Finding | None:
    """Return the first thing that is wrong, or None when the case holds."""
    if case.gradients and not case.same_gradients and got.failure:
        return None  # nothing is trained through it, so it need not be differentiable
    return next(filter(None, (rule(case, expected, got) for rule in RULES)), None)


def no_reference_calls(case, expected, got):
    if not got.reference:
        return None
    text = f"calls {got.reference} of ddpm_edu, which is what you are asked to write"
    return Finding(FindingKind.CALLS_REFERENCE, text)


def no_failure(case, expected, got):
    failure = got.failure
    if failure is None:
        return None
    if failure.kind == FailureKind.NOT_ATTEMPTED:
        text = "not written yet: it raises NotImplementedError"
        return Finding(FindingKind.NOT_ATTEMPTED, text)
    if failure.kind == FailureKind.TIMED_OUT:
        text = f"took more than {case.seconds:g} s: is there a loop that does not end?"
        return Finding(FindingKind.TIMED_OUT, text)
    error = failure.trace or failure.message
    # Torch says which shapes did not fit; in which order depends on how a product is written.
    is_torch_error = failure.exception == "RuntimeError"
    words = " ".join(sorted(failure.message.split())) if is_torch_error else ""
    detail = f"{failure.kind} {failure.exception} {words}"
    text = "\n".join(filter(None, ["your code stopped with an error", error, explain(failure)]))
    return Finding(FindingKind.FAILED, text, detail)


def model_calls(case, expected, got):
    right, calls = expected.observation.calls, got.calls
    if len(calls) != len(right):
        text = f"the model was called {count(len(calls))}, expected {count(len(right))}"
        return Finding(FindingKind.NUMBER_OF_MODEL_CALLS, text, str(len(calls)))
    is_chain = len(right) > 1
    for number, pair in enumerate(zip(right, calls, strict=True), start=1):
        if difference := call_differs(case, *pair):
            which = f"call {number} of the model: " if is_chain else "the model was called with "
            return Finding(FindingKind.MODEL_CALL, which + difference)
    return None


def call_differs(case, right, call):
    time, data = ("s", "x_s") if "s" in case.arguments else ("t", "x_t")
    for field, name in (("t", time), ("x_t", data)):
        expected, got = getattr(right, field), getattr(call, field)
        has_shape = isinstance(got, torch.Tensor) and got.shape == expected.shape
        if not has_shape or got.dtype != expected.dtype:
            return f"{name} = {describe(got)}; expected {describe(expected)}"
    expected, got = right.t, call.t
    # In a small batch, times that are drawn may by chance be equal.
    if got.numel() > 8 and got.unique().numel() == 1 < expected.unique().numel():
        return f"t = {shown(got)}: one time for the whole batch; each row draws its own"
    if case.compare == "values" and not torch.equal(got, expected):
        return f"{time} = {shown(got)}; expected {shown(expected)}"
    return None


def shown(t):
    return f"[{', '.join(map(str, t.tolist()[:8]))}{', ...' if t.numel() > 8 else ''}]"


def changed_inputs(case, expected, got):
    right = expected.observation.after
    if extra := ", ".join(sorted(set(got.after) - set(right))):
        return Finding(FindingKind.CHANGED_INPUT, f"changed what it was given: {extra}", extra)
    if missing := ", ".join(sorted(set(right) - set(got.after))):
        text = f"should have changed {missing}, and did not"
        return Finding(FindingKind.NOT_CHANGED, text, missing)
    if case.compare != "values":
        return None
    for name, value in right.items():
        is_generator = value.dtype == torch.uint8  # that it moved is all there is to compare
        where, now = f"{name} after the call: ", got.after[name]
        if now.shape != value.shape:
            text = f"{where}expected {describe(value)}, and it is gone or of another shape"
            return Finding(FindingKind.CHANGED_INPUT, text, name)
        if not is_generator and not alike(case, value, now):
            return first_difference(case, expected, value, now, where)
    return None


def side_effects(case, expected, got):
    right = expected.observation
    if extra := ", ".join(sorted(got.trained ^ right.trained)):
        text = f"{extra}: must not carry gradients; use torch.no_grad()"
        return Finding(FindingKind.TRAINED, text, extra)
    if changed := ", ".join(got.global_state):
        return Finding(FindingKind.GLOBAL_STATE, f"changed what all share: {changed}", changed)
    if case.same_gradients and got.gradients and not right.gradients:
        text = "the result carries gradients: every step stays in memory; use torch.no_grad()"
        return Finding(FindingKind.GRADIENTS, text)
    if case.same_gradients and right.gradients and not got.gradients:
        text = "the result carries no gradients, so a model cannot learn from it"
        return Finding(FindingKind.NO_GRADIENTS, text)
    return None


RULES = (
    no_reference_calls,
    no_failure,
    model_calls,
    form,
    generator_unused,
    values,
    rounded_values,
    gaussian_draws,
    own_draws,
    distribution,
    changed_inputs,
    seeded_anew,
    replaced_objects,
    side_effects,
    changed_settings,
    gradient_values,
)


def count(times):
    return {0: "never", 1: "once"}.get(times, f"{times} times")
