"""Lateness, overrides, marks by hand and whole points, and the files that they are read from."""

import dataclasses

import pytest
from graded import EXERCISES, submission

from ddpm_edu.checks.run import find
from ddpm_edu.grading.grade import grade_of
from ddpm_edu.grading.late import LatePolicy, read_hours, read_policy
from ddpm_edu.grading.marks import Marks, read_marks


IDS = ["sample_q", "snr"]  # 3 points and 1


@pytest.mark.parametrize(
    "policy, costs",
    [
        ("10%/day", {0: 0, 0.01: 0.1, 24: 0.1, 24.01: 0.2, 240: 1, 1000: 1}),
        ("10%/day, 3 days at most", {72: 0.3, 72.01: 1}),
        ("5% per hour, 50% at most", {1: 0.05, 1.5: 0.1, 10: 0.5, 500: 0.5}),
        ("25%/week, 2 hours free", {2: 0, 2.01: 0.25, 170: 0.25, 170.01: 0.5}),
        ("10%/day, 50% at most, 1 week at most", {100: 0.5, 169: 1}),
        ("0%/day", {500: 0}),
    ],
)
def test_what_lateness_costs(policy, costs):
    read = read_policy(policy)
    assert {hours: pytest.approx(read.share_lost(float(hours))) for hours in costs} == costs


def test_a_policy_is_told_in_words():
    words = "Late work loses 10% of its points for each day begun"
    assert str(read_policy("10%/day")) == f"{words}."
    more = ", 50% at most; the first 2 hours are free; after 3 days nothing counts."
    assert str(read_policy("10%/day, 3 days at most, 50% at most, 2 hours free")) == words + more


@pytest.mark.parametrize(
    "policy, got",
    [
        ("ten per day", "'ten per day'"),
        ("10%/day, 3 days", "'3 days'"),
        ("10%/day, 3 days at most, 4 days at most", "'4 days at most'"),
        ("110%/day", "'110%/day'"),
        ("", "''"),
    ],
)
def test_a_policy_that_is_none(policy, got):
    with pytest.raises(ValueError, match=r"^late policy: expected .*, got ") as problem:
        read_policy(policy)
    assert str(problem.value).endswith(got)


def table(folder, text, name="late.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_hours_from_hours_and_from_times(tmp_path):
    path = table(
        tmp_path,
        "student,hours,submitted,deadline\nAna,5,,\n"
        "Björn,,2026-11-26T01:59,\nChloé,,2026-11-25T20:00,\n"
        "Zoë,,2026-11-28T00:00,2026-11-27T12:00\n",
    )
    hours = read_hours(path, "2026-11-25T23:59")
    assert hours == {"Ana": 5, "Björn": 2, "Chloé": 0, "Zoë": 12}


def test_hours_across_time_zones(tmp_path):
    path = table(tmp_path, "student,submitted\nAna,2026-11-26T01:00+01:00\n")
    assert read_hours(path, "2026-11-25T23:00Z") == {"Ana": 1}


@pytest.mark.parametrize(
    "text, deadline, problem",
    [
        ("student,hours\nAna,two\n", None, "line 2, column hours: expected a number of 0 or more"),
        ("student,hours\nAna,-1\n", None, "line 2, column hours"),
        ("student,hours\nAna,nan\n", None, "line 2, column hours"),
        ("student,hours\nAna,1\n\nAna,2\n", None, "line 4, column student: expected each student"),
        ("student,hours\n,1\n", None, "line 2, column student: expected some text"),
        ("student,submitted\nAna,noon\n", None, "line 2, column submitted"),
        ("student,submitted\nAna,2026-11-26T01:00\n", None, "line 2, column deadline"),
        ("student,submitted\nAna,2026-11-26T01:00\n", "2026-11-25T00:00Z", "a time zone"),
        ("student,submitted\nAna,2026-11-26T01:00\n", "Friday", "deadline: expected a time"),
        ("student,hour\nAna,1\n", None, "did you mean 'hours'"),
        ("name,hours\nAna,1\n", None, "line 1: expected a column student, got name, hours"),
        ("student,hours\nAna,1,2\n", None, "line 2: expected 2 cells as in line 1, got 3"),
        ("student,hours,hours\n", None, "column hours: expected it once"),
        ("", None, "line 1: expected student, got an empty file"),
        ('student,hours\n"Ana,1\n', None, "line 2: expected a row of a CSV file"),
    ],
)
def test_mistakes_in_a_table_are_told_by_line_and_column(tmp_path, text, deadline, problem):
    with pytest.raises(ValueError, match="expected") as error:
        read_hours(table(tmp_path, text), deadline)
    assert problem in str(error.value) and "\n" not in str(error.value)


def test_a_table_as_spreadsheets_write_it(tmp_path):
    path = tmp_path / "late.csv"
    path.write_bytes(b"\xef\xbb\xbfStudent;Hours\r\n\xc3\x85sa;2.5\r\n;\r\n")
    assert read_hours(path) == {"Åsa": 2.5}
    path.write_bytes("student,hours\nAna,1\nÅsa,1\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"late\.csv, line 3: expected UTF-8"):
        read_hours(path)
    with pytest.raises(ValueError, match=r"none\.csv: expected a CSV file, got: No such file"):
        read_hours(tmp_path / "none.csv")


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
