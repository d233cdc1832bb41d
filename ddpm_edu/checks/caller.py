"""Run a function on a case and bring back what was seen. There are no answers in here."""

import contextlib
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

import torch

from ddpm_edu.checks.exercise import Case, Probe
from ddpm_edu.checks.noise import ControlledNoise, Draw
from ddpm_edu.checks.probes import Call, build


@dataclass(frozen=True)
class Observation:
    """What one call did.

    Args:
        output: what came back; its tensors detached and copied.
        gradients: whether a tensor that came back carries gradients.
        draws: of random numbers, in order.
        calls: of the probe model, in order.
        changed: names of what the call changed and should not have.
        error: the exception, or None.
        trace: where in the learner's own lines it was raised.
        seconds: that the call took.
    """

    output: Any = None
    gradients: bool = False
    draws: list[Draw] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    error: BaseException | None = None
    trace: str = ""
    seconds: float = 0.0


def observe(function, case: Case, seed: int = 0) -> Observation:
    """Call the function once on fresh copies of the case's arguments."""
    arguments = [build(value) if isinstance(value, Probe) else copied(value) for value in case.arguments]
    before, settings = [copied(value) for value in arguments], global_settings()
    noise, output, error = ControlledNoise(case.noise, seed), None, None
    begin = time.perf_counter()
    try:
        with noise, quiet_bars():
            output = function(*arguments, **case.keywords)
    except Exception as caught:
        error = caught
    seconds = time.perf_counter() - begin
    changed = [
        f"argument {number}"
        for number, (was, now) in enumerate(zip(before, arguments, strict=True), 1)
        if differ(was, now)
    ]
    changed += restore(settings)
    calls = next((model.calls for model in arguments if isinstance(model, torch.nn.Module)), [])
    trace = own_lines(error) if error else ""
    return Observation(copied(output), carries_gradients(output), noise.draws, calls, changed, error, trace, seconds)


def copied(value):
    """Copy tensors, also inside lists and tuples; the rest is passed on."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    return type(value)(map(copied, value)) if type(value) in (list, tuple) else value


def carries_gradients(value):
    if isinstance(value, (list, tuple)):
        return any(map(carries_gradients, value))
    return isinstance(value, torch.Tensor) and value.requires_grad


def differ(was, now):
    return isinstance(was, torch.Tensor) and not torch.equal(was, now)


def global_settings():
    return {"default dtype": torch.get_default_dtype(), "gradient mode": torch.is_grad_enabled()}


def restore(settings):
    """Put back what must not be changed for others, and say what had been."""
    changed = [name for name, now in global_settings().items() if now != settings[name]]
    torch.set_default_dtype(settings["default dtype"])
    torch.set_grad_enabled(settings["gradient mode"])
    return changed


@contextlib.contextmanager
def quiet_bars():
    """Keep the progress bars of an answer off the page while it is checked."""
    from tqdm.std import tqdm

    shown = tqdm.__init__
    tqdm.__init__ = lambda self, *args, **kwargs: shown(self, *args, **kwargs | {"disable": True})
    try:
        yield
    finally:
        tqdm.__init__ = shown


def own_lines(error):
    """Keep of a traceback what the learner wrote: no frame of this package, of torch or of Python."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename and "ddpm_edu" not in frame.filename]
    return "".join(traceback.format_list(ours) + traceback.format_exception_only(error))
