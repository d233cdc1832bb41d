"""What lateness costs, and the tables that hours and times are read from."""

import pytest
from graded import table

from ddpm_edu.grading.late import read_hours, read_policy


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
