"""Functions from text whose source is at hand, as it is for a cell of a notebook."""

import itertools
import linecache


NUMBERS = itertools.count()


def defined(source: str, name: str):
    """Run a source and return a function of it."""
    file, names = f"<answer {next(NUMBERS)}>", {"__name__": "__main__"}
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    exec(compile(source, file, "exec"), names)
    return names[name]
