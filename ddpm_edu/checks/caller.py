"""Run a function on a case and bring back what was seen. There are no answers in here."""

import contextlib
import io
import pathlib
import re
import sys
import sysconfig
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

import torch

from ddpm_edu.checks.arguments import changes, contents, make, trained
from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.limits import TimedOut, TimeLimit
from ddpm_edu.checks.noise import ControlledNoise, Draw
from ddpm_edu.checks.plain import plain, tensors_in
from ddpm_edu.checks.probes import Call
from ddpm_edu.checks.settings import Settings
from ddpm_edu.checks.watch import Watch


MOST_PRINTED = 2000  # characters
OURS, LIBRARIES = str(pathlib.Path(__file__).parents[1]), ("stdlib", "purelib", "platlib")
OTHERS = (OURS, *(sysconfig.get_path(name) for name in LIBRARIES))


@dataclass(frozen=True)
class Failure:
    """An exception, in words: its type, its message, the learner's lines that led to it."""

    type: str
    message: str
    trace: str = ""


@dataclass(frozen=True)
class Observation:
    """What one call did.

    Args:
        output: what came back: tensors on the CPU, numbers, lists of them; the rest described.
        devices: where each tensor was.
        gradients: whether a tensor that came back carries gradients.
        draws: of random numbers, in order.
        calls: of the probe model, in order.
        after: the arguments' tensors that the call changed, by name, as they are now.
        trained: names of the arguments' weights that ask for gradients afterwards.
        settings: names of global settings that the call changed; they have been put back.
        reference: name of the course's own answer, if the call used it.
        failure: the exception, or None.
        printed: what the call wrote.
        seconds: that it took.
    """

    output: Any = None
    devices: tuple[str, ...] = ()
    gradients: bool = False
    draws: tuple[Draw, ...] = ()
    calls: tuple[Call, ...] = ()
    after: dict[str, torch.Tensor] = field(default_factory=dict)
    trained: frozenset[str] = frozenset()
    settings: tuple[str, ...] = ()
    reference: str | None = None
    failure: Failure | None = None
    printed: str = ""
    seconds: float = 0.0


def observe(
    function, case: Case, seed: int = 0, spellings=(), seconds: float | None = None, trusted: bool = False
) -> Observation:
    """Call the function once on fresh copies of the case's arguments.

    Args:
        function: to be called.
        case: with what.
        seed: of the noise.
        spellings: of what it must not call.
        seconds: time limit, if shorter than the case's own.
        trusted: whether the function is one of ours, right or wrong.
    Raises:
        KeyboardInterrupt: the user stopped it; one raised by the function's own code is an observation.
    """
    made = make(case.arguments, case.device, trusted)
    before = {name: contents(value) for name, value in made.items()}
    noise, watch, settings, printed = ControlledNoise(case.noise, seed), Watch(spellings), Settings(), Capped()
    limit = TimeLimit(min(case.seconds, seconds or case.seconds))
    output, failure, begin = None, None, time.perf_counter()
    try:
        with captured(printed), quiet_bars(), eagerly(), watch, noise, limit:
            output = function(*made.values())
    except BaseException as error:
        failure = describe(error)
    seconds = time.perf_counter() - begin
    changed_settings = settings.restore()
    if watch.stopped and not (failure and failure.type == "TimedOut"):  # an exception in a profiler switches it off
        changed_settings.append("the profiler (sys.setprofile)")
    if limit.interrupted:
        raise KeyboardInterrupt
    return Observation(
        output=plain(output),
        devices=tuple(str(tensor.device) for tensor in tensors_in(output)),
        gradients=any(tensor.requires_grad for tensor in tensors_in(output)),
        draws=tuple(noise.draws),
        calls=tuple(next((value.calls for value in made.values() if hasattr(value, "calls")), ())),
        after=changes(made, before),
        trained=frozenset(trained(made)),
        settings=tuple(changed_settings),
        reference=watch.called,
        failure=failure,
        printed=printed.getvalue(),
        seconds=seconds,
    )


class Capped(io.StringIO):
    """Keep the beginning of what is written; a loop may write for ever."""

    def write(self, text):
        if self.tell() < MOST_PRINTED:
            super().write(text[: MOST_PRINTED - self.tell()])
        return len(text)


@contextlib.contextmanager
def captured(printed):
    """Catch what is written to either stream."""
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        yield


def eagerly():
    """Run what `torch.compile` made as it was written: compiling takes longer than a check may."""
    return torch.compiler.set_stance("force_eager") if "torch._dynamo" in sys.modules else contextlib.nullcontext()


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


def describe(error) -> Failure:
    name = "TimedOut" if isinstance(error, TimedOut) else type(error).__name__
    if isinstance(error, NotImplementedError) and is_stub(error):
        name = "NotWritten"
    try:
        message = str(error)[:MOST_PRINTED]
    except Exception:
        message = "(its message cannot be shown)"
    return Failure(name, message, own_lines(error, name, message))


def is_stub(error):
    """Tell the stub's own `raise NotImplementedError` from one that torch raised."""
    frame = error.__traceback__
    while frame.tb_next:
        frame = frame.tb_next
    code = frame.tb_frame.f_code
    return "NotImplementedError" in code.co_names and not code.co_filename.startswith(OTHERS)


def own_lines(error, name, message):
    """Keep of a traceback what the learner wrote: no frame of this package, of torch or of Python."""
    summary = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in summary if not frame.filename.startswith(OTHERS)]
    lines = traceback.StackSummary.from_list(ours[:3] + ours[-3:] if len(ours) > 6 else ours).format()
    lines = [re.sub(r'File ".*ipykernel_\d+/\d+\.py"', "Your cell", line) for line in lines]
    return "".join([*lines, f"{name}: {message}" if message else name])
