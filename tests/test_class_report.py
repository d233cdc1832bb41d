"""What a class report finds in a class whose mistakes are known."""

import collections

import pytest
from graded import EXERCISES, class_of_40, submission

from ddpm_edu.checks.run import find
from ddpm_edu.grading.class_page import class_page
from ddpm_edu.grading.class_report import ClassReport, message_of, mistakes_in
from ddpm_edu.grading.grade import grade_of
from ddpm_edu.grading.marks import Marks


@pytest.fixture(scope="module")
def report():
    report = ClassReport(EXERCISES)
    for result in class_of_40():
        report.add(grade_of(result, Marks(), EXERCISES))
    return report


def test_the_histogram_counts_every_submission(report):
    totals = []
    for result in class_of_40():
        totals.append(result.score / 28)
    expected = collections.Counter(min(9, int(10 * total + 1e-9)) for total in totals)
    assert report.histogram() == [expected[tenth] for tenth in range(10)]
    assert sum(report.histogram()) == 40
    assert report.mean() == pytest.approx(sum(totals) / 40)


def test_a_share_on_a_border_belongs_to_the_tenth_that_it_begins():
    report = ClassReport(EXERCISES)
    report.shares = [0.3 / 3, 0.6 / 3, 1.2 / 3, 0.0, 1.0]  # rounding puts three of them below
    assert report.histogram() == [1, 1, 1, 0, 1, 0, 0, 0, 0, 1]


def test_mistakes_are_counted_and_told_in_the_words_of_the_catalogue(report):
    found = [(it.exercise.id, it.message, len(it.students)) for it in report.to_teach()]
    wrong = {m.id: m.message for m in find("sample_q").misconceptions}
    first = find("posterior_variance").misconceptions[0].message
    assert found[0] == ("sample_q", wrong["noise_without_root"], 12)
    assert found[1][0] == "posterior_variance" and found[1][1].startswith(first)
    assert found[1][2] == 4
    assert len(found) == 2


def test_statuses_of_each_exercise(report):
    assert report.statuses["linear_schedule"] == {"passed": 39}
    assert report.statuses["sample_q"] == {"passed": 26, "wrong": 12, "crashed": 1}
    assert report.statuses["sample_p"] == {"passed": 21, "crashed": 9, "not_attempted": 9}
    assert report.unnamed["sample_q"] == 1 and report.unnamed["sample_p"] == 9


def test_which_exercises_fail_together(report):
    first, *others = report.together()
    assert (first.first, first.second) == ("sample_p_unclipped", "sample_p")
    assert (first.both, first.of_first, first.others, first.correlation) == (9, 9, 0, 1)
    pairs = {(pair.first, pair.second): pair for pair in others}
    pair = pairs["sample_q", "sample_p"]
    # Of the 40: who wrote both, failed sample_q, and both; one hostile submission among them.
    assert (pair.tried, pair.of_first, pair.both, pair.others) == (30, 10, 8, 1)
    assert all(pair.correlation > 0.3 for pair in others)


def test_two_exercises_that_have_nothing_in_common_are_no_pair():
    report = ClassReport(EXERCISES)
    for n in range(40):
        choices = {"sample_q": "crash"} if n % 2 else {}
        choices |= {"sample_p": "crash"} if n % 4 < 2 else {}
        report.add(grade_of(submission(f"{n}", choices), Marks(), EXERCISES))
    assert report.together() == []


def test_what_could_not_be_read_is_named(report):
    assert [student for student, _ in report.unread] == ["Unreadable"]
    text = class_page(report, Marks(), ["late.csv: Bea has no result"])
    assert "marks of a merge conflict (&lt;&lt;" in text and "late.csv: Bea has no result" in text


def test_two_mistakes_at_once_count_each_and_a_choice_counts_as_one():
    assert mistakes_in(None) == []
    assert mistakes_in("a+b") == ["a", "b"]
    assert mistakes_in("a+b|c") == ["a+b|c"]
    a, b, *_ = find("sample_q").misconceptions
    assert message_of(find("sample_q"), a.id) == a.message
    both = f"{a.message} Or, with the same values: {b.message}"
    assert message_of(find("sample_q"), f"{a.id}|{b.id}") == both
    assert "own function" in message_of(find("sample_q"), "calls_reference")
    assert message_of(find("sample_q"), "of_another_version") == "of_another_version"


def test_answers_of_the_class_are_the_usual_ones(report):
    assert report.answers.alike() == []
    assert report.answers.count["sample_p"] == 21
