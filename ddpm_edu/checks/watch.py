"""Notice when an answer calls what it is asked to write."""

import functools
import importlib
import inspect
import sys
import threading


class Watch:
    """Note calls of some functions inside the block, wherever they were imported to.

    Args:
        spellings: "module:name" or "module:Class.method".
    """

    def __init__(self, spellings):
        self.codes = {code(spelling): spelling.split(":")[1] for spelling in spellings}
        self.called, self.stopped = None, False

    def __enter__(self):
        self.outer = sys.getprofile()
        self.outer_of_threads = threading.getprofile()
        if self.codes:
            threading.setprofile(self)
            sys.setprofile(self)
        return self

    def __exit__(self, *_):
        self.stopped = bool(self.codes) and sys.getprofile() is not self
        sys.setprofile(self.outer)
        threading.setprofile(self.outer_of_threads)

    def __call__(self, frame, event, argument):
        if event == "call" and frame.f_code in self.codes:
            self.called = self.codes[frame.f_code]


@functools.cache
def code(spelling):
    """Find the code object that runs when a function is called, below its decorators."""
    module, path = spelling.split(":")
    value = importlib.import_module(module)
    for name in path.split("."):
        value = getattr(value, name)
    return inspect.unwrap(value).__code__
