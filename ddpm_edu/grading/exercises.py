"""Which exercises a batch is about."""

import pathlib

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.checks.learner.handed_out import course_file, with_points
from ddpm_edu.checks.run import exercises as all_exercises
from ddpm_edu.files import nearest


def chosen_exercises(words: str, folder: pathlib.Path) -> list[Exercise]:
    """Return the exercises that count, with the points of the course.toml beside the submissions.

    Args:
        words: "lesson_6,sample_q,...", or "" for the lessons of course.toml, or all.
        folder: of the submissions.
    Raises:
        ValueError: a word that names none.
    """
    course, exercises = course_file(folder if folder.is_dir() else folder.parent), all_exercises()
    names = [word.strip() for word in words.split(",") if word.strip()]
    lessons = {f"lesson_{exercise.lesson}" for exercise in exercises}
    known = [*sorted(lessons), *(exercise.id for exercise in exercises)]
    for name in names:
        if name not in known:
            raise ValueError(f"--exercises: expected {nearest(name, known)}, got {name!r}")
    if names:
        chosen = [e for e in exercises if e.id in names or f"lesson_{e.lesson}" in names]
    else:
        lessons = course.lessons
        chosen = [e for e in exercises if lessons is None or e.lesson in lessons]
    if not chosen:
        raise ValueError(f"{folder}: course.toml lists no lesson that has exercises")
    return with_points(chosen, course)
