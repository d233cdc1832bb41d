"""The search for a repair: all versions are called on one case, the likely ones on all.

An edited function runs where the learner's own does: `runner.outputs` and `runner.edited` do it.
"""

import dataclasses
from time import thread_time as processor_time

from ddpm_edu.checks.judging.alike import Likely, is_constant
from ddpm_edu.checks.judging.diagnosis import behaves_alike, cost, singles_of, singles_on
from ddpm_edu.checks.judging.findings import FindingKind, Trial
from ddpm_edu.checks.judging.source.candidates import candidates
from ddpm_edu.checks.judging.source.repair import Repair, kind_of, read
from ddpm_edu.checks.worker.observation import Described


MOST = 400  # edits that are tried one at a time: what is found must not depend on the machine
SECONDS = 0.12  # of this thread on the processor, for these
MOST_SECONDS = 0.25  # for a whole check; what is not found by then is not told
MOST_LOOKS = 12  # at versions that seem right
MOST_LOOKS_UNSEEN = 100  # where the output was right before: effects, gradients, calls of a model
PAIRED = 30  # edits that are tried in pairs
IN_OUTPUT = (
    *(FindingKind.FAILED, FindingKind.FORM, FindingKind.NOT_FINITE, FindingKind.VALUES),
    FindingKind.ROUNDED,
)
IN_PLACE = (*IN_OUTPUT, FindingKind.CHANGED_INPUT, FindingKind.NOT_CHANGED)


class RepairSearch:
    """Look for a repair of one answer; arguments are those of `describe_repair`."""

    def __init__(self, trials: list[Trial], runner, faults, of_two: bool, begin: float):
        self.of_two = of_two
        self.trials, self.runner, self.faults = trials, runner, faults
        self.exercise, self.course = faults.exercise, faults.course
        failed = sorted((trial for trial in trials if trial.finding), key=cost)
        self.ordered = failed + [trial for trial in trials if not trial.finding]
        self.first = failed[0]
        self.in_place = self.first.expected.observation.output is None
        kind = self.first.finding and self.first.finding.kind
        self.is_seen = kind in (IN_PLACE if self.in_place else IN_OUTPUT)
        self.end, self.looks = begin + MOST_SECONDS, 0

    def find(self) -> Repair | None:
        """Return the first repair found, or None."""
        # What torch does with odd tensors may end the process.
        if any(is_odd(trial.got.output) for trial in self.trials):
            return None
        kinds = tuple(map(kind_of, self.first.case.arguments.values()))
        codes = [
            code for name, text, line in self.runner.sources()
            if (code := read(name, text, line, () if name else kinds))
        ]  # fmt: skip
        is_quick = self.first.case.compare == "values"
        for code in codes:
            edits = candidates(code)[:MOST]
            found = self.by_outputs(code, edits) if is_quick else self.one_by_one(code, edits)
            if found:
                return found
        return None

    def one_by_one(self, code, edits):
        for edit in edits:
            if self.is_time_left() and self.repairs(code, edit):
                return Repair(code, (edit,))
        return None

    def repairs(self, code, *edits):
        """Tell whether edits make all cases hold."""
        version, held = self.runner.edited(code.name, code.apply(*edits)), []
        for trial in self.ordered:
            if not self.is_time_left():
                return False
            got = version.observe(trial.case, self.course.seed, (), 1.0)
            if self.faults.find(trial, got, held):
                return False
            held.append(dataclasses.replace(trial, got=got, finding=None))
        return True

    def by_outputs(self, code, edits):
        """Call all versions on one failing case, and look closely at what is right there."""
        outputs = self.outputs(code, [(edit,) for edit in edits], SECONDS)
        likely = Likely(self.first, self.faults, self.in_place)
        for number in likely.among(outputs):
            if self.may_look() and self.repairs(code, edits[number]):
                return Repair(code, (edits[number],))
        if self.in_place or not self.of_two or not self.is_seen:
            return None
        two = self.with_misconception(code, edits, outputs)
        return two or self.in_pairs(code, edits, likely)

    def may_look(self):
        """Tell whether there is time to look at one more version closely."""
        self.looks += 1
        most = MOST_LOOKS if self.is_seen else MOST_LOOKS_UNSEEN
        return self.looks <= most and self.is_time_left()

    def is_time_left(self):
        return processor_time() < self.end

    def outputs(self, code, choices, seconds):
        places = [tuple(edit.place for edit in edits) for edits in choices]
        trial, seed = self.first, self.course.seed
        draws = bool(trial.got.draws or trial.expected.observation.draws)
        seconds = min(seconds, self.end - processor_time())
        how = trial.case, seed, seconds, draws, self.in_place
        return self.runner.outputs(code.name, code.bytes.decode(), places, *how)

    def with_misconception(self, code, edits, outputs):
        """Find an edit after which a misconception of the catalogue is left."""
        known = singles_on(self.exercise, self.first, self.course)
        singles = singles_of(self.exercise)
        for edit, output, alike in zip(edits, outputs, known.like(outputs), strict=False):
            for (misconception,), function in (singles[number] for number in alike):
                if is_constant(output):
                    break
                if self.may_look() and self.leaves(code, edit, function):
                    return Repair(code, (edit,), misconception)
        return None

    def leaves(self, code, edit, function):
        """Tell whether an edited function does in all cases what a wrong function does."""
        version = self.runner.edited(code.name, code.apply(edit))
        for trial in self.ordered:
            if not self.is_time_left():
                return False
            got = version.observe(trial.case, self.course.seed, (), 1.0)
            finding = self.faults.find(trial, got, [])
            now = dataclasses.replace(trial, got=got, finding=finding)
            if not behaves_alike(function, now, self.course):
                return False
        return True

    def in_pairs(self, code, edits, likely):
        """Find two edits; what is too much goes first."""

        def order(edit):
            return edit.rank > 0, len(edit.text) >= edit.end - edit.start

        self.looks = 0
        likely_edits = sorted(edits, key=order)[:PAIRED]
        pairs = [
            (one, other) for n, one in enumerate(likely_edits) for other in likely_edits[:n]
            if one.end <= other.start or other.end <= one.start
        ]  # fmt: skip
        outputs = self.outputs(code, pairs, MOST_SECONDS)
        for pair in (pairs[number] for number in likely.among(outputs)):
            if self.may_look() and self.repairs(code, *pair):
                return Repair(code, tuple(sorted(pair, key=lambda edit: edit.start)))
        return None


def is_odd(output) -> bool:
    """Tell whether a result is, or holds, something that is described in words alone."""
    if type(output) in (list, tuple):
        return any(map(is_odd, output))
    return isinstance(output, Described)
