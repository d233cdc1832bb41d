"""Grades for Canvas and Moodle, in the columns of their importers, for the students of a roster."""

import csv

import pytest
from graded import submission, written

from ddpm_edu.checks.run import find
from ddpm_edu.grading.publish import publish
from ddpm_edu.grading.roster import read_roster


IDS = ["sample_q", "snr"]  # 3 points and 1
ROSTER = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Final Score\n"
    "    Points Possible,,,,,(read only)\n"
    '"Müller, Jörg",11,s1,jm11,A,1\n'
    '"Curie, Marie",12,s2,mc12,A,2\n'
    '"Curie, Marie",13,s3,mc13,B,3\n'
    '"Ångström, Åsa",14,s4,aa14,A,4\n'
    '"=Evil, Ada",15,s5,ea15,A,5\n'
    '"Late, Lee",16,s6,ll16,A,5\n'
)


def roster(folder, text=ROSTER):
    path = folder / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return read_roster(path)


def publish_for(folder, platform, names, text=ROSTER):
    told = []
    results = [submission(name, {}, IDS) for name in names]
    about = {"formats": (platform,), "roster": roster(folder, text), "say": told.append}
    publish(written(folder, results), [find(name) for name in IDS], **about)
    with (folder / f"{platform}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file)), told


def test_canvas_has_its_columns_and_finds_its_students(tmp_path):
    names = ["Jörg Müller", "mc12", "Asa_Angstrom", "ea15"]
    rows, told = publish_for(tmp_path, "canvas", names)
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "ddpm-edu"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "4"]
    assert sorted(rows[2:]) == [
        ["'=Evil, Ada", "15", "s5", "ea15", "A", "4"],
        ["Curie, Marie", "12", "s2", "mc12", "A", "4"],
        ["Müller, Jörg", "11", "s1", "jm11", "A", "4"],
        ["Ångström, Åsa", "14", "s4", "aa14", "A", "4"],
    ]
    assert told == [
        "roster.csv, line 5: Curie, Marie has no submission",
        "roster.csv, line 8: Late, Lee has no submission",
    ]
    assert told[1] in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_what_a_roster_leaves_open_is_told_and_not_guessed(tmp_path):
    names = ["11", "Jörg Müller", "Marie Curie", "Muller Jorgen", "aa14"]
    rows, told = publish_for(tmp_path, "canvas", names)
    assert [row[1] for row in rows[2:]] == ["14"]
    assert set(told[:3]) == {
        "roster.csv, line 3: more than one submission fits: 11, Jörg Müller",
        "roster.csv: Marie Curie fits lines 4, 5; a column folder can tell whose it is",
        "roster.csv: nobody fits the submission Muller Jorgen (did you mean 'Müller, Jörg'?)",
    }


def test_names_with_accents_are_two_people_where_they_differ(tmp_path):
    text = "name,id\nÅsa Berg,1\nAsa Berg,2\n"
    rows, told = publish_for(tmp_path, "canvas", ["A\u030asa Berg", "Asa Berg"], text)
    assert [row[:2] for row in rows[2:]] == [["Asa Berg", "2"], ["Åsa Berg", "1"]]
    assert told == []


FROM_MOODLE = "Jörg Müller_31_assignsubmission_file_"
MOODLE = (
    "First name;Last name;Email address;ID number\n"
    "Jörg;Müller;joerg@example.org;1\nÅsa;Ångström;aasa@example.org;2\n"
)


def test_moodle_has_the_columns_by_which_it_finds_students(tmp_path):
    rows, told = publish_for(tmp_path, "moodle", [FROM_MOODLE, "aasa@example.org"], MOODLE)
    head = ["first name", "last name", "email address", "id number", "ddpm-edu", "feedback"]
    assert rows[0] == head
    points = ["4", "sample_q 3/3, snr 1/1"]
    assert sorted(rows[1:]) == [
        ["Jörg", "Müller", "joerg@example.org", "1", *points],
        ["Åsa", "Ångström", "aasa@example.org", "2", *points],
    ]
    assert told == []


@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "line 1: expected"),
        ("name,id\n", "line 2: expected a student, got none"),
        ("colour\nred\n", "line 1: expected one of the columns"),
    ],
)
def test_a_roster_that_is_none(tmp_path, text, problem):
    with pytest.raises(ValueError, match=r"roster\.csv, ") as error:
        roster(tmp_path, text)
    assert problem in str(error.value)


def test_a_roster_of_another_class_writes_nothing(tmp_path):
    with pytest.raises(ValueError, match=r"expected the students of Ana, got only others: Bea"):
        publish_for(tmp_path, "canvas", ["Ana"], "name,id\nBea,1\n")
    assert {path.name for path in tmp_path.iterdir()} <= {"roster.csv", "results", "feedback"}


def test_moodle_needs_a_column_by_which_it_finds_students(tmp_path):
    with pytest.raises(ValueError, match=r"line 1: expected one of the columns username, idnumber"):
        publish_for(tmp_path, "moodle", ["Ana"], "full name\nAna\n")
