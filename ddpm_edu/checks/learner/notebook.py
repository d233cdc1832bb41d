"""What a learner calls: check an answer, take a hint, see the solution, look at the progress."""

import os

from ddpm_edu.checks.learner import display
from ddpm_edu.checks.learner.handed_out import course_file, exercises, find
from ddpm_edu.checks.learner.progress_file import (
    ATTEMPTS,
    Entry,
    Progress,
    after_check,
    one_hint_more,
)
from ddpm_edu.checks.learner.progress_table import show_progress
from ddpm_edu.checks.learner.render import TITLES
from ddpm_edu.checks.report import Status
from ddpm_edu.checks.run import LocalRunner, UnknownExercise, check_with
from ddpm_edu.course.answers import solved, source_of


class CheckFailed(Exception):  # noqa: N818  it reads as what happened
    """Raised by `check` so that a wrong answer stops "run all" and is seen by tests."""

    def _render_traceback_(self):
        return [f"CheckFailed: {self}"]  # IPython: the box above says it all, no frames


MISSING = object()
GO_ON = "DDPM_EDU_GO_ON"  # set where a notebook runs to its end, as in grading
CHECKED = {}  # exercise -> (the function checked last, its report)


def check(exercise_id: str, function=MISSING) -> None:
    """Check an answer and show the report; raise CheckFailed unless it passed.

    Under `ddpm-edu check`, which runs a notebook to its end, it raises nothing then: what follows
    in the cell runs too, as it does while grading.

    Args:
        exercise_id: the exercise, usually the function's name.
        function: your answer.
    Raises:
        CheckFailed: it did not pass.
        KeyError: there is no such exercise.
    """
    if function is MISSING:
        name = getattr(exercise_id, "__name__", exercise_id)
        raise UnknownExercise(f"expected a name and a function: write check({name!r}, {name})")
    report, entry = judged(find(exercise_id), function)
    display.show(report, entry)
    if report.status != Status.PASSED and not os.environ.get(GO_ON):
        raise CheckFailed(f"{report.exercise}: {TITLES[report.status]}")


def judged(exercise, function):
    """Check an answer, note it, and return (report, what is known of the exercise now)."""
    report = check_with(LocalRunner(function), exercise)
    CHECKED[exercise.id] = function, report
    return report, Progress(tell=display.note).update(exercise.id, after_check(report))


def ready(**answers) -> bool:
    """Tell whether answers pass their checks, and show in one line which of them do not.

    For cells that show answers at work. Under `ddpm-edu check` and while grading none is ready:
    nobody looks, and drawing takes seconds.

    Args:
        answers: exercise -> your answer, as in ready(snr=snr).
    Raises:
        KeyError: there is no such exercise.
    """
    if os.environ.get(GO_ON):
        return False
    missing = [name for name, function in answers.items() if not passes(find(name), function)]
    if missing:
        display.note(f"This cell draws with your functions. Still to pass: {', '.join(missing)}.")
    return not missing


def passes(exercise, function):
    """Tell whether an answer passes; what `check` has just found is not looked for again."""
    known, report = CHECKED.get(exercise.id, (MISSING, None))
    if known is not function:
        report = check_with(LocalRunner(function), exercise)
    return report.status == Status.PASSED


def hint(exercise_id: str) -> None:
    """Show the next hint of an exercise: a nudge, then the equation, then pseudo-code.

    Args:
        exercise_id: the exercise; case, spaces, hyphens and underscores do not matter.
    """
    exercise, most = find_by_letters(exercise_id), course_file().hints
    entry = Progress(tell=display.note).update(exercise.id, one_hint_more)
    if most:
        display.show_hints(exercise, min(entry.hints, most))
    if entry.hints >= most < 3:
        display.note(f"course.toml: {most} of 3 hints may be seen in this course.")


def find_by_letters(name):
    """Return the exercise whose name has the same letters; say so where it is written otherwise."""
    same = [exercise for exercise in exercises() if letters(exercise.id) == letters(name)]
    if isinstance(name, str) and len(same) == 1 and same[0].id != name:
        [exercise] = same
        display.note(
            f"{name!r} is called {exercise.id!r}: lesson {exercise.lesson}, {exercise.title}."
        )
        return find(exercise.id)
    return find(name)


def letters(name):
    return "".join(character for character in str(name).lower() if character.isalnum())


def solution(exercise_id: str) -> None:
    """Show the course's answer to an exercise: after a pass or three attempts."""
    exercise = find(exercise_id)
    entry = Progress(tell=display.note).read().get(exercise.id, Entry())
    found = source_of(exercise.id)
    if not course_file().solutions:
        display.note("course.toml: solutions stay shut in this course.")
    elif not entry.solution_is_open:
        left = ATTEMPTS - entry.attempts
        display.note(
            f"The solution of {exercise.id} opens when your answer has passed, or after {left} "
            f"more {'attempts' if left > 1 else 'attempt'}. hint({exercise.id!r}) helps now."
        )
    elif found is None:
        display.note(f"This copy of the course holds no solution of {exercise.id}.")
    else:
        display.show_code(
            f"A solution of {exercise.id} (solutions/{found[0]}.ipynb)", solved(found[1])
        )


def progress() -> None:
    """Show the whole course: which exercises have passed, which come next."""
    show_progress(exercises(), Progress(tell=display.note).read())
