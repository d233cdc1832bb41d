"""A course of a few small notebooks in git, a learner's clone of it, and what learners do there."""

import json
import os
import subprocess
from pathlib import Path

from ddpm_edu.course.copies import recorded


STUB = "def snr(t):\n    raise NotImplementedError"
ANSWER = "def snr(t):\n    return 42"
IGNORED = "workbook/\n/lessons/\n/backups/\nprogress.json\nanswers/\n"
NO_SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
PERSON = ["-c", "user.name=a teacher", "-c", "user.email=teacher@example.org"]


def book(stem, *sources):
    """Return a notebook as the course ships it: a title, then code."""
    kinds = ["markdown", *["code"] * (len(sources) - 1)]
    cells = [
        {"id": f"{stem}-{number:02}", "cell_type": kind, "metadata": {}, "source": source}
        for number, (kind, source) in enumerate(zip(kinds, sources, strict=True))
    ]
    for cell in cells[1:]:
        cell |= {"outputs": [], "execution_count": None}
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return recorded(content, content)


def plain(content):
    """Return a notebook as one of the first versions, which said nothing of its cells."""
    return {**content, "metadata": {}}


def write_book(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def sources(path):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]


def edit(path, old, new):
    """Replace the text of the cells that have it, as a person would; outputs come with it."""
    content = json.loads(path.read_text())
    for cell in content["cells"]:
        if "".join(cell["source"]) == old:
            cell |= {"source": new, "outputs": [{"output_type": "stream", "text": "ran"}]}
    write_book(path, content)


def change(path, *texts):
    """Write other texts into a notebook of the course, as its authors would."""
    write_book(path, book(path.stem, *texts))


def git(folder, *arguments):
    command = ["git", "-C", folder, *PERSON, *arguments]
    options = {"capture_output": True, "text": True, "env": os.environ | NO_SETTINGS}
    done = subprocess.run(command, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def publish(folder, message="a new version"):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", message)


def write_course(folder):
    for part in ("notebooks", "exercises", "solutions"):
        for stem in ("01_forward", "02_posterior"):
            code = {"notebooks": "lesson()", "exercises": STUB, "solutions": "def snr(t): ..."}
            content = book(stem, f"# {part} {stem}", "import ddpm_edu", code[part], "check(snr)")
            write_book(folder / part / f"{stem}.ipynb", content)
    (folder / "README.md").write_text("read me\n")
    (folder / "pyproject.toml").touch()
    (folder / ".gitignore").write_text(IGNORED)


def course_and_clone(folder) -> tuple[Path, Path]:
    """Make the course's repository and a learner's clone, in a folder with spaces in its name."""
    course, clone = folder / "the course", folder / "my [first] course"
    write_course(course)
    git(folder, "init", "--quiet", "--initial-branch=main", course)
    publish(course, "the first version")
    git(folder, "clone", "--quiet", course, clone)
    return course, clone


def everything(folder):
    """Return what is in all files below a folder, git's own left out."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return [path.read_bytes() for path in paths if ".git" not in path.parts]


def update(clone):
    """Update a clone in this process; return what was told."""
    from ddpm_edu.course.update import update_checkout, update_workbook

    told = []
    update_checkout(clone, lambda backup: update_workbook(clone, backup, told.append), told.append)
    return "\n".join(told)


def publish_new_text(course):
    """Publish a version with another title in each notebook."""
    for path in course.glob("*/*.ipynb"):
        change(path, "# a new title", *sources(path)[1:])
    publish(course)


def is_clean(clone):
    return git(clone, "status", "--porcelain") == ""


def head_of(folder):
    return git(folder, "rev-parse", "HEAD")
