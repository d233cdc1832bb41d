"""`ddpm-edu update`: what it says and refuses, and copies of an installed course."""

import shutil
import sys

import pytest
from filelock import FileLock
from small_course import (
    ANSWER,
    STUB,
    change,
    course_and_clone,
    edit,
    everything,
    git,
    head_of,
    is_clean,
    publish,
    publish_new_text,
    sources,
    update,
    write_course,
)

from ddpm_edu.cli import main
from ddpm_edu.cli import update as command
from ddpm_edu.course import checkout, paths
from ddpm_edu.course.workbook import copy_course, fill_workbook


@pytest.fixture
def places(tmp_path):
    return course_and_clone(tmp_path)


def complaint(clone):
    before = everything(clone)
    with pytest.raises(ValueError) as error:
        update(clone)
    assert set(before) <= set(everything(clone))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_git_cannot_do_is_one_line_and_touches_nothing(places, tmp_path, monkeypatch):
    course, clone = places
    fill_workbook(clone)
    monkeypatch.setattr(checkout, "PATIENCE", 0.2)
    edit(clone / "exercises/01_forward.ipynb", STUB, ANSWER)
    (clone / ".git/index.lock").touch()
    assert "index.lock: expected no lock" in complaint(clone)
    (clone / ".git/index.lock").unlink()
    with FileLock(clone / "backups/.lock"):
        assert "another update is at work" in complaint(clone)
    (clone / "more").touch()
    publish(clone, "of one's own")
    publish_new_text(course)
    assert "got commits of your own here and new ones there" in complaint(clone)
    course.rename(tmp_path / "moved")
    assert "git fetch: " in complaint(clone)
    git(clone, "branch", "--unset-upstream")
    assert "expected a branch with an upstream" in complaint(clone)
    shutil.rmtree(clone / ".git")
    assert "expected a git checkout (or an installed ddpm-edu), got a folder" in complaint(clone)
    git(tmp_path, "init", "--quiet")  # another repository around it is not the course's
    assert "got a folder without .git" in complaint(clone)
    monkeypatch.setenv("PATH", "")
    assert complaint(clone) == "git: expected it to be installed, got none"


def test_a_stray_git_dir_is_not_looked_at(places, tmp_path, monkeypatch):
    course, clone = places
    publish_new_text(course)
    git(tmp_path, "init", "--quiet", "other")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "other"))
    update(clone)
    monkeypatch.undo()
    assert head_of(clone) == head_of(course) and is_clean(clone)


@pytest.fixture
def ddpm_edu(monkeypatch, capsys):
    """Run the command for a course; return its exit code and what it said."""

    def run(root, *arguments):
        monkeypatch.setattr(paths, "ROOT", root)
        monkeypatch.setattr(sys, "argv", ["ddpm-edu", "update", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, "".join(capsys.readouterr())

    return run


def test_the_command_runs_the_new_version_to_fill_the_workbook(places, ddpm_edu, monkeypatch):
    course, clone = places
    (course / "constraints.txt").touch()
    (clone / "constraints.txt").touch()
    (course / "pyproject.toml").write_text("# newer")
    publish(course)
    started = []
    monkeypatch.setattr(command, "run", lambda *arguments: started.append(arguments))
    code, said = ddpm_edu(clone)
    assert code == 0 and "this is the new version\nit needs other packages: `make lab`" in said
    [(*_, fill, folder)] = started
    assert fill == "--fill"
    monkeypatch.undo()
    code, said = ddpm_edu(clone, fill, folder)
    assert code == 0 and "added workbook/01_exercises.ipynb" in said


@pytest.fixture
def copies(tmp_path):
    """Return an installed course and a learner's copy of it, as `ddpm-edu lab` makes one."""
    installed, copy = tmp_path / "share/ddpm-edu", tmp_path / "my course"
    write_course(installed)
    (installed / "pyproject.toml").unlink()
    copy_course(installed, copy)
    fill_workbook(copy)
    return installed, copy


def test_a_copy_follows_the_installed_course_and_keeps_what_was_written(copies, ddpm_edu):
    installed, copy = copies
    edit(copy / "workbook/01_exercises.ipynb", STUB, ANSWER)
    edit(copy / "exercises/02_posterior.ipynb", STUB, "def snr(t): return 'in exercises/'")
    edit(copy / "notebooks/01_forward.ipynb", "lesson()", "lesson()")
    edit(copy / "notebooks/02_posterior.ipynb", "lesson()", "my lesson()")
    shutil.copy(copy / "workbook/01_exercises.ipynb", copy / "workbook/my answers.ipynb")
    mine = everything(copy)
    for path in installed.glob("*/*.ipynb"):
        change(path, "# a new title", *sources(path)[1:])
    change(installed / "notebooks/02_posterior.ipynb", "# a new title", "another lesson()")
    code, said = ddpm_edu(installed, copy)
    assert code == 0 and 'pip install --upgrade "ddpm-edu[lab]"' in said
    assert set(mine) <= set(everything(copy)), "all of it is in backups/ at least"
    for name, text in {
        "workbook/01_exercises": ANSWER,
        "workbook/my answers": ANSWER,
        "workbook/02_exercises": "def snr(t): return 'in exercises/'",
        "notebooks/01_forward": "# a new title",
        "notebooks/02_posterior": "another lesson()",
        "exercises/01_forward": "# a new title",
        "solutions/01_forward": "# a new title",
    }.items():
        assert text in sources(copy / f"{name}.ipynb"), name
    assert sources(copy / "workbook/01_exercises.ipynb")[0] == "# a new title"
    assert "notebooks/02_posterior.ipynb is the new version; the old one is backups/" in said
    now = {path: path.read_bytes() for path in copy.glob("[!b]*/*.ipynb")}
    assert ddpm_edu(installed, copy)[0] == 0
    assert now == {path: path.read_bytes() for path in copy.glob("[!b]*/*.ipynb")}


@pytest.mark.parametrize("place", [".", "workbook", ".."])
def test_a_copy_is_found_from_where_a_learner_is(copies, ddpm_edu, place, monkeypatch):
    installed, copy = copies
    copy = copy.rename(copy.with_name("ddpm-edu"))
    monkeypatch.chdir(copy / place)
    code, said = ddpm_edu(installed)
    assert code == 0 and f"{copy} has the version that is installed" in said


def test_pip_is_run_when_asked_and_then_the_new_version(copies, ddpm_edu, monkeypatch):
    installed, copy = copies
    started = []
    monkeypatch.setattr("subprocess.call", lambda command: started.append(command[1:]))
    assert ddpm_edu(installed, "--pip", copy)[0] == 0
    assert started == [
        ["-m", "pip", "install", "--upgrade", "ddpm-edu[lab]"],
        ["-m", "ddpm_edu", "update", str(copy)],
    ]
    started.clear()
    monkeypatch.setattr("subprocess.call", lambda command: started.append(command) or 1)
    assert ddpm_edu(installed, "--pip", copy)[0] == 1
    assert len(started) == 1, "nothing is touched when pip fails"


def test_what_is_no_course_is_told_in_one_line(copies, places, ddpm_edu, tmp_path, monkeypatch):
    installed, _ = copies
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nothing").mkdir()
    for root, arguments, expected in (
        (installed, ["nothing"], "ddpm-edu: nothing: expected a copy of the course"),
        (installed, [], f"{tmp_path}: expected a copy of the course"),
        (installed, [installed], "got the course itself"),
        (tmp_path / "nothing", [], "expected a git checkout or an installed ddpm-edu"),
        (places[1], ["--pip"], "--pip: expected an installed course, got a checkout"),
    ):
        code, said = ddpm_edu(root, *arguments)
        assert code == 2 and expected in said and said.count("\n") == 1
