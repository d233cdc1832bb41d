"""Versions of a function with edited sources, called many at a time for their outputs alone."""

import contextlib
import dataclasses
import time

from ddpm_edu.checks.exercise import Case, Probe
from ddpm_edu.checks.worker.arguments import changes, contents, make
from ddpm_edu.checks.worker.eigenvalues import checked_eigenvalues
from ddpm_edu.checks.worker.global_state import GlobalState
from ddpm_edu.checks.worker.noise import ControlledNoise
from ddpm_edu.checks.worker.observation import Failure, FailureKind
from ddpm_edu.checks.worker.observe import CappedText, captured, eagerly, quiet_bars
from ddpm_edu.checks.worker.plain_data import to_plain_data
from ddpm_edu.checks.worker.probes import NETWORKS
from ddpm_edu.checks.worker.switches import Span, Versions
from ddpm_edu.checks.worker.time_limit import TimeLimit


EACH = 0.1  # s for one version
STALLED = 3  # times as long on the clock as on the processor: sleeping, or a busy machine


NO_OUTPUT = Failure(FailureKind.RAISED, "stopped with an error, or could not be made")


def outputs(
    function, name: str, text: str, choices: list[tuple[Span, ...]], case: Case, seed: int,
    seconds: float, draws: bool = True, in_place: bool = False,
) -> list:  # fmt: skip
    """Call versions of a function on a case, in order, until the time is over.

    Args:
        function: as it was handed in.
        name: "" or that of the helper that is edited, as in `source.sources`.
        text: the source of what is edited.
        choices: the edits of each version.
        case: what each is called with.
        seed: of the noise.
        seconds: of this thread on the processor, for all.
        draws: whether any of them may draw random numbers, which takes time to control.
        in_place: whether they return nothing: what they changed is then their output, in a list.
    Returns:
        Plain data for each that was called; NO_OUTPUT where there is none.
    Raises:
        KeyboardInterrupt: the user pressed Ctrl-C.
    """
    found, begin, clock = [], time.thread_time(), time.monotonic()
    # Networks take longest to build; what a version does to one, another version may meet.
    built = {n: v for n, v in make(case.arguments, case.device).items() if is_network(case, n)}
    case = dataclasses.replace(case, arguments={**case.arguments, **built})
    with captured(CappedText()), quiet_bars(), eagerly(), checked_eigenvalues(), GlobalState():
        versions = Versions(function, name, text, choices)
        for edits in choices:
            if time.thread_time() - begin > seconds or time.monotonic() - clock > STALLED * seconds:
                break
            version = versions.version(edits)
            found.append(output(version, case, seed, draws, in_place) if version else NO_OUTPUT)
    return found


def is_network(case, name):
    value = case.arguments[name]
    return isinstance(value, Probe) and value.name in NETWORKS


def output(version, case, seed, draws, in_place):
    limit = TimeLimit(min(EACH, case.seconds))

    def call():
        with ControlledNoise(case.noise, seed) if draws else contextlib.nullcontext():
            made = make(case.arguments, case.device)
            before = {n: contents(v) for n, v in made.items()} if in_place else {}
            result = to_plain_data(version(*made.values()))
            changed = changes(made, before) if in_place else {}
            return [changed[n] for n in sorted(changed)] if in_place and result is None else result

    try:
        return limit.call(call)
    except BaseException:  # a version may do anything that the function itself may
        if limit.interrupted:
            raise KeyboardInterrupt from None
        return NO_OUTPUT
