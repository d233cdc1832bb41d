"""What a teacher adds to the judge's points: lateness, overrides, marks by hand, whole points.

None of it is written into results/, so that it survives when a submission is judged again.
"""

import math
import pathlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.files import did_you_mean
from ddpm_edu.grading.late import LatePolicy, read_hours, read_policy
from ddpm_edu.grading.tables import read_table
from ddpm_edu.grading.wording import composed


FILES = {"late": "late.csv", "overrides": "overrides.csv", "manual": "marks.csv"}
ROUNDING = (
    "Points are whole: those of each exercise are rounded to the nearest whole number, a half "
    "upwards, but never to full marks for an answer that is not right; what lateness costs is "
    "rounded the same way, a half downwards."
)


@dataclass(frozen=True)
class Override:
    """Points that a teacher sets in the place of the judge's, and why."""

    points: float
    reason: str = ""


@dataclass(frozen=True)
class ManualMark:
    """Points that a teacher adds for what no judge can see: a plot, an explanation."""

    points: float
    comment: str = ""


@dataclass(frozen=True)
class Marks:
    """All that is added to results.

    Args:
        late_policy: what lateness costs, or None.
        hours_late: student -> hours.
        overrides: student -> exercise -> Override.
        manual: student -> item -> ManualMark.
        items: item marked by hand -> its full marks; 0 for a bonus.
        whole_points: whether points are rounded as ROUNDING says.
    """

    late_policy: LatePolicy | None = None
    hours_late: dict[str, float] = field(default_factory=dict)
    overrides: dict[str, dict[str, Override]] = field(default_factory=dict)
    manual: dict[str, dict[str, ManualMark]] = field(default_factory=dict)
    items: dict[str, float] = field(default_factory=dict)
    whole_points: bool = False

    def words(self) -> list[str]:
        """Return the rules that hold for everybody, a sentence or two each."""
        rules = [str(self.late_policy)] if self.late_policy else []
        return [*rules, ROUNDING] if self.whole_points else rules

    def unknown(self, students: Collection[str]) -> list[str]:
        """Return a line for each student who has marks and no result."""
        files = {"late": self.hours_late, "overrides": self.overrides, "manual": self.manual}
        known = {*map(composed, students)}
        return [
            f"{FILES[name]}: {student} has no result{did_you_mean(student, known)}"
            for name, of_students in files.items()
            for student in of_students
            if student not in known
        ]


NO_MARKS = Marks()


def read_marks(
    exercises: Sequence[Exercise],
    folder: pathlib.Path | None = None,
    *,
    late_policy: str | None = None,
    deadline: str | None = None,
    late: pathlib.Path | None = None,
    overrides: pathlib.Path | None = None,
    manual: pathlib.Path | None = None,
    whole_points: bool = False,
) -> Marks:
    """Read marks from files.

    Args:
        exercises: those that were judged, with their points.
        folder: of all outputs; late.csv, overrides.csv and marks.csv in it are read where no other
            file is named.
        late_policy: in words, as `late.read_policy` reads it.
        deadline: for everybody, in ISO 8601.
        late: CSV of student and hours or submitted.
        overrides: CSV of student, exercise, points, reason.
        manual: CSV of student, item, points, max_points, comment.
        whole_points: whether to round.
    Raises:
        ValueError: what is wrong, with file, line and column.
    """
    files = {"late": late, "overrides": overrides, "manual": manual}
    for name, path in files.items():
        inside = folder and folder / FILES[name]
        if path is None and inside and inside.is_file():
            files[name] = inside
    policy = None if late_policy is None else read_policy(late_policy)
    hours = read_hours(files["late"], deadline) if files["late"] else {}
    if any(hours.values()) and policy is None:
        expected = "a late policy for these hours, such as 10%/day (0%/day: they cost nothing)"
        raise ValueError(f"{files['late']}: expected {expected}, got none")
    if policy is not None and not files["late"]:
        raise ValueError(f"late policy: expected {FILES['late']} with the hours, got none")
    of_items, items = read_manual(files["manual"], exercises) if files["manual"] else ({}, {})
    set_points = read_overrides(files["overrides"], exercises) if files["overrides"] else {}
    return Marks(policy, hours, set_points, of_items, items, whole_points)


def read_overrides(path, exercises) -> dict[str, dict[str, Override]]:
    """Read student -> exercise -> Override."""
    most, found = {exercise.id: float(exercise.points) for exercise in exercises}, {}
    for row in read_table(path, ["student", "exercise", "points"], ["reason"]):
        exercise = row.one_of("exercise", most)
        points = row.number("points", most[exercise])
        of_student = found.setdefault(row.text("student"), {})
        if exercise in of_student:
            raise row.wrong("exercise", f"one line for {row.text('student')} and each exercise")
        of_student[exercise] = Override(points, row.values.get("reason", ""))
    return found


def read_manual(path, exercises):
    """Read student -> item -> ManualMark, and item -> full marks."""
    found, items = {}, {}
    taken = {exercise.id for exercise in exercises} | {"student", "total"}
    for row in read_table(path, ["student", "item", "points", "max_points"], ["comment"]):
        item, full = row.text("item"), row.number("max_points")
        if item in taken:
            raise row.wrong("item", "a name that no other column has")
        if items.setdefault(item, full) != full:
            raise row.wrong("max_points", f"{items[item]:g}, as above for {item}")
        of_student = found.setdefault(row.text("student"), {})
        if item in of_student:
            raise row.wrong("item", f"one line for {row.text('student')} and each item")
        points = row.number("points", full or math.inf)
        of_student[item] = ManualMark(points, row.values.get("comment", ""))
    return found, items
