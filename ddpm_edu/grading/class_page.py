"""The page about a class: what it can do, what to teach again, what to look at."""

from collections.abc import Sequence

from ddpm_edu.checks.report import Status
from ddpm_edu.grading.class_report import ClassReport
from ddpm_edu.grading.marks import Marks
from ddpm_edu.grading.pages import page
from ddpm_edu.grading.similar import LEAST_TOKENS
from ddpm_edu.grading.wording import listed


WIDTH, HEIGHT, GAP = 60, 200, 8  # of a bar of the histogram with its margin, and of its space
FAILED = (Status.WRONG, Status.CRASHED, Status.TIMED_OUT)


def class_page(report: ClassReport, marks: Marks, remarks: Sequence[str] = ()) -> str:
    """Return the page of a class, which needs no script and nothing from elsewhere.

    Args:
        report: with all grades.
        marks: of the teacher, whose rules are told.
        remarks: what does not fit together.
    """
    values = {
        "report": report,
        "rules": marks.words(),
        "remarks": remarks,
        "bars": bars(report.histogram()),
        "rows": [row_of(report, exercise) for exercise in report.exercises],
        "mistakes": report.to_teach(),
        "pairs": report.together(),
        "groups": report.answers.alike(),
        "least_tokens": LEAST_TOKENS,
        "listed": listed,
    }
    return page("report.html.j2", **values)


def bars(counts: Sequence[int]) -> list[dict]:
    """Return the bars of the histogram: words, count, place and size."""
    most = max([*counts, 1])
    return [
        {
            "words": f"{10 * n}–{10 * n + 10}%",
            "count": count,
            "x": WIDTH * n + GAP / 2,
            "width": WIDTH - GAP,
            "height": round(HEIGHT * count / most, 1),
            "y": round(HEIGHT - HEIGHT * count / most, 1),
        }
        for n, count in enumerate(counts)
    ]


def row_of(report: ClassReport, exercise) -> dict:
    """Return how the class did in an exercise."""
    counts = report.statuses[exercise.id]
    passed, total = counts[Status.PASSED], counts.total()
    return {
        "exercise": exercise,
        "passed": passed,
        "share": round(100 * passed / total) if total else 0,
        "failed": sum(counts[status] for status in FAILED),
        "unnamed": report.unnamed[exercise.id],
        "not_attempted": counts[Status.NOT_ATTEMPTED],
        "mean": report.points[exercise.id] / total if total else 0.0,
    }
