"""Classroom 50: autograder.py started as its runner does, and the rules of its result.json."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_course import git

from ddpm_edu.checks.run import exercises
from ddpm_edu.course.course_file import CourseFile
from ddpm_edu.files import write_new
from ddpm_edu.grading.handouts import classroom50
from ddpm_edu.grading.handouts.handout import gather


pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
RUNNER = {
    "CLASSROOM": "diffusion-2026",
    "ASSIGNMENT": "forward-process",
    "ASSIGNMENT_TYPE": "individual",
    "USERNAME": "ada",
    "OWNER": "ada",
    "SUBMISSION_TAG": "submit/2026-09-30T12-00-00Z-abc1234",
    "COMMIT_URL": "https://example.org/commit/abc1234",
    "RELEASE_URL": "https://example.org/releases/1",
    "REVIEW_URL": "https://example.org/pull/1",
}
TEXTS = {"classroom", "assignment", "owner", "commit", "release", "review"}
REQUIRED = TEXTS | {
    *("schema", "assignment_type", "submission", "datetime", "score", "max-score", "tests")
}
OPTIONAL = {"graded_at", "submitted_by"}


def is_whole(value):
    return type(value) is int and value >= 0


def broken_rules(result) -> list[str]:
    """Return the rules of classroom50/result/v1 that a result breaks."""
    rules = {
        "names": REQUIRED <= set(result) <= REQUIRED | OPTIONAL,
        "schema": result.get("schema") == "classroom50/result/v1",
        "texts": all(isinstance(result.get(n), str) and result[n] for n in TEXTS),
        "type": result.get("assignment_type") in ("individual", "group"),
        "submission": str(result.get("submission")).startswith("submit/"),
        "datetime": re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(result.get("datetime"))),
        "scores": is_whole(result.get("score")) and is_whole(result.get("max-score")),
        "tests": all(map(is_test, result.get("tests", [None]))),
    }
    broken = [name for name, holds in rules.items() if not holds]
    return broken or ([] if result["score"] <= result["max-score"] else ["order"])


def is_test(test):
    scores = test["score"], test["max-score"]
    fine = test["test-name"] and type(test["passed"]) is bool
    return fine and all(map(is_whole, scores)) and scores[0] <= scores[1]


def hand_out(folder):
    write_new(classroom50.files(gather(CourseFile(lessons=(1,)))), folder)
    return folder / "bundle"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classroom50")
    hand_out(folder)
    shutil.copy(ROOT / "tests/stand_in.py", folder / "bundle/ddpm_edu/__main__.py")
    return folder / "bundle"


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    git(tmp_path, "init", "--quiet", folder)
    (folder / "answers.ipynb").write_text("{}")
    (folder / "torch.py").write_text("raise SystemExit('a torch of my own')")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "hand in", "--date", "2026-09-30T12:00:00+0200")
    return folder


def run(bundle, repository, **environment):
    output = repository.parent / "output"
    environment = os.environ | RUNNER | {"GITHUB_OUTPUT": str(output)} | environment
    done = subprocess.run(
        [sys.executable, bundle / "autograder.py"],
        cwd=repository,
        env={name: value for name, value in environment.items() if value},
        capture_output=True,
        text=True,
        timeout=200,
    )
    return done, output.read_text() if output.exists() else ""


def test_a_result_follows_the_rules_in_whole_numbers(bundle, repository):
    done, output = run(bundle, repository, CLASSROOM50_BUNDLE_DIR=str(bundle))
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((repository / "result.json").read_text())
    assert broken_rules(result) == []
    assert {name: result[name.lower()] for name in ("CLASSROOM", "ASSIGNMENT", "OWNER")} == {
        name: RUNNER[name] for name in ("CLASSROOM", "ASSIGNMENT", "OWNER")
    }
    scores = [(t["test-name"], t["passed"], t["score"], t["max-score"]) for t in result["tests"]]
    assert scores == [("step_q", True, 2, 2), ("sample_q", False, 2, 3)]
    assert (result["score"], result["max-score"]) == (4, 5)
    assert output == "status=failure\nsummary=1 of 2 exercises passed, 4 of 5 points\n"


def test_grade_is_called_on_a_copy_of_the_repository_beside_the_course_file(bundle, repository):
    run(bundle, repository)
    result = json.loads((repository / "result.json").read_text())
    told = json.loads(result["tests"][0]["message"].removeprefix("```\n"))
    assert not told["folder"].startswith(str(repository))
    assert "lessons = [1]" in told["course"]
    assert told["files"] == ["answers.ipynb", "torch.py"]


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("ddpm_edu.cli.grade") is None, reason="there is no `ddpm-edu grade`"
)
def test_a_solution_gets_all_points(repository):
    (repository / "answers.ipynb").unlink()
    shutil.copy(ROOT / "solutions/01_forward_process.ipynb", repository)
    done, output = run(hand_out(repository.parent / "classroom50"), repository)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((repository / "result.json").read_text())
    most = sum(exercise.points for exercise in exercises() if exercise.lesson == 1)
    assert (result["score"], result["max-score"]) == (most, most)
    assert broken_rules(result) == []
    assert output.startswith("status=success\n")


def test_feedback_is_a_page_that_no_answer_can_leave(bundle, repository):
    run(bundle, repository)
    body = (repository / "release-body.md").read_text()
    assert "**4 of 5 points**" in body
    assert "### step_q: passed, 2 of 2\n\n````\n```" in body


def test_the_date_is_that_of_the_commit_and_review_may_be_missing(bundle, repository, monkeypatch):
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-09-30T14:00:00+0200")
    git(repository, "commit", "--quiet", "--amend", "--no-edit")
    run(bundle, repository, REVIEW_URL="")
    result = json.loads((repository / "result.json").read_text())
    assert result["datetime"] == "2026-09-30T12:00:00Z"
    assert result["review"] == RUNNER["COMMIT_URL"]
    assert broken_rules(result) == []


def test_names_that_a_student_took_are_replaced_and_links_not_followed(bundle, repository):
    other = repository.parent / "other"
    other.write_text("mine")
    (repository / "result.json").symlink_to(other)
    (repository / "release-body.md").mkdir()
    done, _ = run(bundle, repository)
    assert done.returncode == 0, done.stderr
    assert other.read_text() == "mine"
    assert broken_rules(json.loads((repository / "result.json").read_text())) == []


def test_where_nothing_was_judged_the_run_fails(bundle, repository):
    (repository / "crash").touch()
    done, output = run(bundle, repository)
    assert done.returncode == 1
    assert "wrote no result" in done.stderr
    assert not (repository / "result.json").exists()
    assert output == ""


def test_a_runner_that_tells_nothing_is_named(bundle, repository):
    done, _ = run(bundle, repository, OWNER="", COMMIT_URL="")
    assert done.returncode == 1
    assert "expected the runner of Classroom 50 to set OWNER, COMMIT_URL" in done.stderr
