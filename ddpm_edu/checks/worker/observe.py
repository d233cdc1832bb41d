"""Call a function on a case and observe what it does, the learner's or one of the course's."""

import contextlib
import io
import pathlib
import re
import sys
import sysconfig
import time
import traceback
import warnings

import torch

from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.worker.arguments import changes, contents, make, trained
from ddpm_edu.checks.worker.call_detector import CallDetector
from ddpm_edu.checks.worker.eigenvalues import checked_eigenvalues
from ddpm_edu.checks.worker.global_state import GlobalState
from ddpm_edu.checks.worker.gradients import ask_for, gradients_of
from ddpm_edu.checks.worker.noise import ControlledNoise
from ddpm_edu.checks.worker.observation import Failure, FailureKind, Observation
from ddpm_edu.checks.worker.plain_data import tensors_in, to_plain_data
from ddpm_edu.checks.worker.settings import changed_settings, settings
from ddpm_edu.checks.worker.time_limit import TimedOut, TimeLimit


MOST_PRINTED = 2000  # characters
MOST_FRAMES = 6  # of a learner's traceback: the first and last three
PACKAGE = str(pathlib.Path(__file__).parents[2])
# How the file of a cell is called by ipykernel, and by IPython alone.
A_CELL = r'File "(?:.*ipykernel_\d+/\d+\.py|<ipython-input-[^"]*>)"'
NOT_THE_LEARNERS = (PACKAGE, *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")))


def observe(
    function,
    case: Case,
    seed: int = 0,
    forbidden=(),
    seconds: float | None = None,
    trusted: bool = False,
) -> Observation:
    """Call the function once on fresh copies of the case's arguments.

    Args:
        function: to be called.
        case: what it is called with.
        seed: of the noise.
        forbidden: "module:name" of what it must not call.
        seconds: time limit, if shorter than the case's own.
        trusted: whether the function is one of the course's, right or wrong.
    Raises:
        KeyboardInterrupt: the user pressed Ctrl-C; one raised by the function is an observation.
    """
    made = make(case.arguments, case.device, trusted)
    asked = ask_for(made, case.gradients)
    before = {name: contents(value) for name, value in made.items()}
    settings_before = settings(made)
    noise, detector = ControlledNoise(case.noise, seed), CallDetector(forbidden)
    global_state, printed = GlobalState(), CappedText()
    limit = TimeLimit(min(case.seconds, seconds or case.seconds))
    output, gradients, failure, begin = None, {}, None, time.perf_counter()

    def call():
        result = function(*made.values())
        return result, gradients_of(result, asked)

    try:
        # The limit is innermost: its alarm must not strike while the others put things back.
        with captured(printed), quiet_bars(), eagerly(), checked_eigenvalues(), detector, noise:
            output, gradients = limit.call(call)
    except BaseException as error:  # SystemExit and the learner's own KeyboardInterrupt too
        failure = describe_error(error)
    seconds = time.perf_counter() - begin
    changed_state = global_state.restore()
    timed_out = failure is not None and failure.kind == FailureKind.TIMED_OUT
    if detector.stopped and not timed_out:  # an exception inside a profiler switches it off
        changed_state.append("the profiler (sys.setprofile)")
    if limit.interrupted:
        raise KeyboardInterrupt
    return Observation(
        output=to_plain_data(output),
        devices=tuple(str(tensor.device) for tensor in tensors_in(output)),
        gradients=any(tensor.requires_grad for tensor in tensors_in(output)),
        gradient_values=gradients,
        draws=tuple(noise.draws),
        calls=tuple(next((value.calls for value in made.values() if hasattr(value, "calls")), ())),
        after=changes(made, before),
        trained=frozenset(trained(made)),
        settings=changed_settings(made, settings_before),
        global_state=tuple(changed_state),
        reference=detector.called,
        failure=failure,
        printed=printed.getvalue(),
        seconds=seconds,
    )


def outputs_of(functions, case: Case, seed: int = 0) -> list:
    """Call some of the course's own functions for their outputs alone: cheaper than `observe`.

    In the place of an output is the exception of a function that raised one.
    """
    found = []
    with captured(CappedText()), GlobalState():
        for function in functions:
            try:
                made = make(case.arguments, case.device, trusted=True)
                with ControlledNoise(case.noise, seed):
                    found.append(to_plain_data(function(*made.values())))
            except Exception as error:
                found.append(error)
    return found


class CappedText(io.StringIO):
    """Keep the beginning of what is written; a loop may write for ever."""

    def write(self, text):
        if self.tell() < MOST_PRINTED:
            super().write(text[: MOST_PRINTED - self.tell()])
        return len(text)


@contextlib.contextmanager
def captured(printed):
    """Catch what is written to either stream, and warnings, whoever else collects them."""

    def show(message, category, filename, lineno, file=None, line=None):
        printed.write(warnings.formatwarning(message, category, filename, lineno, line))

    shown, warnings.showwarning = warnings.showwarning, show
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield
    finally:
        warnings.showwarning = shown


def eagerly():
    """Run what `torch.compile` made as it was written: compiling takes longer than a check may."""
    if "torch._dynamo" not in sys.modules:  # nothing was compiled, and importing it takes a second
        return contextlib.nullcontext()
    return torch.compiler.set_stance("force_eager")


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


def describe_error(error) -> Failure:
    """Put an exception into words; its own `__str__` may fail too."""
    name, kind = type(error).__name__, FailureKind.RAISED
    if isinstance(error, TimedOut):
        kind = FailureKind.TIMED_OUT
    elif isinstance(error, NotImplementedError) and is_stub(error):
        kind = FailureKind.NOT_ATTEMPTED
    try:
        message = str(error)[:MOST_PRINTED]
    except Exception:
        message = "(its message cannot be shown)"
    return Failure(kind, message, name, own_lines(error, f"{name}: {message}" if message else name))


def is_stub(error):
    """Tell the stub's own `raise NotImplementedError` from one that torch raised."""
    frame = error.__traceback__
    while frame.tb_next:
        frame = frame.tb_next
    code = frame.tb_frame.f_code
    is_the_learners = not code.co_filename.startswith(NOT_THE_LEARNERS)
    return is_the_learners and "NotImplementedError" in code.co_names


def own_lines(error, last_line):
    """Keep of a traceback what the learner wrote: no frame of this package, torch or Python."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(NOT_THE_LEARNERS)]
    if len(own) > MOST_FRAMES:
        own = own[: MOST_FRAMES // 2] + own[-MOST_FRAMES // 2 :]
    lines = traceback.StackSummary.from_list(own).format()
    lines = [re.sub(A_CELL, "Your cell", line) for line in lines]
    return "".join([*lines, last_line])
