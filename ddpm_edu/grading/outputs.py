"""The files that are always written from results; each takes one grade at a time."""

import contextlib
import csv
from collections.abc import Iterator

from ddpm_edu.grading import junit
from ddpm_edu.grading.class_page import class_page
from ddpm_edu.grading.class_report import ClassReport
from ddpm_edu.grading.feedback import feedback_page
from ddpm_edu.grading.grade import Grade
from ddpm_edu.grading.job import Add, Job
from ddpm_edu.grading.wording import cell, number


@contextlib.contextmanager
def report_html(job: Job) -> Iterator[Add]:
    """Write report.html."""
    report = ClassReport(job.exercises)
    yield report.add
    with job.file("report.html") as file:
        file.write(class_page(report, job.marks, job.remarks))


@contextlib.contextmanager
def grades_csv(job: Job) -> Iterator[Add]:
    """Write grades.csv: columns for marks only where there are any."""
    marks, has_overrides = job.marks, bool(job.marks.overrides)
    head = ["student", *(exercise.id for exercise in job.exercises), *marks.items]
    head += ["overrides"] * has_overrides + ["late penalty"] * bool(marks.late_policy) + ["total"]
    with job.file("grades.csv") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(map(cell, head))

        def add(grade: Grade):
            row = [grade.student, *(one.points for one in grade.exercises)]
            row += [item.points if item.mark else "" for item in grade.items]
            row += [overridden(grade)] * has_overrides
            row += [grade.penalty] * bool(marks.late_policy)
            table.writerow(map(cell, [*row, grade.total]))

        yield add


def overridden(grade: Grade) -> str:
    """Return what a teacher changed: "sample_q: 0 -> 3 (a typing error)"."""
    return "; ".join(
        f"{one.id}: {number(one.found.points)} -> {number(one.points)}"
        + (f" ({one.override.reason})" if one.override.reason else "")
        for one in grade.exercises
        if one.override
    )


@contextlib.contextmanager
def junit_xml(job: Job) -> Iterator[Add]:
    """Write junit.xml."""
    with job.file("junit.xml") as file:
        file.write(junit.BEGIN)
        yield lambda grade: file.write(junit.suite(grade))
        file.write(junit.END)


@contextlib.contextmanager
def feedback_pages(job: Job) -> Iterator[Add]:
    """Write feedback/<student>.html."""

    def add(grade: Grade):
        with job.file(f"feedback/{grade.student}.html") as file:
            file.write(feedback_page(grade, job.exercises, job.marks.words()))

    yield add


OUTPUTS = (report_html, grades_csv, junit_xml, feedback_pages)  # the first is finished last
