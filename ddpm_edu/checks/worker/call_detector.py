"""Notice when an answer calls the function it is asked to write."""

import functools
import importlib
import inspect
import sys
import threading
from typing import Any


class CallDetector:
    """Notice calls of forbidden functions inside the block, under whatever name they were imported.

    A profiler sees every call, so it compares the code that runs, not the name it was called by.

    Args:
        forbidden: "module:name" or "module:Class.method".
    """

    def __init__(self, forbidden):
        self.names = {code_of(path): path.split(":")[1] for path in forbidden}
        self.called, self.stopped = None, False

    def __enter__(self):
        self.outer = sys.getprofile()
        self.outer_of_threads = threading.getprofile()
        if self.names:
            threading.setprofile(self)
            sys.setprofile(self)
        return self

    def __exit__(self, *_):
        self.stopped = bool(self.names) and sys.getprofile() is not self
        sys.setprofile(self.outer)
        threading.setprofile(self.outer_of_threads)

    def __call__(self, frame, event, argument):
        if event == "call" and frame.f_code in self.names:
            self.called = self.names[frame.f_code]


@functools.cache
def code_of(path):
    """Find the code object that runs when a function is called, below its decorators."""
    module, name = path.split(":")
    value: Any = importlib.import_module(module)
    for part in name.split("."):
        value = getattr(value, part)
    return inspect.unwrap(value).__code__
