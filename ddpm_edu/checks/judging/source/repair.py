"""Which small edit of the learner's source repairs it? It is tried, and told only if it does.

The edited function runs where the learner's own does: `runner.outputs` and `runner.edited` do it.
"""

import dataclasses
import time
from dataclasses import dataclass

import torch

from ddpm_edu.checks.exercise import Exercise, Misconception
from ddpm_edu.checks.judging.compare import form, values
from ddpm_edu.checks.judging.diagnosis import behaves_alike, cost
from ddpm_edu.checks.judging.findings import Expectation, FindingKind, Trial
from ddpm_edu.checks.judging.source.alike import Outputs
from ddpm_edu.checks.judging.source.candidates import candidates
from ddpm_edu.checks.judging.source.text import Code, Edit
from ddpm_edu.checks.report import DIAGNOSIS
from ddpm_edu.checks.worker.observation import Observation


SECONDS = 0.12  # for edits one at a time, and again for two
MOST_CHARACTERS = 10_000
DEBUG = None
PAIRED = 30  # edits that are tried in pairs
SEEN_IN_OUTPUT = (
    *(FindingKind.FAILED, FindingKind.FORM, FindingKind.NOT_FINITE, FindingKind.VALUES),
    FindingKind.ROUNDED,
)
# A function that reaches for these is not run more often than it has to be.
OUTSIDE = ("open(", "os.", "shutil", "subprocess", "eval(", "exec(", "input(", "requests", "urlopen")


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
            change = f"write `{new}` in the place of `{old}`"
            if new == "pass":
                change = f"leave out `{old}`"
            found.append(f"{where}: {edit.why}: {change}.")
        if self.besides:
            return [*found, f"{DIAGNOSIS}and then: {self.besides.message}"]
        alone = "this change alone" if len(found) == 1 else "both changes"
        found[-1] += f" With {alone} all {number} cases hold."
        return found


class Search:
    """Look for a repair of one answer.

    Args:
        exercise: that was answered.
        trials: at least one of them failing.
        runner: of the learner's function.
        course: runs the course's own functions.
        find_fault: judges an observation: (trial, observation, trials before) -> finding or None.
    """

    def __init__(self, exercise: Exercise, trials: list[Trial], runner, course, find_fault):
        self.exercise, self.trials, self.runner = exercise, trials, runner
        self.course, self.find_fault = course, find_fault
        failed = sorted((trial for trial in trials if trial.finding), key=cost)
        self.ordered = failed + [trial for trial in trials if not trial.finding]
        self.first = failed[0]

    def find(self) -> Repair | None:
        """Return the first repair found, or None."""
        kinds = tuple(map(kind_of, self.first.case.arguments.values()))
        codes = [
            code for name, text, line in self.runner.sources()
            if (code := read(name, text, line, () if name else kinds))
        ]  # fmt: skip
        is_quick = self.first.case.compare == "values" and not self.exercise.also_right
        is_quick &= self.first.finding.kind in SEEN_IN_OUTPUT
        for code in codes:
            edits = candidates(code)
            found = self.by_outputs(code, edits) if is_quick else self.one_by_one(code, edits)
            if found:
                return found
        return None

    def repairs(self, code, *edits):
        """Tell whether edits make all cases hold."""
        version, held = self.runner.edited(code.name, code.apply(*edits)), []
        for trial in self.ordered:
            got = version.observe(trial.case, self.course.seed, self.exercise.forbidden, 1.0)
            if self.find_fault(trial, got, held):
                return False
            held.append(dataclasses.replace(trial, got=got, finding=None))
        return True

    def one_by_one(self, code, edits):
        end = time.perf_counter() + SECONDS
        for edit in edits:
            if time.perf_counter() > end:
                break
            if self.repairs(code, edit):
                return Repair(code, (edit,))
        return None

    def by_outputs(self, code, edits):
        """Call all versions on one failing case, and look closely at what is right there."""
        outputs = self.outputs(code, [(edit,) for edit in edits])
        if DEBUG is not None: DEBUG.append((len(edits), len(outputs)))
        for edit, output in zip(edits, outputs, strict=False):
            if self.is_right(output) and self.repairs(code, edit):
                return Repair(code, (edit,))
        return self.with_misconception(code, edits, outputs) or self.in_pairs(code, edits)

    def outputs(self, code, choices):
        texts = [code.apply(*edits) for edits in choices]
        trial, seed = self.first, self.course.seed
        draws = bool(trial.got.draws or trial.expected.observation.draws)
        return self.runner.outputs(code.name, texts, trial.case, seed, SECONDS, draws)

    def is_right(self, output):
        trial, got = self.first, Observation(output)
        right = Expectation(
            dataclasses.replace(trial.expected.observation, devices=()),
            canonical=trial.expected.canonical,
        )
        return form(trial.case, right, got) is None and values(trial.case, right, got) is None

    def with_misconception(self, code, edits, outputs):
        """Find an edit after which a misconception of the catalogue is left."""
        known = Outputs(self.first.case, self.exercise.misconceptions, self.course)
        for edit, output in zip(edits, outputs, strict=False):
            for misconception in known.like(output):
                if self.leaves(code, edit, misconception):
                    return Repair(code, (edit,), misconception)
        return None

    def leaves(self, code, edit, misconception):
        """Tell whether an edited function does in all cases what a misconception does."""
        version = self.runner.edited(code.name, code.apply(edit))
        for trial in self.ordered:
            got = version.observe(trial.case, self.course.seed, self.exercise.forbidden, 1.0)
            finding = self.find_fault(trial, got, [])
            now = dataclasses.replace(trial, got=got, finding=finding)
            if not behaves_alike(misconception.function, now, self.course):
                return False
        return True

    def in_pairs(self, code, edits):
        likely = edits[:PAIRED]
        pairs = [
            (one, other) for n, one in enumerate(likely) for other in likely[:n]
            if one.end <= other.start or other.end <= one.start
        ]  # fmt: skip
        for pair, output in zip(pairs, self.outputs(code, pairs), strict=False):
            if self.is_right(output) and self.repairs(code, *pair):
                return Repair(code, tuple(sorted(pair, key=lambda edit: edit.start)))
        return None


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


def describe_repair(exercise, trials, runner, course, find_fault) -> list[str]:
    """Return sentences about edits that repair an answer; none where there is no such edit.

    Arguments are those of `Search`.
    """
    if not hasattr(runner, "edited"):
        return []
    found = Search(exercise, trials, runner, course, find_fault).find()
    return found.lines(len(trials)) if found else []
