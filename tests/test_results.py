"""results/<student>.json: its schema, and what comes back from the file."""

import dataclasses
import json
from pathlib import Path

import jsonschema
import pytest
from graded import HOSTILE, class_of_40, judged, submission, written

from ddpm_edu.checks.run import find
from ddpm_edu.grading import result
from ddpm_edu.grading.publish import publish
from ddpm_edu.grading.result import CellResult, as_json, read_results
from ddpm_edu.grading.wording import clean


SCHEMA = json.loads((Path(result.__file__).parent / "result.schema.json").read_text("utf-8"))
CONTRACT = {
    "student": None,
    "notebooks": ["path", "sha256"],
    "isolation": None,
    "course_version": None,
    "score": None,
    "max_score": None,
    "exercises": [
        *("id", "lesson", "status", "score", "points", "max_points", "misconception"),
        *("feedback", "seconds"),
    ],
}
validator = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_requires_what_is_promised():
    assert SCHEMA["required"] == list(CONTRACT)
    for name, fields in CONTRACT.items():
        if fields:
            assert SCHEMA["$defs"][name.rstrip("s")]["required"] == fields


@pytest.mark.parametrize("kind", [result.Result, *result.PARTS.values()])
def test_the_schema_has_the_fields_of_a_result(kind):
    names = {part: name.rstrip("s") for name, part in result.PARTS.items()}
    part = SCHEMA["$defs"][names[kind]] if kind in names else SCHEMA
    assert list(part["properties"]) == [field.name for field in dataclasses.fields(kind)]


def test_results_of_a_class_are_valid_and_come_back_as_they_were(tmp_path):
    results = class_of_40()
    written(tmp_path, results)
    files = sorted((tmp_path / "results").glob("*.json"))
    assert len(files) == 40
    for path in files:
        validator.validate(json.loads(path.read_text(encoding="utf-8")))
    by_name = {one.student: one for one in results if one.student != HOSTILE}
    for one in read_results(tmp_path):
        assert one == by_name.get(one.student, one)


BREAKS = {
    "no student": lambda data: data.pop("student"),
    "no feedback": lambda data: data["exercises"][0].pop("feedback"),
    "a status of its own": lambda data: data["exercises"][0].update(status="ok"),
    "a share of 2": lambda data: data["exercises"][0].update(score=2),
    "no hash": lambda data: data["notebooks"][0].update(sha256="abc"),
    "no isolation": lambda data: data.update(isolation="none"),
    "points below 0": lambda data: data["exercises"][0].update(points=-1),
    "a case without its outcome": lambda data: data["exercises"][0].update(cases=[["one"]]),
    "a field that nobody knows": lambda data: data.update(grade="A"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_no_result_is_not_valid(name):
    data = json.loads(json.dumps(as_json(submission("Ana", ids=["snr"]))))
    validator.validate(data)
    BREAKS[name](data)
    assert list(validator.iter_errors(data))


def test_letters_that_cannot_be_written_are_replaced(tmp_path):
    cell = CellResult("a.ipynb", 1, "half \ud83d", "wrong", "\x00\x1b[1mbold\ufffe\x1b[0m!", 0.0)
    written(tmp_path, [submission("Ana", ids=["snr"], cells=(cell,))])
    [back] = read_results(tmp_path)
    assert (back.cells[0].label, back.cells[0].text) == ("half �", "�bold�!")


@pytest.mark.parametrize(
    "text, problem",
    [
        ('{"student": "Ana"', "delimiter"),
        ('{"student": "Ana", "max_score": NaN}', "NaN, which is no number"),
        ('{"student": "Ana", "colour": 1}', "isolation"),
        ("[]", "got a list;"),
    ],
)
def test_a_file_that_is_no_result_is_named(tmp_path, text, problem):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/Ana.json").write_text(text)
    with pytest.raises(ValueError, match=r"Ana\.json: expected the result of a student, got") as it:
        list(read_results(tmp_path))
    assert problem in str(it.value)


def test_a_result_stands_in_the_file_of_its_student(tmp_path):
    written(tmp_path, [submission("Ana", ids=["snr"])])
    (tmp_path / "results/Ana.json").rename(tmp_path / "results/Bea.json")
    with pytest.raises(ValueError, match=r"Bea\.json: expected the result of Bea, got 'Ana'"):
        list(read_results(tmp_path))


def test_cases_say_only_whether_they_hold():
    wrong = judged("sample_q", "noise_without_root")
    assert [holds for _, holds in wrong.cases] == [False] * 5
    assert "-1.7" not in str(wrong.cases)


@pytest.mark.parametrize("student", ["Bj\udcf6rn", "a\x01b", "A\u030asa", "\u202enbj", "line\nend"])
def test_odd_names_of_folders_come_back(tmp_path, student):
    written(tmp_path, [submission(student, ids=["snr"])])
    [back] = read_results(tmp_path)
    assert back.student == clean(student)
    publish(tmp_path, [find("snr")])
    assert len(list((tmp_path / "feedback").glob("*.html"))) == 1
