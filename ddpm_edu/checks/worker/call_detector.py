"""Notice when an answer calls the function it is asked to write."""

import functools
import importlib
import inspect
import sys
import threading
from typing import Any

from ddpm_edu.checks.worker.copies import fingerprint, is_own


class CallDetector:
    """Notice calls of forbidden functions inside the block, under whatever name they were imported.

    Copies of their code are noticed too, unless the learner has written the same.

    A profiler sees every call, so it compares the code that runs, not the name it was called by.
    What runs is a stub that says so: without the profiler too there is nothing to be had.

    Args:
        forbidden: "module:name" or "module:Class.method".
    """

    def __init__(self, forbidden):
        self.functions = {path: function_of(path) for path in forbidden}
        self.codes = {path: function.__code__ for path, function in self.functions.items()}
        self.stubs = {path: stub_of(path) for path in forbidden}
        self.names = {
            code: path.split(":")[1]
            for codes in (self.codes, self.stubs)
            for path, code in codes.items()
        }
        self.alike, self.suspects = {code.co_names for code in self.names}, set()
        self.called, self.stopped = None, False

    def __enter__(self):
        self.outer = sys.getprofile()
        self.outer_of_threads = threading.getprofile()
        if self.names:
            self.put(self.stubs)
            threading.setprofile(self)
            sys.setprofile(self)
        return self

    def __exit__(self, *_):
        self.stopped = bool(self.names) and sys.getprofile() is not self
        sys.setprofile(self.outer)
        threading.setprofile(self.outer_of_threads)
        self.put(self.codes)
        if not self.called:
            self.called = next(filter(None, map(self.copied, self.suspects)), None)

    def __call__(self, frame, event, argument):
        if event == "call":
            code = frame.f_code
            if code in self.names:
                self.called = self.names[code]
            elif code.co_names in self.alike:
                self.suspects.add(code)

    def copied(self, code):
        """Say what some code is a copy of, or return None."""
        for original, name in self.names.items():
            if code.co_names == original.co_names and fingerprint(code) == fingerprint(original):
                return None if is_own(code) else f"a copy of {name}"
        return None

    def put(self, codes):
        """Have the functions run other code."""
        for path, code in codes.items():
            self.functions[path].__code__ = code


@functools.cache
def function_of(path):
    """Find the function that runs when one is called, below its decorators."""
    module, name = path.split(":")
    value: Any = importlib.import_module(module)
    for part in name.split("."):
        value = getattr(value, part)
    return inspect.unwrap(value)


@functools.cache
def stub_of(path):
    """Return code that says what was called."""
    name = path.split(":")[1]
    made: dict[str, Any] = {}
    exec(compile(f"def stub(*_, **__): {refusal(name)}", __file__, "exec"), made)
    return made["stub"].__code__.replace(co_name=name.split(".")[-1])


def refusal(name: str) -> str:
    """Return the statement that stands in the place of a function which is an answer."""
    return f"raise RuntimeError('{name} of ddpm_edu is what you are to write')"
