"""Overrides, marks by hand and whole points, and the files that they are read from."""

import dataclasses

import pytest
from graded import EXERCISES, submission, table

from ddpm_edu.checks.run import find
from ddpm_edu.grading.grade import grade_of
from ddpm_edu.grading.late import LatePolicy
from ddpm_edu.grading.marks import Marks, read_marks


IDS = ["sample_q", "snr"]  # 3 points and 1


HEAD = "student,exercise,points\n"
OVERRIDES = "student,exercise,points,reason\nAna,sample_q,2.5,a typing error\n"
MARKS = "student,item,points,max_points,comment\nAna,plot,1.5,2,no labels\nBjörn,bonus,3,0,\n"


def test_all_marks_are_read_from_the_folder_of_results(tmp_path):
    for name, text in {
        "overrides": OVERRIDES,
        "marks": MARKS,
        "late": "student,hours\nAna,1\n",
    }.items():
        table(tmp_path, text, f"{name}.csv")
    marks = read_marks(EXERCISES, tmp_path, late_policy="10%/day")
    wrong = submission("Ana", {"sample_q": "crash"}, IDS)
    grade = grade_of(wrong, marks)
    assert [one.points for one in grade.exercises] == [2.5, 1]
    assert [(item.id, item.points, item.max_points) for item in grade.items] == [
        ("plot", 1.5, 2),
        ("bonus", 0, 0),
    ]
    assert (grade.penalty, grade.total, grade.max_total) == (0.5, 4.5, 6)
    assert grade_of(submission("Björn", {}, IDS), marks).total == 3 + 1 + 3
    # Judged again: the override is in no result, and so stays.
    again = dataclasses.replace(wrong, course_version="0.3.0")
    assert grade_of(again, marks).total == grade.total


@pytest.mark.parametrize(
    "name, text, problem",
    [
        ("overrides", HEAD + "Ana,sample_p,5\n", "column points: expected a number in 0..4"),
        ("overrides", HEAD + "Ana,sample_k,1\n", "column exercise: expected one of"),
        ("overrides", HEAD + "Ana,snr,1\n" * 2, "line 3, column exercise: expected one line for"),
        ("manual", MARKS + "Chloé,plot,3,2,\n", "line 4, column points: expected a number in 0..2"),
        ("manual", MARKS + "Chloé,plot,1,3,\n", "line 4, column max_points: expected 2, as above"),
        ("manual", MARKS + "Ana,plot,1,2,\n", "line 4, column item: expected one line for Ana"),
        ("manual", MARKS + "Ana,snr,1,2,\n", "line 4, column item: expected a name that no other"),
    ],
)  # fmt: skip
def test_marks_that_cannot_be(tmp_path, name, text, problem):
    with pytest.raises(ValueError, match=rf"{name}\.csv, line \d") as error:
        read_marks([*EXERCISES, find("snr")], **{name: table(tmp_path, text, f"{name}.csv")})
    assert problem in str(error.value)


def test_hours_without_policy_and_policy_without_hours(tmp_path):
    path = table(tmp_path, "student,hours\nAna,1\n")
    with pytest.raises(ValueError, match=r"late\.csv: expected a late policy"):
        read_marks(EXERCISES, late=path)
    with pytest.raises(ValueError, match=r"late policy: expected late\.csv with the hours"):
        read_marks(EXERCISES, late_policy="10%/day")


@pytest.mark.parametrize(
    "points, full, whole",
    [(1.4, 3, 1), (1.5, 3, 2), (2.9, 3, 2), (3, 3, 3), (0, 3, 0), (0.9, 1, 0), (1, 1, 1)],
)
def test_whole_points_are_never_full_marks_for_what_is_not_right(points, full, whole):
    [one] = submission("Ana", {}, ["snr"]).exercises
    one = dataclasses.replace(one, points=float(points), max_points=float(full))
    result = dataclasses.replace(submission("Ana", {}, ["snr"]), exercises=(one,))
    assert grade_of(result, Marks(whole_points=True)).exercises[0].points == whole


def test_a_whole_penalty_is_rounded_for_the_student():
    marks = Marks(LatePolicy(0.1, "day"), {"Ana": 30.0, "Bea": 50.0}, whole_points=True)
    grades = {name: grade_of(submission(name), marks) for name in ("Ana", "Bea")}
    assert grades["Ana"].max_total == 28
    assert [grade.total for grade in grades.values()] == [28 - 6, 28 - 8]  # of 5.6 and 8.4
    five = Marks(LatePolicy(0.125, "day"), {"Ana": 1.0}, whole_points=True)  # 3.5
    assert grade_of(submission("Ana"), five).penalty == 3


def test_an_answer_that_is_missing_counts_nothing_of_its_points():
    grade = grade_of(submission("Ana", {}, ["snr"]), Marks(), EXERCISES)
    assert [one.points for one in grade.exercises] == [0] * len(EXERCISES)
    assert grade.max_total == sum(exercise.points for exercise in EXERCISES)


def test_students_without_a_result_are_told():
    marks = Marks(hours_late={"Anna": 1.0, "Bea": 2.0})
    assert marks.unknown(["Ana", "Bea"]) == ["late.csv: Anna has no result (did you mean 'Ana'?)"]


def test_names_are_the_same_however_their_accents_are_written(tmp_path):
    path = table(tmp_path, "student,exercise,points\nÅsa,snr,0\nBjo\u0308rn,snr,0\n", "o.csv")
    marks = read_marks([find("snr")], overrides=path)
    for student in ("Åsa", "A\u030asa", "Björn", "Bjo\u0308rn"):
        assert grade_of(submission(student, {}, ["snr"]), marks).total == 0
    assert marks.unknown(["A\u030asa", "Bjo\u0308rn"]) == []
