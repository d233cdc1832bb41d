"""A submission is judged where a course has 768 MB for it, as Gradescope has by default."""

import os
import subprocess
import sys

import pytest
from grading import books, hand_in, needs_sandbox

from benchmarks.cgroup import MIB, ControlGroup


pytestmark = [pytest.mark.slow, needs_sandbox]
ONE = "03_objective.ipynb"
COMMAND = (sys.executable, "-P", "-m", "ddpm_edu.cli", "grade")


def grade(folder, memory):
    """Grade a notebook with all answers in a control group with this many MiB, without swap."""
    hand_in(folder, "in", {ONE: books("solutions")[ONE]})
    try:
        group = ControlGroup(memory * MIB)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    arguments = "--out", "out", "--exercises", "lesson_3", "--memory", "256MiB"
    with group:
        done = subprocess.run(
            group.command(*COMMAND, f"in/{ONE}", *arguments),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        print(f"{group.peak():.0f} of {memory} MiB at most\n{done.stderr}")
    return done


def test_a_submission_is_judged_within_768_mib(tmp_path):
    done = grade(tmp_path, 768)
    assert done.returncode == 0
    assert "03_objective: 12 of 12 points" in done.stdout


def test_a_smaller_limit_is_felt(tmp_path):
    assert "points" not in grade(tmp_path, 128).stdout
