"""All that is written from results: tables, pages, and files for other programs."""

import contextlib
import pathlib
from collections.abc import Callable, Sequence

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.files import nearest
from ddpm_edu.grading.exports import EXPORTS
from ddpm_edu.grading.exports.platforms import moodle_columns, needed
from ddpm_edu.grading.grade import grade_of
from ddpm_edu.grading.job import Job
from ddpm_edu.grading.marks import NO_MARKS, Marks
from ddpm_edu.grading.outputs import OUTPUTS
from ddpm_edu.grading.result import FOLDER, read_results
from ddpm_edu.grading.roster import Roster


def publish(
    folder: pathlib.Path,
    exercises: Sequence[Exercise],
    marks: Marks = NO_MARKS,
    formats: tuple[str, ...] = (),
    roster: Roster | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> list[pathlib.Path]:
    """Write everything from the results in a folder, which are read one at a time.

    grades.csv, junit.xml, report.html and feedback/<student>.html are always written, each whole or
    not at all; what is written depends on results, marks and roster alone.

    Args:
        folder: of all outputs; its results/ are read.
        exercises: that count, with their points, in course order.
        marks: of the teacher.
        formats: further files, of `exports.EXPORTS`.
        roster: of the class, which those for Canvas and Moodle need.
        say: takes a line for each mark, student or submission that does not fit.
    Returns:
        The files written.
    Raises:
        ValueError: no results, a file that is none, an unknown format, one without its roster.
    """
    check_formats(formats, roster)
    job, students = Job(folder, exercises, marks, roster), []
    with contextlib.ExitStack() as stack:
        outputs = [*OUTPUTS, *(EXPORTS[name] for name in formats)]
        adders = [stack.enter_context(output(job)) for output in outputs]
        for result in read_results(folder):
            grade = grade_of(result, marks, exercises)
            for add in adders:
                add(grade)
            students.append(grade.student)
        if not students:
            raise ValueError(f"{folder}: expected {FOLDER}/<student>.json in it, got none")
        job.remarks += marks.unknown(students)
    for remark in job.remarks:
        say(remark)
    return job.written


def check_formats(formats: Sequence[str], roster: Roster | None) -> None:
    """Raise a ValueError for an unknown format, and for one whose roster is missing or too bare."""
    for name in formats:
        if name not in EXPORTS:
            raise ValueError(f"format: expected {nearest(name, list(EXPORTS))}, got {name!r}")
        if name == "canvas":
            needed(roster, name)
        if name == "moodle":
            moodle_columns(needed(roster, name))
