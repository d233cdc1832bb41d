"""What was found as JUnit XML, which continuous integration shows: a suite for each student.

The form is that of pytest's xunit2 (junit-10.xsd): no more attributes, times of three decimals.
"""

from xml.sax.saxutils import escape, quoteattr

from ddpm_edu.checks.learner.render import TITLES
from ddpm_edu.checks.report import Status
from ddpm_edu.grading.grade import Grade


KINDS: dict[str, str] = {
    Status.WRONG: "failure",
    Status.CRASHED: "error",
    Status.TIMED_OUT: "error",
    Status.NOT_ATTEMPTED: "skipped",
}
BEGIN = '<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n'
END = "</testsuites>\n"


def suite(grade: Grade) -> str:
    """Return the suite of a student: a test for each cell, and one for each exercise."""
    cells, found = grade.result.cells, [one.found for one in grade.exercises]
    tests = [cell_test(cell) for cell in cells] + [exercise_test(one) for one in found]
    kinds = [KINDS.get(one.status) for one in (*cells, *found)]
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    seconds = sum(one.seconds for one in (*cells, *found))
    attributes = {
        "name": grade.student,
        "tests": len(tests),
        **{name: kinds.count(kind) for name, kind in counts.items()},
        "time": f"{seconds:.3f}",
    }
    about = {
        "isolation": grade.result.isolation,
        "course_version": grade.result.course_version,
        "score": f"{grade.total:g}",
        "max_score": f"{grade.max_total:g}",
    }
    properties = [f"<property {written({'name': n, 'value': v})}/>\n" for n, v in about.items()]
    remarks = escape("\n".join(grade.result.remarks))
    parts = [
        f"<testsuite {written(attributes)}>\n",
        f"<properties>\n{''.join(properties)}</properties>\n",
        *tests,
        f"<system-out>{remarks}</system-out>\n" if remarks else "",
        "</testsuite>\n",
    ]
    return "".join(parts)


def cell_test(cell) -> str:
    """Return the test that a cell is."""
    return test(f"cell {cell.cell}: {cell.label}", cell.notebook, cell, cell.text)


def exercise_test(found) -> str:
    """Return the test that an exercise is."""
    return test(f"exercise {found.id}", f"lesson_{found.lesson}", found, found.feedback)


def test(name, classname, outcome, text):
    attributes = {"classname": classname, "name": name, "time": f"{outcome.seconds:.3f}"}
    kind = KINDS.get(outcome.status)
    if kind is None:
        return f"<testcase {written(attributes)}/>\n"
    about = {"message": TITLES[outcome.status], "type": str(outcome.status)}
    inside = f"<{kind} {written(about)}>{escape(text)}</{kind}>"
    return f"<testcase {written(attributes)}>{inside}</testcase>\n"


def written(attributes):
    return " ".join(f"{name}={quoteattr(str(value))}" for name, value in attributes.items())
