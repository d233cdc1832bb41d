"""The list of a class, as a learning platform exports it, and whose submission is whose."""

import pathlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from ddpm_edu.files import did_you_mean
from ddpm_edu.grading.tables import TableRow, read_table
from ddpm_edu.grading.wording import listed


IDS = (
    *("folder", "id", "sis user id", "sis login id"),  # Canvas
    *("username", "idnumber", "id number", "email", "email address"),  # Moodle
)
NAMES = ("student", "name", "full name")
PARTS = (("first name", "last name"), ("firstname", "lastname"), ("first name", "surname"))
MOODLE_FOLDER = re.compile(r"_\d+_assignsubmission_\w*$")  # after the name, in what it downloads
NO_STUDENT = "points possible"  # the second line of what Canvas exports


@dataclass(frozen=True)
class Roster:
    """The students of a class.

    Args:
        path: of its file.
        rows: a line each.
    """

    path: pathlib.Path
    rows: tuple[TableRow, ...]

    def match(self, submissions: Collection[str]) -> tuple[dict[str, TableRow], list[str]]:
        """Find the line of each submission, by an id or else by the name.

        Returns:
            (submission -> its line, a sentence for each that has none and each line without one).
        Raises:
            ValueError: none of them fits.
        """
        fits = {submission: self.rows_of(submission) for submission in submissions}
        owners = defaultdict(list)
        for submission, rows in fits.items():
            for row in rows[:1] if len(rows) == 1 else ():
                owners[row.line].append(submission)
        matched = {s: rows[0] for s, rows in fits.items() if is_sole(rows, owners)}
        if not matched:
            there = listed([name_of(row) for row in self.rows], 3)
            expected = f"the students of {listed(submissions, 3)}"
            raise ValueError(f"{self.path}: expected {expected}, got only others: {there}")
        remarks = [self.about(s, rows, owners) for s, rows in fits.items() if s not in matched]
        taken = {row.line for rows in fits.values() for row in rows}
        remarks += [
            f"{self.path.name}, line {row.line}: {name_of(row)} has no submission"
            for row in self.rows
            if row.line not in taken
        ]
        return matched, remarks

    def rows_of(self, submission: str) -> list[TableRow]:
        """Return the lines that fit: by an id, then by the name, then by that without accents."""
        submission = MOODLE_FOLDER.sub("", submission)
        by_id = [row for row in self.rows if folded(submission) in ids_of(row)]
        if by_id:
            return by_id
        for form in (words, plain_words):
            key = form(submission)
            if rows := [row for row in self.rows if form(name_of(row)) == key]:
                return rows
        return []

    def about(self, submission, rows, owners):
        """Say why a submission has no line of its own."""
        if not rows:
            near = did_you_mean(submission, [name_of(row) for row in self.rows])
            return f"{self.path.name}: nobody fits the submission {submission}{near}"
        if len(rows) > 1:
            lines = ", ".join(str(row.line) for row in rows)
            problem = f"{submission} fits lines {lines}; a column folder can tell whose it is"
            return f"{self.path.name}: {problem}"
        others = listed(owners[rows[0].line])
        return f"{self.path.name}, line {rows[0].line}: more than one submission fits: {others}"


def is_sole(rows, owners):
    return len(rows) == 1 and len(owners[rows[0].line]) == 1


def read_roster(path: pathlib.Path) -> Roster:
    """Read the list of a class: what Canvas or Moodle exports, or a CSV file of names and ids.

    Raises:
        ValueError: what is wrong, with file and line.
    """
    path = pathlib.Path(path)
    rows = [row for row in read_table(path, optional=None) if name_of(row).lower() != NO_STUDENT]
    if not rows:
        raise ValueError(f"{path}, line 2: expected a student, got none")
    known = {*IDS, *NAMES, *(name for pair in PARTS for name in pair)}
    if not known & rows[0].values.keys():
        expected = f"one of the columns {', '.join((*NAMES, *IDS))}"
        raise ValueError(f"{path}, line 1: expected {expected}, got {', '.join(rows[0].values)}")
    return Roster(path, tuple(rows))


def name_of(row: TableRow) -> str:
    """Return the name in a line, or what else there is to call the student by."""
    for name in NAMES:
        if row.values.get(name):
            return row.values[name]
    for pair in PARTS:
        if any(row.values.get(part) for part in pair):
            return " ".join(row.values.get(part, "") for part in pair).strip()
    return next((row.values[name] for name in IDS if row.values.get(name)), "")


def ids_of(row):
    return {folded(row.values[name]) for name in IDS if row.values.get(name)}


def folded(text):
    """Return a text in one form of its letters, whichever system wrote it."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def words(name):
    """Return the words of a name in one order: "Curie, Marie" is "Marie Curie"."""
    return sorted(re.findall(r"[^\W_]+", folded(name)))


def plain_words(name):
    """Return the words of a name without accents."""
    letters = unicodedata.normalize("NFKD", name)
    return words("".join(letter for letter in letters if not unicodedata.combining(letter)))
