"""junit.xml holds to xunit2 (junit-10.xsd), and says what was found."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
from graded import EXERCISES, HOSTILE, class_of_40, submission, written

from ddpm_edu.grading.publish import publish
from ddpm_edu.grading.result import CellResult


# The parts of junit-10.xsd: element -> (attributes that it must have, those that it may have,
# elements that may stand in it).
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?")
XUNIT2 = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {
            *("group", "time", "skipped", "timestamp", "hostname", "id", "package", "file"),
            *("log", "url", "version"),
        },
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"classname", "time", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def problems(element):
    """Return what in an element and below is not as the schema has it."""
    must, may, inside = XUNIT2[element.tag]
    names = {*element.keys()}
    found = [f"{element.tag} without {name}" for name in must - names]
    found += [f"{element.tag} with {name}" for name in names - must - may]
    if "time" in names and not TIME.fullmatch(element.get("time")):
        found.append(f"time {element.get('time')}")
    for part in element:
        found += problems(part) if part.tag in inside else [f"{part.tag} in {element.tag}"]
    return found


@pytest.fixture(scope="module")
def suites(tmp_path_factory):
    folder = written(tmp_path_factory.mktemp("junit"), class_of_40())
    publish(folder, EXERCISES)
    root = ElementTree.parse(folder / "junit.xml").getroot()
    assert problems(root) == []
    return {suite.get("name"): suite for suite in root}


def test_a_suite_has_a_test_for_each_cell_and_each_exercise(suites):
    assert len(suites) == 40
    names = [test.get("name") for test in suites["Ana 00"].iter("testcase")]
    assert names == ["cell 1: import torch", *(f"exercise {e.id}" for e in EXERCISES)]


def test_a_suite_counts_what_is_in_it(suites):
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped", "tests": "testcase"}
    for suite in suites.values():
        for count, kind in kinds.items():
            assert int(suite.get(count)) == len(list(suite.iter(kind)))
    numbers = {name: suites["Dževad 03"].get(name) for name in kinds}
    assert numbers == {"failures": "1", "errors": "0", "skipped": "4", "tests": "11"}


def test_a_test_that_failed_says_why(suites):
    [failure] = suites["Ana 00"].iter("failure")
    assert failure.get("type") == "wrong" and "Diagnosis: " in failure.text
    properties = {p.get("name"): p.get("value") for p in suites["Ana 00"].iter("property")}
    assert properties == {
        "isolation": "bwrap", "course_version": "0.2.0", "score": "17", "max_score": "28",
    }  # fmt: skip


def test_letters_that_xml_forbids_are_replaced(suites):
    one, two = list(suites[HOSTILE].iter("testcase"))[:2]
    assert one.get("name") == "cell 3: <b>1/0</b>" and one[0].text == "ZeroDivisionError: <i>x"
    assert two.get("name") == "cell 4: �" and two[0].text == "]]>��&amp;"


def test_lines_in_names_stay_lines(tmp_path):
    cell = CellResult("a\nb.ipynb", 1, 'two\nlines\t"', "passed", "", 123456.7891)
    publish(written(tmp_path, [submission("Ana", {}, ["snr"], cells=(cell,))]), EXERCISES[:1])
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert problems(root) == []
    test = next(root.iter("testcase"))
    assert test.get("name") == 'cell 1: two\nlines\t"' and test.get("classname") == "a\nb.ipynb"
    assert test.get("time") == "123456.789"


def test_a_schema_that_objects():
    for text in (
        "<testsuites><testcase name='a'/></testsuites>",
        "<testsuites><testsuite name='a' tests='1' failures='0'/></testsuites>",
        "<testsuites time='0.1234'/>",
        "<testsuites colour='red'/>",
    ):
        assert problems(ElementTree.fromstring(text))
