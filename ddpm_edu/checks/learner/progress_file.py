"""What a learner has done so far: one file beside the exercises, and nothing else depends on it.

Two kernels may write at once: a lock makes them take turns, and the file is replaced whole. Where
nothing can be written, progress lasts as long as the kernel.
"""

import dataclasses
import json
import os
import pathlib
import time
from typing import Any, ClassVar

from filelock import FileLock, Timeout

from ddpm_edu.checks.report import Status
from ddpm_edu.course.paths import exercise_folder
from ddpm_edu.files import unused, whole_file


NAME = "progress.json"
PROGRESS = "DDPM_EDU_PROGRESS"  # names the file elsewhere
ATTEMPTS = 3  # honest ones, after which a solution opens
PATIENCE = 10.0  # s to wait for another kernel


@dataclasses.dataclass(frozen=True)
class Entry:
    """What is known of one exercise.

    Args:
        passed: whether an answer has passed.
        attempts: answers that were checked and were no stub.
        score: the best one, 0..1.
        hints: how many have been shown.
        misconceptions: ids of those recognised, in order, each once.
    """

    passed: bool = False
    attempts: int = 0
    score: float = 0.0
    hints: int = 0
    misconceptions: tuple[str, ...] = ()

    @property
    def solution_is_open(self) -> bool:
        """Whether the solution may be seen."""
        return self.passed or self.attempts >= ATTEMPTS


class Progress:
    """The progress file of a folder, or of the folder the exercises are in.

    Args:
        path: of the file; by default where `locate` says.
        tell: what to do with news for the learner: a corrupt file, a folder that cannot be written.
    """

    # Of folders that cannot be written; shared, since each check makes a new Progress.
    in_memory: ClassVar[dict[pathlib.Path, dict[str, Entry]]] = {}

    def __init__(self, path=None, tell=print):
        self.path, self.tell = pathlib.Path(path or locate()).absolute(), tell

    def read(self) -> dict[str, Entry]:
        """Return what is known, by exercise."""
        if self.path in self.in_memory:
            return self.in_memory[self.path]
        try:
            entries = json.loads(self.path.read_text(encoding="utf-8-sig"))["exercises"]
            return {name: as_entry(fields) for name, fields in entries.items()}
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            return self.set_aside(error)

    def set_aside(self, error):
        """Move a file that cannot be read out of the way; it is not deleted."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        aside = unused(self.path.with_name(f"{self.path.stem}-unreadable-{stamp}.json"))
        try:
            os.replace(self.path, aside)
            problem = f"{self.path.name} could not be read ({type(error).__name__})"
            self.tell(f"{problem}; it is now {aside.name}")
        except OSError:
            self.tell(f"{self.path} could not be read ({type(error).__name__})")
        return {}

    def update(self, exercise_id: str, change) -> Entry:
        """Replace an exercise's entry by change(entry) and return it.

        Kernels take turns; where the file cannot be written, memory takes its place.
        """
        if self.path in self.in_memory:  # it could not be written before: do not wait for it again
            return self.keep_in_memory(exercise_id, change)
        try:
            with FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=PATIENCE):
                entries = self.read()
                entry = entries[exercise_id] = change(entries.get(exercise_id, Entry()))
                self.write(entries)
                return entry
        except (OSError, ValueError, Timeout) as error:
            return self.keep_in_memory(exercise_id, change, error)

    def write(self, entries):
        fields = {name: dataclasses.asdict(entry) for name, entry in entries.items()}
        text = json.dumps({"version": 1, "exercises": fields}, indent=1)
        with whole_file(self.path) as name:
            name.write_text(text, encoding="utf-8")

    def keep_in_memory(self, exercise_id, change, error=None):
        if self.path not in self.in_memory:
            problem = f"{self.path.parent} cannot be written ({error})"
            self.tell(f"progress is kept for this session only: {problem}")
            self.in_memory[self.path] = self.read()
        entries = self.in_memory[self.path]
        entries[exercise_id] = change(entries.get(exercise_id, Entry()))
        return entries[exercise_id]


def as_entry(fields):
    """Make an entry of what a file says; a field that is missing, or new, does no harm."""
    known: dict[str, Any] = {
        field.name: fields.get(field.name, field.default) for field in dataclasses.fields(Entry)
    }
    wrong = [name for name, value in known.items() if not isinstance(value, KINDS[name])]
    if wrong:
        raise ValueError(f"{wrong[0]}: expected {KINDS[wrong[0]]}, got {known[wrong[0]]!r}")
    if not 0 <= known["score"] <= 1:
        raise ValueError(f"score: expected 0..1, got {known['score']}")
    known["misconceptions"] = tuple(known["misconceptions"])
    return Entry(**known)


KINDS = {
    "passed": bool,
    "attempts": int,
    "score": (int, float),
    "hints": int,
    "misconceptions": (list, tuple),
}


def locate(folder=None) -> pathlib.Path:
    """Return the path of a progress file, which is looked for beside the exercises.

    It is the one that DDPM_EDU_PROGRESS names, or the first of these that is there: in the folder,
    in the folder above it and in the only folder in it that has one (where a kernel was started
    one folder up). Where there is none, it will be in the folder.

    Args:
        folder: of the exercises; by default as `exercise_folder` says.
    """
    if named := os.environ.get(PROGRESS):
        return pathlib.Path(named)
    folder = pathlib.Path(folder or exercise_folder()).absolute()
    below = sorted(folder.glob(f"[!.]*/{NAME}"))
    nearby = [folder.parent / NAME, *(below if len(below) == 1 else [])]
    own = folder / NAME
    return own if own.exists() else next(filter(is_ours, nearby), own)


def is_ours(path) -> bool:
    """Tell a progress file of this course from another program's of the same name."""
    try:
        return isinstance(json.loads(path.read_text(encoding="utf-8-sig"))["exercises"], dict)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def after_check(report):
    """Return the change that a report makes."""

    def change(entry):
        if report.status == Status.NOT_ATTEMPTED:
            return entry
        found = (
            () if report.misconception in (None, *entry.misconceptions) else (report.misconception,)
        )
        return dataclasses.replace(
            entry,
            passed=entry.passed or report.status == Status.PASSED,
            attempts=entry.attempts + 1,
            score=max(entry.score, report.score),
            misconceptions=entry.misconceptions + found,
        )

    return change


def one_hint_more(entry):
    return dataclasses.replace(entry, hints=min(entry.hints + 1, 3))
