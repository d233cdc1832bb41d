"""A class whose mistakes are known: real reports, put together without running a notebook."""

import dataclasses
import functools
import inspect

import jaxtyping
from judging import solution_of

from ddpm_edu.checks import run_check
from ddpm_edu.checks.run import find
from ddpm_edu.course.answers import solved, source_of, stub_of
from ddpm_edu.grading.late import LatePolicy
from ddpm_edu.grading.marks import ManualMark, Marks, Override
from ddpm_edu.grading.result import (
    CellResult,
    ExerciseResult,
    NotebookFile,
    Result,
    exercise_result,
    write_result,
)


IDS = (
    *("linear_schedule", "cumulative_alphas", "sample_by_t", "sample_q", "cosine_schedule"),
    *("posterior_variance", "posterior_mean", "predict_x0", "sample_p_unclipped", "sample_p"),
)
EXERCISES = [find(name) for name in IDS]
NAMES = (
    *("Ana", "Björn", "Chloé", "Dževad", "Eşref", "Łukasz", "Naïma", "Søren", "Zoë", "李雷"),
    *("Müller", "O'Neil", "de la Cruz", "Nguyễn", "Ångström"),
)
HOSTILE = "=HYPERLINK(a),<script>alert(1)<"
BROKEN = "could not be read: marks of a merge conflict (<<<<<<<)"

MARKS = Marks(
    LatePolicy(0.1, "day", last=72.0),
    {"Ana 00": 30.0},
    {"Unreadable": {"sample_q": Override(2.5, "=read()")}},
    {"Ana 00": {"=plot": ManualMark(1.5, "<b>no labels")}},
    {"=plot": 2.0},
)


@functools.cache
def judged(exercise_id: str, choice: str) -> ExerciseResult:
    """Return the result on an answer: "right", "stub", "crash" or a misconception's id."""
    exercise = find(exercise_id)
    wrong = {m.id: m.function for m in exercise.misconceptions}
    functions = {"right": solution_of(exercise_id), "stub": stub, "crash": crash, **wrong}
    jaxtyping.config.update("jaxtyping_disable", True)  # of shapes, as learners run it: quicker
    report = dataclasses.replace(run_check(exercise_id, functions[choice]), seconds=0.05)
    jaxtyping.config.update("jaxtyping_disable", False)
    source = source_of(exercise_id)
    assert source
    code = solved(source[1]) if choice == "right" else stub_of(exercise_id)
    if choice in wrong:
        code = inspect.getsource(wrong[choice])
    return exercise_result(exercise, report, "exercises.ipynb", code or "")


def stub(*arguments):
    raise NotImplementedError


def crash(*arguments):
    raise RuntimeError("<b>no</b>")


def submission(student: str, choices=None, ids=IDS, **more) -> Result:
    """Return a student's result; all answers that `choices` does not name are right."""
    exercises = tuple(judged(name, (choices or {}).get(name, "right")) for name in ids)
    values = {
        "notebooks": (NotebookFile(f"{student}/exercises.ipynb", "0" * 64),),
        "isolation": "bwrap",
        "course_version": "0.2.0",
        "score": sum(one.points for one in exercises),
        "max_score": sum(one.max_points for one in exercises),
        "cells": (CellResult("exercises.ipynb", 1, "import torch", "passed", "", 0.1),),
    }
    return Result(student=student, exercises=exercises, **values | more)


def class_of_40() -> list[Result]:
    """Return a class: who has what mistake follows from a student's number."""
    students = [f"{NAMES[n % len(NAMES)]} {n:02}" for n in range(38)]
    results = []
    for n, student in enumerate(students):
        choices = {}
        if n < 12:
            choices["sample_q"] = "noise_without_root"
        if n < 9 or n == 20:
            choices["sample_p"] = choices["sample_p_unclipped"] = "crash"
        if n % 4 == 3:
            choices |= dict.fromkeys(IDS[6:], "stub")
        if n % 10 == 7:
            choices["posterior_variance"] = find("posterior_variance").misconceptions[0].id
        results.append(submission(student, choices))
    cells = (
        CellResult("a b.ipynb", 3, "<b>1/0</b>", "crashed", "ZeroDivisionError: <i>x", 0.2),
        CellResult("a b.ipynb", 4, "\x00\x1b[31m", "wrong", "]]>\ud800\ufffe&amp;", 0.0),
    )
    results.append(submission(HOSTILE, dict.fromkeys(IDS[3:], "crash"), cells=cells))
    unread = {"exercises": (), "score": 0.0, "remarks": (BROKEN,), "is_readable": False}
    results.append(dataclasses.replace(submission("Unreadable"), **unread))
    return results


def written(folder, results):
    for result in results:
        write_result(result, folder)
    return folder


def table(folder, text, name="late.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
