"""What a learner calls: check an answer, take a hint, see the solution, look at the progress."""

from ddpm_edu.checks import render
from ddpm_edu.checks.progress_file import ATTEMPTS, Entry, Progress, after_check, one_hint_more
from ddpm_edu.checks.run import exercises, find, run_check
from ddpm_edu.course import solved, source_of


class CheckFailed(Exception):  # noqa: N818  it reads as what happened
    """Raised by `check` so that a wrong answer stops "run all" and is seen by tests."""

    def _render_traceback_(self):
        return [f"CheckFailed: {self}"]  # IPython: the box above says it all, no frames


def check(exercise_id: str, function) -> None:
    """Check an answer and show the report; raise CheckFailed unless it passed.

    Args:
        exercise_id: the exercise, usually the function's name.
        function: your answer.
    Raises:
        CheckFailed: it did not pass.
        KeyError: an id that is none.
    """
    report = run_check(exercise_id, function)
    entry = Progress(tell=render.note).update(report.exercise, after_check(report))
    render.show(report, entry)
    if report.status != "passed":
        raise CheckFailed(f"{report.exercise}: {render.TITLES[report.status]}")


def hint(exercise_id: str) -> None:
    """Show the next hint of an exercise: a nudge, then the equation, then pseudo-code."""
    exercise = find(exercise_id)
    entry = Progress(tell=render.note).update(exercise.id, one_hint_more)
    render.show_hints(exercise, entry.hints)


def solution(exercise_id: str) -> None:
    """Show the course's answer to an exercise: after a pass or three attempts."""
    exercise = find(exercise_id)
    entry = Progress(tell=render.note).read().get(exercise.id, Entry())
    found = source_of(exercise.id)
    if not entry.solution_is_open:
        left = ATTEMPTS - entry.attempts
        render.note(
            f"The solution of {exercise.id} opens when your answer has passed, or after {left} more "
            f"{'attempts' if left > 1 else 'attempt'}. hint({exercise.id!r}) helps now."
        )
    elif found is None:
        render.note(f"This copy of the course holds no solution of {exercise.id}.")
    else:
        render.show_code(f"A solution of {exercise.id} (solutions/{found[0]}.ipynb)", solved(found[1]))


def progress() -> None:
    """Show the whole course: which exercises have passed, which come next."""
    render.show_progress(exercises(), Progress(tell=render.note).read())
