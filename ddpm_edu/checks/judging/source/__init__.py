"""A mistake that is on no list, told by the learner's source: one small edit that repairs it."""

from ddpm_edu.checks.judging.findings import Trial
from ddpm_edu.checks.judging.source.search import RepairSearch


def describe_repair(trials: list[Trial], runner, faults, of_two: bool, begin: float) -> list[str]:
    """Return sentences about edits that repair an answer; none where there is no such edit.

    Args:
        trials: at least one of them failing.
        runner: of the learner's function.
        faults: of the exercise: what is right in a trial, and what is wrong with an observation.
        of_two: whether two mistakes at once are looked for.
        begin: of the check, by this thread's time on the processor (s).
    """
    if not hasattr(runner, "edited"):
        return []
    try:
        found = RepairSearch(trials, runner, faults, of_two, begin).find()
    except Exception:  # a source may be anything; a report must not be lost over it
        return []
    return found.lines(len(trials)) if found else []
