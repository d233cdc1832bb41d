"""Which answer counts, and how the scoreboard reads.

Where several notebooks hold an exercise (a copy, a draft, a backup), the newest answer that is no
stub counts: that of the notebook changed last.
"""

import pathlib
from dataclasses import dataclass

from ddpm_edu.checks.learner.render import MARKS, TITLES
from ddpm_edu.checks.report import Status


NOT_CHECKED = "not_checked"  # in the place of a status


@dataclass(frozen=True)
class Verdict:
    """What a notebook's answer to an exercise is worth.

    Args:
        notebook: its path.
        exercise: its id.
        report: fields of a Report, or None where the answer could not be judged.
        text: what the learner reads, or why it could not be judged.
    """

    notebook: pathlib.Path
    exercise: str
    report: dict | None
    text: str = ""

    @property
    def status(self) -> str:
        """A Status, or NOT_CHECKED."""
        return self.report["status"] if self.report else NOT_CHECKED

    @property
    def points(self) -> float:
        """Points earned."""
        return self.report["points"] if self.report else 0.0

    @property
    def mark(self) -> str:
        """The sign of its status."""
        return MARKS.get(self.status, "?")

    @property
    def title(self) -> str:
        """Its status in words."""
        return TITLES.get(self.status, "not checked")


def counting(verdicts) -> dict[str, Verdict]:
    """Return the verdict that counts for each exercise.

    Args:
        verdicts: those of the oldest notebook first.
    """
    chosen = {}
    for verdict in verdicts:
        former = chosen.get(verdict.exercise)
        is_stub = verdict.status == Status.NOT_ATTEMPTED
        if former is None or not is_stub or former.status == Status.NOT_ATTEMPTED:
            chosen[verdict.exercise] = verdict
    return chosen


def summary(exercises, verdicts, points_of):
    """Yield the scoreboard: a line for each exercise, what was passed over, and the sum.

    Args:
        exercises: all of the course.
        verdicts: as in `counting`.
        points_of: verdict -> the most that can be earned.
    """
    chosen, total, most = counting(verdicts), 0.0, 0
    yield ""
    for exercise in exercises:
        if exercise.id in chosen:
            verdict = chosen[exercise.id]
            worth = points_of(verdict)
            total, most = total + verdict.points, most + worth
            points = f"{verdict.points:g} of {worth} points"
            words = f"{exercise.id}: {points}, {verdict.title}"
            yield f"{verdict.mark} lesson {exercise.lesson}  {words}"
    yield from passed_over(chosen, verdicts)
    count = sum(verdict.status == Status.PASSED for verdict in chosen.values())
    unchecked = sum(verdict.status == NOT_CHECKED for verdict in chosen.values())
    more = f", {unchecked} not checked" if unchecked else ""
    yield f"{count} of {len(chosen)} exercises passed{more}, {total:g} of {most} points"


def passed_over(chosen, verdicts):
    """Say which notebooks hold an exercise besides the one that counts."""
    others = {}
    for verdict in verdicts:
        counts = chosen[verdict.exercise]
        if verdict is not counts:
            pair = counts.notebook, verdict.notebook
            others.setdefault(pair, []).append(verdict.exercise)
    for (counts, other), ids in others.items():
        same = counts.name == other.name
        counts, other = (counts, other) if same else (counts.name, other.name)
        yield (
            f"In two notebooks: {', '.join(ids)}; the newest answer that is no stub counts, "
            f"that in {counts}, not that in {other}"
        )
