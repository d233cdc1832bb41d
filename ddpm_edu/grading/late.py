"""What lateness costs: a function of the hours, told in words wherever it was used."""

import datetime
import math
import re
from dataclasses import dataclass

from ddpm_edu.grading.tables import TableRow, read_table
from ddpm_edu.grading.wording import number, plural


HOURS = {"hour": 1, "day": 24, "week": 168}
RATE = re.compile(r"(?P<rate>\d+(?:\.\d+)?) ?% ?(?:/|per|a) ?(?P<unit>hour|day|week)")
CLAUSES = {
    "last": re.compile(r"(?P<count>\d+(?:\.\d+)?) (?P<unit>hour|day|week)s? at most"),
    "most": re.compile(r"(?P<share>\d+(?:\.\d+)?) ?% at most"),
    "free": re.compile(r"(?P<count>\d+(?:\.\d+)?) (?P<unit>hour|day|week)s? free"),
}
FORM = 'a policy such as "10%/day, 3 days at most, 2 hours free" or "5%/hour, 50% at most"'


@dataclass(frozen=True)
class LatePolicy:
    """What is taken off the points earned, for each unit of time that has begun.

    Args:
        rate: share of the points, 0..1, for each unit.
        unit: "hour", "day" or "week".
        last: hours after which nothing counts.
        most: share of the points that is taken off at most, for what still counts.
        free: hours that cost nothing.
    """

    rate: float
    unit: str
    last: float = math.inf
    most: float = 1.0
    free: float = 0.0

    def share_lost(self, hours: float) -> float:
        """Return the share of the points, 0..1, that so many hours cost."""
        counted = hours - self.free
        if counted <= 0:
            return 0.0
        if counted > self.last:
            return 1.0
        return min(self.most, self.rate * math.ceil(counted / HOURS[self.unit]))

    def __str__(self):
        """Tell the policy to those it concerns."""
        words = f"Late work loses {percent(self.rate)} of its points for each {self.unit} begun"
        if self.most < 1:
            words += f", {percent(self.most)} at most"
        if self.free:
            words += f"; the first {time(self.free)} are free"
        if self.last < math.inf:
            words += f"; after {time(self.last)} nothing counts"
        return words + "."


def percent(share):
    return f"{number(100 * share)}%"


def time(hours):
    """Return hours in the largest unit that holds them whole."""
    unit = next((unit for unit in ("week", "day") if hours % HOURS[unit] == 0), "hour")
    count = hours / HOURS[unit]
    return plural(int(count), unit) if count == int(count) else f"{number(count)} {unit}s"


def read_policy(text: str) -> LatePolicy:
    """Read a policy from words: "10%/day, 3 days at most".

    Raises:
        ValueError: the clause that is none.
    """
    rate, *clauses = [clause.strip() for clause in text.lower().split(",")]
    found = RATE.fullmatch(rate)
    if not found:
        raise ValueError(f"late policy: expected {FORM}, got {rate!r}")
    values = {"rate": float(found["rate"]) / 100, "unit": found["unit"]}
    for clause in clauses:
        matches = ((name, form.fullmatch(clause)) for name, form in CLAUSES.items())
        name, parts = next(
            ((name, match.groupdict()) for name, match in matches if match), ("", {})
        )
        if not name or name in values:
            raise ValueError(f"late policy: expected {FORM}, got {clause!r}")
        is_share = "share" in parts
        values[name] = float(parts["share"]) / 100 if is_share else hours(parts)
    if values["rate"] > 1 or values.get("most", 0) > 1:
        raise ValueError(f"late policy: expected at most 100%, got {text!r}")
    return LatePolicy(**values)


def hours(parts):
    return float(parts["count"]) * HOURS[parts["unit"]]


def read_hours(path, deadline: str | None = None) -> dict[str, float]:
    """Read how many hours late each student was.

    Args:
        path: of a CSV file with the columns student and hours, or student and submitted (a time in
            ISO 8601); a column deadline holds for one student in the place of everybody's.
        deadline: in ISO 8601.
    Raises:
        ValueError: what is wrong, with file, line and column.
    """
    everybody = None if deadline is None else moment(deadline)
    if deadline is not None and everybody is None:
        raise ValueError(f"deadline: expected a time such as 2026-11-25T23:59, got {deadline!r}")
    late = {}
    for row in read_table(path, ["student"], ["hours", "submitted", "deadline"]):
        student = row.text("student")
        if student in late:
            raise row.wrong("student", "each student once")
        late[student] = hours_of(row, everybody)
    return late


def hours_of(row: TableRow, deadline):
    """Return the hours of one line."""
    if row.values.get("hours"):
        return row.number("hours")
    if "submitted" not in row.values:
        raise row.wrong("hours", "a number of 0 or more")
    submitted = moment(row.values["submitted"])
    if submitted is None:
        raise row.wrong("submitted", "a time such as 2026-11-25T23:59")
    if row.values.get("deadline"):
        deadline = moment(row.values["deadline"])
    if deadline is None:
        raise row.wrong("deadline", "a time such as 2026-11-25T23:59, here or for everybody")
    if (submitted.tzinfo is None) != (deadline.tzinfo is None):
        expected = "a time zone (+01:00) in both times, handed in and deadline, or in none"
        raise row.wrong("submitted", expected)
    return max(0.0, (submitted - deadline).total_seconds() / 3600)


def moment(text):
    try:
        return datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
