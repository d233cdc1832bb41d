"""Which small edit of the learner's source repairs it? It is tried, and told only if it does.

The edited function runs where the learner's own does: `runner.outputs` and `runner.edited` do it.
"""

import dataclasses
import time
from dataclasses import dataclass

import torch

from ddpm_edu.checks.exercise import Exercise, Misconception
from ddpm_edu.checks.judging.compare import close
from ddpm_edu.checks.judging.diagnosis import behaves_alike, cost
from ddpm_edu.checks.judging.findings import FindingKind, Trial
from ddpm_edu.checks.judging.source.alike import Outputs, numbers
from ddpm_edu.checks.judging.source.candidates import candidates
from ddpm_edu.checks.judging.source.text import Code, Edit
from ddpm_edu.checks.report import DIAGNOSIS


SECONDS = 0.1  # of this thread on the processor, for edits one at a time
MOST_SECONDS = 0.16  # for all
MOST_LOOKS = 12  # at versions that seem right
MOST_CHARACTERS = 10_000
DEBUG = None
PAIRED = 30  # edits that are tried in pairs
IN_OUTPUT = (
    *(FindingKind.FAILED, FindingKind.FORM, FindingKind.NOT_FINITE, FindingKind.VALUES),
    FindingKind.ROUNDED,
)
IN_PLACE = (*IN_OUTPUT, FindingKind.CHANGED_INPUT, FindingKind.NOT_CHANGED)
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
        trials: at least one of them failing.
        runner: of the learner's function.
        faults: of the exercise: what is right in a trial, and what is wrong with an observation.
    """

    def __init__(self, trials: list[Trial], runner, faults):
        self.trials, self.runner, self.faults = trials, runner, faults
        self.exercise, self.course = faults.exercise, faults.course
        failed = sorted((trial for trial in trials if trial.finding), key=cost)
        self.ordered = failed + [trial for trial in trials if not trial.finding]
        self.first = failed[0]
        self.in_place = self.first.expected.observation.output is None
        self.end, self.looks = time.thread_time() + MOST_SECONDS, 0

    def find(self) -> Repair | None:
        """Return the first repair found, or None."""
        kinds = tuple(map(kind_of, self.first.case.arguments.values()))
        codes = [
            code for name, text, line in self.runner.sources()
            if (code := read(name, text, line, () if name else kinds))
        ]  # fmt: skip
        is_seen = self.first.finding.kind in (IN_PLACE if self.in_place else IN_OUTPUT)
        is_quick = self.first.case.compare == "values" and is_seen
        for code in codes:
            edits = candidates(code)
            found = self.by_outputs(code, edits) if is_quick else self.one_by_one(code, edits)
            if found:
                return found
        return None

    def one_by_one(self, code, edits):
        for edit in edits:
            if time.thread_time() > self.end:
                break
            if self.repairs(code, edit):
                return Repair(code, (edit,))
        return None

    def repairs(self, code, *edits):
        """Tell whether edits make all cases hold."""
        version, held = self.runner.edited(code.name, code.apply(*edits)), []
        for trial in self.ordered:
            got = version.observe(trial.case, self.course.seed, self.exercise.forbidden, 1.0)
            if self.faults.find(trial, got, held):
                return False
            held.append(dataclasses.replace(trial, got=got, finding=None))
        return True

    def by_outputs(self, code, edits):
        """Call all versions on one failing case, and look closely at what is right there."""
        outputs = self.outputs(code, [(edit,) for edit in edits], SECONDS)
        right = Likely(self.first, self.faults, self.in_place)
        for edit, output in zip(edits, outputs, strict=False):
            if right.is_like(output) and self.may_look() and self.repairs(code, edit):
                return Repair(code, (edit,))
        if self.in_place:
            return None
        two = self.with_misconception(code, edits, outputs)
        return two or self.in_pairs(code, edits, right)

    def may_look(self):
        """Tell whether there is time to look at one more version closely."""
        self.looks += 1
        return self.looks <= MOST_LOOKS and time.thread_time() < self.end

    def outputs(self, code, choices, seconds):
        texts = [code.apply(*edits) for edits in choices]
        trial, seed = self.first, self.course.seed
        draws = bool(trial.got.draws or trial.expected.observation.draws)
        how = trial.case, seed, seconds, draws, self.in_place
        return self.runner.outputs(code.name, texts, *how)

    def with_misconception(self, code, edits, outputs):
        """Find an edit after which a misconception of the catalogue is left."""
        known = Outputs(self.first.case, self.exercise.misconceptions, self.course)
        for edit, output in zip(edits, outputs, strict=False):
            for misconception in known.like(output):
                if self.may_look() and self.leaves(code, edit, misconception):
                    return Repair(code, (edit,), misconception)
        return None

    def leaves(self, code, edit, misconception):
        """Tell whether an edited function does in all cases what a misconception does."""
        version = self.runner.edited(code.name, code.apply(edit))
        for trial in self.ordered:
            got = version.observe(trial.case, self.course.seed, self.exercise.forbidden, 1.0)
            finding = self.faults.find(trial, got, [])
            now = dataclasses.replace(trial, got=got, finding=finding)
            if not behaves_alike(misconception.function, now, self.course):
                return False
        return True

    def in_pairs(self, code, edits, right):
        likely, left = edits[:PAIRED], self.end - time.thread_time()
        pairs = [
            (one, other) for n, one in enumerate(likely) for other in likely[:n]
            if one.end <= other.start or other.end <= one.start
        ]  # fmt: skip
        for pair, output in zip(pairs, self.outputs(code, pairs, left), strict=False):
            if right.is_like(output) and self.may_look() and self.repairs(code, *pair):
                return Repair(code, tuple(sorted(pair, key=lambda edit: edit.start)))
        return None


class Likely:
    """Tell quickly whether an output may be right on a trial; arguments as in `Search`."""

    def __init__(self, trial, faults, in_place):
        self.case, self.rights, self.numbers = trial.case, list(faults.rights(trial)), []
        for right in self.rights:
            seen = right.observation
            output = [seen.after[n] for n in sorted(seen.after)] if in_place else seen.output
            self.numbers.append(numbers(right.canonical(output)))

    def is_like(self, output) -> bool:
        """Compare loosely: what is like is looked at again."""
        for right, (form, row) in zip(self.rights, self.numbers, strict=True):
            try:
                its_form, its_row = numbers(right.canonical(output))
            except Exception:  # it has not even the form that is brought into another
                continue
            if its_form == form or self.case.float64_too:
                if its_row.shape == row.shape and is_near(self.case, its_row, row):
                    return True
        return False


def is_near(case, got, expected):
    return bool(close(case, expected, got).all())


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


def describe_repair(trials: list[Trial], runner, faults) -> list[str]:
    """Return sentences about edits that repair an answer; none where there is no such edit.

    Arguments are those of `Search`.
    """
    if not hasattr(runner, "edited"):
        return []
    t0=time.thread_time()
    found = Search(trials, runner, faults).find()
    if DEBUG is not None: DEBUG.append(time.thread_time()-t0)
    return found.lines(len(trials)) if found else []
