"""Is this answer right; if not, which mistake is it?"""

from ddpm_edu.checks.render import TITLES, show
from ddpm_edu.checks.run import Report, exercises, run_check


class CheckFailed(Exception):  # noqa: N818  it reads as what happened
    """Raised by `check` so that a wrong answer stops "run all" and is seen by tests."""

    def _render_traceback_(self):
        return [f"CheckFailed: {self}"]  # IPython: the box above says it all, no frames


def check(exercise_id: str, function) -> None:
    """Check an answer and show the report; raise CheckFailed unless it passed.

    Args:
        exercise_id: the exercise, usually the function's name.
        function: your answer.
    """
    report = run_check(exercise_id, function)
    show(report)
    if report.status != "passed":
        raise CheckFailed(f"{report.exercise}: {TITLES[report.status]}")


__all__ = ["CheckFailed", "Report", "check", "exercises", "run_check"]
