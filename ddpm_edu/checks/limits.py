"""A time limit that holds for code in one's own process, on the main thread and off it.

On the main thread a timer's signal interrupts Python loops, sleeps and waits for input or locks. Elsewhere (a
notebook's subshell, Windows) a second thread raises the same exception in the first, which reaches loops that do not
swallow it. On the main thread the signal strikes again and again, so that code which swallows everything ends too.
"""

import ctypes
import signal
import threading
import time


PATIENCE = 0.05  # s between the first strikes, enough for an orderly end
AGAIN = 5e-6  # s between later ones, and multiples: where code swallows exceptions, one must fall outside its `try`


class TimedOut(BaseException):
    """The time limit of a case is over."""


class TimeLimit:
    """Raise TimedOut inside the block when it takes longer than `seconds`; a real Ctrl-C ends it with `interrupted`."""

    def __init__(self, seconds: float):
        self.seconds, self.inside, self.interrupted, self.strikes = seconds, False, False, 0
        main = threading.current_thread() is threading.main_thread()
        self.alarm = main and hasattr(signal, "setitimer")

    def __enter__(self):
        self.inside = True
        if self.alarm:
            self.handlers = [(number, signal.getsignal(number)) for number in (signal.SIGALRM, signal.SIGINT)]
            signal.signal(signal.SIGINT, self.on_interrupt)
            signal.signal(signal.SIGALRM, self.on_alarm)
            self.outer, self.begin = signal.setitimer(signal.ITIMER_REAL, self.seconds), time.monotonic()
        else:
            self.done = threading.Event()
            self.thread = threading.Thread(target=self.strike, args=(threading.get_ident(),), daemon=True)
            self.thread.start()
        return self

    def __exit__(self, *_):
        self.inside = False
        if self.alarm:
            left = self.outer[0] and max(1e-3, self.outer[0] - (time.monotonic() - self.begin))
            signal.setitimer(signal.ITIMER_REAL, left, self.outer[1])  # an outer limit goes on
            for number, handler in self.handlers:
                signal.signal(number, signal.SIG_DFL if handler is None else handler)
        else:
            self.done.set()
            self.thread.join()

    def on_alarm(self, number, frame):
        if not self.inside:
            return
        self.strikes += 1
        ours = within_this_file(frame)  # entering, leaving, or still striking
        often = AGAIN * (1 + self.strikes % 20)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE if self.strikes < 3 or ours else often)
        if not ours:
            raise TimedOut

    def on_interrupt(self, number, frame):
        self.interrupted = True
        raise KeyboardInterrupt

    def strike(self, thread):
        wait = self.seconds
        while not self.done.wait(wait):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TimedOut))
            wait = PATIENCE


def within_this_file(frame):
    return frame is not None and frame.f_code.co_filename == __file__
