"""The time limit in finalisers, where Python drops what is raised: nothing is lost, all ends."""

import contextlib
import signal
import sys
import time
import weakref

import pytest

from ddpm_edu.checks.worker.time_limit import TimedOut, TimeLimit


@pytest.fixture
def dropped(monkeypatch):
    """Collect what Python drops; none of it may be ours."""
    found = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: found.append(unraisable.exc_type))
    return found


def run_out_of_time(step):
    """Repeat a step for ever, under a limit."""

    def endless():
        while True:
            step()

    with pytest.raises(TimedOut):
        TimeLimit(0.1).call(endless)


def spin(seconds):
    """Keep Python busy without a wait that a signal would cut short."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


class Slow:
    """An object that takes as long to go as the code around it to run."""

    begun = ended = 0

    def __del__(self):
        Slow.begun += 1
        spin(0.01)
        Slow.ended += 1


def test_a_finaliser_is_not_cut_in_half(dropped):
    Slow.begun = Slow.ended = 0
    run_out_of_time(lambda: (Slow(), spin(0.01)))
    assert Slow.begun == Slow.ended > 0
    assert dropped == []


class Held:
    """An object that a weak reference can point at."""


def test_the_callback_of_a_weak_reference_is_not_cut_in_half(dropped):
    counts = {"begun": 0, "ended": 0}

    def remove(_):
        counts["begun"] += 1
        spin(0.01)
        counts["ended"] += 1

    # A callback is recognised by its name and its file, which is one of Python's own.
    remove.__code__ = remove.__code__.replace(co_filename=weakref.__file__)

    def step():
        held = Held()
        reference = weakref.ref(held, remove)
        del held
        assert reference() is None
        spin(0.01)

    run_out_of_time(step)
    assert counts["begun"] == counts["ended"] > 0
    assert dropped == []


class Endless:
    def __del__(self):
        while True:
            pass


def test_a_finaliser_that_never_ends_is_ended_and_python_says_nothing(dropped):
    begin = time.perf_counter()
    run_out_of_time(Endless)
    assert time.perf_counter() - begin < 10
    assert dropped == []


def test_what_else_python_drops_is_still_told(dropped):
    class Broken:
        def __del__(self):
            raise RuntimeError

    TimeLimit(5.0).call(Broken)
    assert dropped == [RuntimeError]


def test_no_strike_comes_after_the_call_however_many_came_within():
    """Strikes come 5 microseconds apart by then: one too late would end this process."""

    def stubborn():
        for _ in range(50):
            try:
                while True:
                    pass
            except TimedOut:
                pass

    for _ in range(20):
        with contextlib.suppress(TimedOut):
            TimeLimit(0.01).call(stubborn)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
