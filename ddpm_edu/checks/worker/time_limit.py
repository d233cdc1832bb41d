"""A time limit that holds for code in one's own process, on the main thread and off it.

On the main thread a timer's signal interrupts Python loops, sleeps and waits for input or locks.
Elsewhere (a notebook's subshell, Windows) a second thread raises the same exception in the first,
which ends loops that do not swallow it. On the main thread the signal strikes again and again, so
that code which swallows every exception ends too.
"""

import ctypes
import signal
import sys
import threading
import time


PAUSE = 0.05  # s between the first strikes, enough for an orderly end
# s between later strikes, and multiples of it: where code swallows exceptions, one must fall
# outside its `try`.
SHORT_PAUSE = 5e-6
STRIKES_HELD_BACK = 20  # while a finaliser runs; one that never ends is struck all the same


BEFORE, WITHIN, AFTER = range(3)  # the call


class TimedOut(BaseException):
    """The time limit of a case is over."""


class TimeLimit:
    """Call a function that is stopped by TimedOut once it takes longer than `seconds`.

    This is no context manager: a strike between the end of a `with` block and `__exit__` would skip
    the latter, and the timer would go on. In `call`, only what it calls can be struck.
    """

    def __init__(self, seconds: float):
        self.seconds, self.phase, self.interrupted, self.strikes = seconds, BEFORE, False, 0
        is_main = threading.current_thread() is threading.main_thread()
        self.has_alarm = is_main and hasattr(signal, "setitimer")

    def call(self, function, *arguments):
        """Return function(*arguments).

        Raises:
            TimedOut: it took too long.
            KeyboardInterrupt: a real Ctrl-C, and `interrupted` is set.
        """
        self.begin()
        try:
            # The phase changes in this frame, which is never struck, and nowhere else.
            self.phase = WITHIN
            return function(*arguments)
        finally:
            self.phase = AFTER
            try:
                self.end()
            except TimedOut:  # the second thread's last strike, which came too late
                self.end()

    def begin(self):
        self.unraisable_hook, sys.unraisablehook = sys.unraisablehook, self.on_unraisable
        if self.has_alarm:
            numbers = (signal.SIGALRM, signal.SIGINT)
            self.handlers = [(number, signal.getsignal(number)) for number in numbers]
            signal.signal(signal.SIGINT, self.on_interrupt)
            signal.signal(signal.SIGALRM, self.on_alarm)
            self.begun = time.monotonic()
            self.outer = signal.setitimer(signal.ITIMER_REAL, self.seconds)
        else:
            self.done, self.ident = threading.Event(), threading.get_ident()
            self.thread = threading.Thread(target=self.keep_striking, daemon=True)
            self.thread.start()

    def end(self):
        if self.has_alarm:
            left, interval = self.outer  # of a limit around this one, which goes on
            left = left and max(1e-3, left - (time.monotonic() - self.begun))
            signal.setitimer(signal.ITIMER_REAL, left, interval)
            for number, handler in self.handlers:
                signal.signal(number, signal.SIG_DFL if handler is None else handler)
        else:
            self.done.set()
            self.thread.join()
        sys.unraisablehook = self.unraisable_hook

    def on_alarm(self, number, frame):
        if self.phase == AFTER:
            return
        self.strikes += 1
        is_ours = self.phase == BEFORE or within_this_file(frame)
        # Python drops what is raised in a finaliser: the strike would be lost, its work half done.
        hold_back = is_ours or (self.strikes < STRIKES_HELD_BACK and within_finaliser(frame))
        is_early = self.strikes < 3 or hold_back
        pause = PAUSE if is_early else SHORT_PAUSE * (1 + self.strikes % 20)
        signal.setitimer(signal.ITIMER_REAL, pause)
        if not hold_back:
            raise TimedOut

    def on_interrupt(self, number, frame):
        self.interrupted = True
        raise KeyboardInterrupt

    def on_unraisable(self, unraisable):
        """Say nothing of a strike that Python dropped; the next one is on its way."""
        if unraisable.exc_type is not TimedOut:
            self.unraisable_hook(unraisable)

    def keep_striking(self):
        pause = self.seconds
        while not self.done.wait(pause):
            thread, exception = ctypes.c_ulong(self.ident), ctypes.py_object(TimedOut)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, exception)
            pause = PAUSE


def within_this_file(frame):
    return frame is not None and frame.f_code.co_filename == __file__


CALLBACKS = ("remove", "_remove")  # of weak references, in these files of Python and torch
FILES_OF_CALLBACKS = ("weakref.py", "_weakrefset.py", "weak.py")


def within_finaliser(frame):
    """Tell whether a frame belongs to a `__del__` or to the callback of a weak reference."""
    while frame is not None:
        name, file = frame.f_code.co_name, frame.f_code.co_filename
        if name == "__del__" or (name in CALLBACKS and file.endswith(FILES_OF_CALLBACKS)):
            return True
        frame = frame.f_back
    return False
