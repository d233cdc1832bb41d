"""What repairs a learner's function, in words; and how its source is read."""

from dataclasses import dataclass

import torch

from ddpm_edu.checks.exercise import Misconception
from ddpm_edu.checks.judging.source.text import Code, Edit
from ddpm_edu.checks.report import DIAGNOSIS


MOST_CHARACTERS = 10_000
# A function that reaches for these is not run more often than it has to be, nor in another form:
# torch ends the whole process over some of them.
OUTSIDE = (
    *("open(", "os.", "shutil", "subprocess", "eval(", "exec(", "input(", "requests", "urlopen"),
    *("as_strided", "nested", "sparse", "subclass", "storage", "data_ptr", "set_(", "ctypes"),
)


@dataclass(frozen=True)
class Repair:
    """What makes all cases hold: one edit or two, or an edit where a misconception is left."""

    code: Code
    edits: tuple[Edit, ...]
    besides: Misconception | None = None

    def lines(self, number: int) -> list[str]:
        """Write what to change, and that it was tried.

        Args:
            number: of the cases that hold then.
        """
        found = []
        for edit in self.edits:
            old, new = self.code.shown(edit)
            line = self.code.line + self.code.bytes[: edit.start].count(b"\n")
            helper = f" of {self.code.name}" if self.code.name else ""
            where = f"{DIAGNOSIS}in line {line}{helper}"
            change = edit.advice or f"write `{new}` in the place of `{old}`"
            found.append(f"{where}: {edit.why}: {change}.")
        if self.besides:
            return [*found, f"{DIAGNOSIS}and then: {self.besides.message}"]
        alone = "this change alone" if len(found) == 1 else "both changes"
        found[-1] += f" With {alone} all {number} cases hold."
        return found


def kind_of(value) -> str:
    """Name the kind of an argument, as far as edits depend on it."""
    if isinstance(value, torch.Tensor):
        return "numbers" if value.is_floating_point() else "times"
    names = {int: "whole", float: "real", tuple: "shape"}
    return names.get(type(value), "other")


def read(name, text, line, kinds) -> Code | None:
    """Read a source that may be anything, since it may come from another process."""
    if len(text) > MOST_CHARACTERS or any(word in text for word in OUTSIDE):
        return None
    try:
        return Code(text, line, name, kinds)
    except (SyntaxError, ValueError, RecursionError, MemoryError, StopIteration):
        return None
