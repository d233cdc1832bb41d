"""The exercises as a learner has them: those handed out, with the points of course.toml."""

import contextlib
import dataclasses
import itertools
import pathlib

from ddpm_edu.checks import run
from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.course.course_file import CourseFile, read_course_file
from ddpm_edu.course.notebooks import exercises_in, read_notebook
from ddpm_edu.course.paths import NOTEBOOKS, exercise_folder


def course_file(folder: pathlib.Path | None = None) -> CourseFile:
    """Return what the course.toml of a folder says, by default of that with the exercises.

    Raises:
        ValueError: what is wrong in it, with its line and key.
    """
    ids = [exercise.id for exercise in run.exercises()]
    return read_course_file(folder or exercise_folder(), ids)


def find(exercise_id: str, folder: pathlib.Path | None = None) -> Exercise:
    """Return an exercise by its id, or raise a KeyError that suggests the nearest one."""
    [exercise] = with_points([run.find(exercise_id)], course_file(folder))
    return exercise


def with_points(exercises: list[Exercise], course: CourseFile) -> list[Exercise]:
    """Return exercises with the points of a course.toml in the place of the course's own."""
    points = course.points
    return [dataclasses.replace(e, points=points.get(e.id, e.points)) for e in exercises]


def exercises(folder: pathlib.Path | None = None) -> list[Exercise]:
    """Return the exercises handed out, in course order.

    They are those of the lessons that course.toml lists, or else those in the notebooks of the
    folder, whatever these are called; where it has none, all.
    """
    folder = folder or exercise_folder()
    course, all_exercises = course_file(folder), run.exercises()
    if course.lessons is None:
        there = exercises_of(folder.glob(NOTEBOOKS))
        listed = [exercise for exercise in all_exercises if exercise.id in there]
        return with_points(listed or all_exercises, course)
    return listed_in(course) or with_points(all_exercises, course)


def listed_in(course: CourseFile) -> list[Exercise]:
    """Return the exercises of the lessons that a course.toml lists, all where it lists none."""
    is_listed = [course.lessons is None or e.lesson in course.lessons for e in run.exercises()]
    return with_points(list(itertools.compress(run.exercises(), is_listed)), course)


def exercises_of(notebooks) -> set[str]:
    """Return the ids of the exercises in notebooks; of one that cannot be read, none."""
    ids, found = [exercise.id for exercise in run.exercises()], set()
    for notebook in notebooks:
        with contextlib.suppress(ValueError, OSError):
            found |= exercises_in(read_notebook(notebook), ids).keys()
    return found
