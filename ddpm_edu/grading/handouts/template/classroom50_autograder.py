#!/usr/bin/env python3
"""Judge the notebooks of this repository and write result.json, as Classroom 50 reads it.

It runs in the student's repository, with the rest of the course beside it. Nothing of the student's
is run here: `ddpm-edu grade` does that in a sandbox. Exit code 0: it was judged, right or wrong.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import venv
from datetime import UTC, datetime


BUNDLE = pathlib.Path(os.environ.get("CLASSROOM50_BUNDLE_DIR") or pathlib.Path(__file__).parent)
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
STUDENT = "submission"


def main():
    """Judge the repository in the current folder."""
    repository = pathlib.Path.cwd()
    with tempfile.TemporaryDirectory(prefix="ddpm-edu-") as folder:
        graded, remarks = grade(repository, pathlib.Path(folder))
    result = identified(graded, os.environ, committed(repository))
    replace(repository / "result.json", json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    replace(repository / "release-body.md", feedback(result, remarks))
    report(result)


def grade(repository, folder) -> tuple[dict, list[str]]:
    """Run `ddpm-edu grade` on the notebooks of a repository; return its result and remarks."""
    submission = folder / "submissions" / STUDENT
    hidden = shutil.ignore_patterns(".git")
    shutil.copytree(repository, submission, symlinks=True, ignore=hidden)
    # Lessons and points are those of the course.toml that was handed out, not of a student's.
    shutil.copy(BUNDLE / "exercises/course.toml", submission.parent)
    command = [python_with_course(folder), "-m", "ddpm_edu", "grade", submission.parent]
    environment = os.environ | {"PYTHONPATH": str(BUNDLE), "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [*map(str, command), "--out", str(folder / "graded"), "--format", "classroom50"],
        cwd=folder, env=environment, check=False,
    )  # fmt: skip
    scores = folder / "graded" / "classroom50" / STUDENT / "result.json"
    details = folder / "graded" / "results" / f"{STUDENT}.json"
    if not (scores.is_file() and details.is_file()):
        sys.exit("ddpm-edu grade wrote no result; what it said is above")
    remarks = json.loads(details.read_text(encoding="utf-8"))["remarks"]
    return json.loads(scores.read_text(encoding="utf-8")), remarks


def python_with_course(folder) -> pathlib.Path:
    """Return a Python that has what the course needs, installed first where it is missing."""
    code = "import torch, IPython, nbval, ddpm_edu.cli"
    environment = os.environ | {"PYTHONPATH": str(BUNDLE)}
    # Not in the repository, where Python would find a torch.py that a student put there.
    tried = subprocess.run(
        [sys.executable, "-c", code],
        cwd=BUNDLE, env=environment, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    if tried.returncode == 0:
        return pathlib.Path(sys.executable)
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    torch = ["--index-url", CPU_BUILDS, "-r", BUNDLE / "requirements-torch.txt"]
    for requirements in (torch, ["-r", BUNDLE / "requirements.txt"]):
        subprocess.run([*install, *requirements], check=True)
    return python


def identified(graded, environment, date) -> dict:
    """Return the content of result.json: the scores, and whose they are.

    Args:
        graded: the scores.
        environment: what the runner tells of the submission.
        date: when the graded commit was made, as in 2026-09-30T12:00:00Z.
    """
    names = ("CLASSROOM", "ASSIGNMENT", "OWNER", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")
    if missing := [name for name in names if not environment.get(name)]:
        sys.exit(f"expected the runner of Classroom 50 to set {', '.join(missing)}")
    return {
        **graded,
        "classroom": environment["CLASSROOM"],
        "assignment": environment["ASSIGNMENT"],
        "assignment_type": environment.get("ASSIGNMENT_TYPE") or "individual",
        "owner": environment["OWNER"],
        "submission": environment["SUBMISSION_TAG"],
        "commit": environment["COMMIT_URL"],
        "release": environment["RELEASE_URL"],
        "review": environment.get("REVIEW_URL") or environment["COMMIT_URL"],
        "datetime": date,
    }


def committed(repository) -> str:
    """Return when the commit that is judged was made, in UTC."""
    command = ["git", "-C", str(repository), "log", "-1", "--format=%ct"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return datetime.fromtimestamp(int(done.stdout), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def feedback(result, remarks) -> str:
    """Return the text of the release: a line for each exercise, and what was found."""
    lines = [f"**{result['score']} of {result['max-score']} points**", ""]
    lines += [f"* {remark}" for remark in remarks]
    for test in result["tests"]:
        mark = "passed" if test["passed"] else "not passed"
        lines += [f"### {test['test-name']}: {mark}, {test['score']} of {test['max-score']}", ""]
        fence = "`" * (1 + max(3, longest_run(test["message"], "`")))  # the text cannot end it
        lines += [fence, test["message"], fence, ""]
    return "\n".join(lines)


def longest_run(text, letter) -> int:
    """Return how often a letter stands in a row."""
    length = 0
    while letter * (length + 1) in text:
        length += 1
    return length


def report(result):
    """Tell the runner in one line each how it ended."""
    passed = sum(test["passed"] for test in result["tests"])
    number = len(result["tests"])
    status = "success" if passed == number else "failure"
    points = f"{result['score']} of {result['max-score']} points"
    lines = f"status={status}\nsummary={passed} of {number} exercises passed, {points}\n"
    if path := os.environ.get("GITHUB_OUTPUT"):
        with open(path, "a", encoding="utf-8") as file:
            file.write(lines)


def replace(path, text):
    """Write a file whole; what lies under its name, be it a link, is replaced and not followed."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.write(text)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    os.replace(file.name, path)


if __name__ == "__main__":
    main()
