"""Files for Gradescope and Classroom 50, read by the rules that these publish."""

import json

import pytest
from graded import EXERCISES, class_of_40, submission, written

from ddpm_edu.grading.exports.classroom50 import classroom50_result
from ddpm_edu.grading.exports.gradescope import gradescope_results, write_json
from ddpm_edu.grading.job import Job
from ddpm_edu.grading.late import LatePolicy
from ddpm_edu.grading.marks import ManualMark, Marks, Override
from ddpm_edu.grading.publish import publish


IDS = ["sample_q", "snr"]
MARKS = Marks(
    LatePolicy(0.25, "day"), {"Ana": 1.0}, {"Ana": {"snr": Override(0.5, "half right")}},
    {"Ana": {"plot": ManualMark(2.0, "fine")}}, {"plot": 2.0},
)  # fmt: skip


def is_number(value):
    return type(value) in (int, float)


def read_gradescope(text):
    """Read results.json as its documentation describes it; raise where it says otherwise."""
    formats = {"text", "html", "simple_format", "md", "ansi"}
    visibilities = {"hidden", "after_due_date", "after_published", "visible"}
    shared = {
        "score": is_number,
        "output": lambda value: isinstance(value, str),
        "output_format": formats.__contains__,
        "visibility": visibilities.__contains__,
        "extra_data": lambda value: isinstance(value, dict),
    }
    top = {
        **shared,
        "execution_time": is_number,
        "test_output_format": formats.__contains__,
        "test_name_format": formats.__contains__,
        "stdout_visibility": visibilities.__contains__,
        "tests": lambda value: isinstance(value, list),
        "leaderboard": lambda value: isinstance(value, list),
    }
    of_test = {
        **shared,
        "max_score": is_number,
        "status": {"passed", "failed"}.__contains__,
        "name": lambda value: isinstance(value, str),
        "name_format": formats.__contains__,
        "number": lambda value: isinstance(value, str),
        "tags": lambda value: isinstance(value, list),
    }

    def no_number(constant):
        raise ValueError(f"{constant} is no JSON")

    content = json.loads(text, parse_constant=no_number)
    for fields, values in [(top, content), *((of_test, test) for test in content["tests"])]:
        for name, value in values.items():
            if not fields[name](value):
                raise ValueError(f"{name}: {value!r}")
    if "score" not in content and not all("score" in test for test in content["tests"]):
        raise ValueError("no score")
    return content


def test_gradescope_reads_the_results_of_a_class(tmp_path):
    publish(written(tmp_path, class_of_40()), EXERCISES, formats=("gradescope", "classroom50"))
    files = sorted((tmp_path / "gradescope").glob("*/results.json"))
    assert len(files) == 40
    for path in files:
        content = read_gradescope(path.read_text(encoding="utf-8"))
        assert content["score"] == sum(test["score"] for test in content["tests"])
        assert {test["visibility"] for test in content["tests"]} == {"visible"}  # or no total
        assert len(content["tests"]) == len(EXERCISES)
    for path in (tmp_path / "classroom50").glob("*/result.json"):
        check_whole(json.loads(path.read_text(encoding="utf-8")))


def test_gradescope_shows_the_points_that_count():
    content = gradescope_results(submission("Ana", {"sample_q": "crash"}, IDS), MARKS)
    content = read_gradescope(json.dumps(content))
    tests = {test["name"]: test for test in content["tests"]}
    assert [*tests] == ["sample_q (lesson 1)", "snr (lesson 1)", "plot (by hand)"]
    assert [test["score"] for test in tests.values()] == [0, 0.5, 2]
    assert [test["max_score"] for test in tests.values()] == [3, 1, 2]
    assert [test["status"] for test in tests.values()] == ["failed", "failed", "passed"]
    assert "RuntimeError: <b>no</b>" in tests["sample_q (lesson 1)"]["output"]
    assert tests["snr (lesson 1)"]["output"].startswith("Set by your teacher to 0.5 points: half")
    assert content["score"] == pytest.approx(2.5 * 0.75, abs=0.01)
    assert "Late work loses 25% of its points for each day begun." in content["output"]


def test_gradescope_without_marks_has_the_result_of_the_judge():
    content = read_gradescope(json.dumps(gradescope_results(submission("Ana", {}, IDS))))
    assert (content["score"], content["output"]) == (4, "4 of 4 points")


@pytest.mark.parametrize("break_it", [
    lambda content: content.update(score=float("nan")),
    lambda content: content["tests"][0].update(status="pass"),
    lambda content: content["tests"][0].update(visibility="shown"),
    lambda content: content.update(execution_time="0.00"),
])  # fmt: skip
def test_a_reader_that_objects(break_it):
    content = gradescope_results(submission("Ana", {}, IDS))
    break_it(content)
    with pytest.raises(ValueError):
        read_gradescope(json.dumps(content))


def check_whole(content):
    """See what Classroom 50's schema and its runner ask of scores."""
    assert set(content) == {"schema", "score", "max-score", "tests"}  # it takes no other key
    assert content["schema"] == "classroom50/result/v1"
    tests = content["tests"]
    for part in (content, *tests):
        assert type(part["score"]) is int and type(part["max-score"]) is int
        assert 0 <= part["score"] <= part["max-score"]
    assert all(type(test["passed"]) is bool and test["test-name"] for test in tests)
    assert content["max-score"] == sum(test["max-score"] for test in tests)


def test_classroom_50_has_whole_numbers():
    content = classroom50_result(submission("Ana", {"sample_q": "crash"}, IDS), MARKS)
    check_whole(content)
    assert [test["score"] for test in content["tests"]] == [0, 1, 2]
    assert content["score"] == 2  # a quarter of 3 is 0.75, in whole numbers 1


def test_no_file_with_a_number_that_is_none_is_left(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(Job(tmp_path, EXERCISES), "results.json", {"score": float("nan")})
    assert not list(tmp_path.iterdir())
