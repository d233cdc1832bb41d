"""nbgrader itself takes what is handed out: from the source to each student's points."""

import importlib.util

import pytest
import torch
from nbgrader_course import ASSIGNMENT, hand_in, nbgrader, noisy, points, right

from ddpm_edu.checks.run import find
from ddpm_edu.course.course_file import CourseFile
from ddpm_edu.course.notebooks import read_notebook
from ddpm_edu.files import write_new
from ddpm_edu.grading.handouts import nbgrader as form
from ddpm_edu.grading.handouts.handout import gather


SEED = 4711
WORTH = {"product_of_gaussians": 3, "posterior_variance": 2, "posterior_mean": 6}
with_nbgrader = pytest.mark.skipif(
    importlib.util.find_spec("nbgrader") is None,
    reason="nbgrader is not installed: python -m pip install nbgrader",
)


def half(name, stub):
    """Answer one exercise in part, one rightly, and write no Python in one."""
    if name == "posterior_mean":
        return "def posterior_mean(:"
    code = right(name, stub)
    only_float64 = "    assert mean_a.dtype == torch.float64\n    variance = 1 /"
    return code.replace("    variance = 1 /", only_float64)


def untouched(name, stub):
    return stub


STUDENTS = {"noisy": noisy, "half": half, "untouched": untouched}


def hand_out(folder):
    course = CourseFile(lessons=(2,), points={"posterior_mean": 6, "sample_q": 9})
    write_new(form.files(gather(course, SEED)), folder)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return a folder in which nbgrader graded three students."""
    folder = tmp_path_factory.mktemp("nbgrader")
    hand_out(folder)
    nbgrader(folder, "generate_assignment", ASSIGNMENT)
    for student, change in STUDENTS.items():
        hand_in(folder, student, change)
    nbgrader(folder, "autograde", ASSIGNMENT)
    nbgrader(folder, "generate_feedback", ASSIGNMENT, "--student=half")
    nbgrader(folder, "export")
    return folder


@pytest.mark.slow
@with_nbgrader
def test_each_student_gets_the_points_of_the_cases_that_hold(graded):
    cases = len(find("product_of_gaussians").cases(SEED))
    in_part = round(3 * (cases - 1) / cases, 2)
    assert points(graded) == {
        "noisy": (11, 11),
        "half": (in_part + 2, 11),
        "untouched": (0, 11),
    }


@pytest.mark.slow
@with_nbgrader
def test_feedback_says_what_is_wrong(graded):
    page = graded / "feedback/half" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert "AssertionError" in page.read_text(encoding="utf-8")


@pytest.mark.slow
@with_nbgrader
def test_students_get_stubs_without_the_seed_and_a_failed_validation(graded):
    released = graded / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    text = released.read_text()
    assert str(SEED) not in text
    assert "SOLUTION" not in text
    assert text.count("raise NotImplementedError") == 4  # and the words of the introduction
    assert "FAILED ON 3 CELL(S)" in nbgrader(graded, "validate", str(released))


@with_nbgrader
def test_nbgraders_validator_takes_every_lesson():
    import nbformat
    from nbgrader.nbgraderformat.v3 import MetadataValidatorV3

    handout = gather(CourseFile())
    for book in handout.books.values():
        source = nbformat.from_dict(form.source(book, handout))
        nbformat.validate(source)
        MetadataValidatorV3().validate_nb(source)


def test_each_exercise_has_one_answer_and_one_test_worth_its_points(tmp_path):
    hand_out(tmp_path)
    book = read_notebook(tmp_path / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    marked = [c for c in book["cells"] if "nbgrader" in c["metadata"]]
    found = [c["metadata"]["nbgrader"] for c in marked]
    assert {s["schema_version"] for s in found} == {3}
    assert [s["grade_id"] for s in found] == [
        part for name in WORTH for part in (name, f"test-{name}")
    ]
    tests = [s for s in found if s["grade"]]
    assert {s["grade_id"].removeprefix("test-"): s["points"] for s in tests} == WORTH
    assert all(s["locked"] and not s["solution"] for s in tests)


def test_a_test_cell_ends_with_the_points_and_leaves_the_students_names_alone(tmp_path):
    hand_out(tmp_path)
    book = read_notebook(tmp_path / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    cells = {c["metadata"].get("nbgrader", {}).get("grade_id"): c["source"] for c in book["cells"]}
    *body, last = cells["test-product_of_gaussians"].split("\n")
    namespace = {"Tensor": torch.Tensor}
    exec(right("product_of_gaussians", ""), namespace)
    mine = set(namespace)
    exec("\n".join(body), namespace)
    assert eval(last, namespace) == 3.0
    assert all(name.startswith("_") for name in set(namespace) - mine)
    assert namespace["_seed"] == SEED


def test_the_settings_of_the_lesson_come_along(tmp_path):
    hand_out(tmp_path)
    settings = (tmp_path / "source" / ASSIGNMENT / "course.toml").read_text()
    assert "posterior_mean = 6" in settings
    assert "sample_q" not in settings


def test_an_exercise_without_a_check_gets_its_test_too():
    handout = gather(CourseFile(lessons=(1,)))
    [book] = handout.books.values()
    cells = [cell for cell in book["cells"] if not cell["source"].startswith("check(")]
    tests = [
        cell["id"]
        for cell in form.source({**book, "cells": cells}, handout)["cells"]
        if cell["id"].startswith("test-")
    ]
    assert len(tests) == len(handout.exercises)
