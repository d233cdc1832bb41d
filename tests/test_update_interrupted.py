"""An update that is killed anywhere: every answer is still there, and a second one finishes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_course import (
    ANSWER,
    STUB,
    change,
    course_and_clone,
    edit,
    everything,
    git,
    publish,
    sources,
)

from ddpm_edu.course.workbook import fill_lessons, fill_workbook


pytestmark = pytest.mark.slow
# Run an update in a process that is killed before its n-th change of a file or start of a program.
UPDATE = """
import os, pathlib, signal, sys, types
package = types.ModuleType("ddpm_edu")  # without torch, which an update has no use for
package.__path__ = [sys.argv[1]]
sys.modules["ddpm_edu"] = package
from ddpm_edu.course.update import update_checkout, update_workbook
clone, left = pathlib.Path(sys.argv[2]), [int(sys.argv[3])]
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "subprocess.Popen"}
def count(event, arguments):
    writes = event == "open" and isinstance(arguments[1], str) and arguments[1][0] in "wax"
    if writes or event in CHANGES:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
update_checkout(clone, lambda backup: update_workbook(clone, backup, print), print)
"""


def start(clone, kill_at=0):
    package = str(Path(__file__).parents[1] / "ddpm_edu")
    command = [sys.executable, "-c", UPDATE, package, str(clone), str(kill_at)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def update(clone, kill_at=0):
    """Update a clone to the end or to a moment; return the exit code and what was said."""
    process = start(clone, kill_at)
    said = process.communicate()[0]
    return process.returncode, said


EDITED = ("exercises/02_posterior.ipynb", "notebooks/01_forward.ipynb", "README.md")


@pytest.fixture
def places(tmp_path):
    """Return a course with a new version, and a clone in which a learner did many things."""
    course, clone = course_and_clone(tmp_path)
    fill_workbook(clone)
    fill_lessons(clone)
    workbook = clone / "workbook"
    edit(workbook / "01_exercises.ipynb", STUB, ANSWER)
    (workbook / "01_exercises.ipynb").rename(workbook / "01_forward.ipynb")
    shutil.copy(workbook / "01_forward.ipynb", workbook / "01_exercises-Copy1.ipynb")
    edit(clone / "exercises/02_posterior.ipynb", STUB, "def snr(t): return 'in exercises/'")
    edit(clone / "notebooks/01_forward.ipynb", "lesson()", "lesson()")
    edit(clone / "lessons/02_posterior.ipynb", "lesson()", "my notes")
    (clone / "README.md").write_text("my notes in the README")
    change(course / "notebooks/02_posterior.ipynb", "# a new title", "another lesson()")
    for path in (course / "exercises/01_forward.ipynb", course / "notebooks/01_forward.ipynb"):
        change(path, "# a new title", *sources(path)[1:])
    (course / "README.md").write_text("a new README")
    publish(course)
    return course, clone


def state(clone):
    """Return the text of the learner's notebooks, which version there is, and what differs."""
    texts = {
        path.relative_to(clone): sources(path)
        for part in ("workbook", "lessons")
        for path in sorted((clone / part).glob("[!.]*.ipynb"))
    }
    return texts, git(clone, "rev-parse", "HEAD"), git(clone, "status", "--porcelain")


def test_an_update_may_be_killed_at_any_moment(places, tmp_path):
    _, clone = places
    mine = {(clone / path).read_bytes() for path in EDITED}
    mine |= {*everything(clone / "workbook"), *everything(clone / "lessons")}
    usual = shutil.copytree(clone, tmp_path / "usual", symlinks=True)
    assert update(usual)[0] == 0
    expected = state(usual)
    assert expected[2] == "" and ANSWER in expected[0][Path("workbook/01_exercises.ipynb")]
    for moment in range(1, 1000):
        killed = shutil.copytree(clone, tmp_path / f"killed {moment}", symlinks=True)
        code, said = update(killed, moment)
        if code == 0:
            break
        assert code == -signal.SIGKILL, said
        assert mine <= set(everything(killed)), f"lost, killed at {moment}"
        code, said = update(killed)
        assert code == 0, f"killed at {moment}: {said}"
        assert state(killed) == expected, f"killed at {moment}: {said}"
        assert mine <= set(everything(killed)), f"lost by the second one, killed at {moment}"
        assert not list((killed / "backups").glob(".unfinished*"))
        shutil.rmtree(killed)
    assert moment > 50


def test_a_git_that_outlives_a_killed_update_is_waited_for(places, tmp_path):
    course, clone = places
    slow = tmp_path / "slow"
    slow.write_text(f"#!/bin/sh\ntouch '{tmp_path}/begun'\nsleep 2\ncat\n")
    slow.chmod(0o755)
    (clone / ".git/info/attributes").write_text("README.md filter=slow\n")
    git(clone, "checkout", "--", "README.md")  # the update alone shall be slow
    git(clone, "config", "filter.slow.smudge", str(slow).replace(" ", "\\ "))
    first = start(clone)
    while not (tmp_path / "begun").exists():
        assert first.poll() is None, first.communicate()[0]
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    assert (clone / ".git/index.lock").exists(), "git is at work"
    code, said = update(clone)
    assert code == 0, said
    assert git(clone, "rev-parse", "HEAD") == git(course, "rev-parse", "HEAD")
    assert git(clone, "status", "--porcelain") == ""
