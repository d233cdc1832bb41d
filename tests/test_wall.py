"""The wall is a folder: a worker that sees its own folder and no other of the checks works."""

import importlib
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from judging import LESSONS, check_in

import ddpm_edu
from ddpm_edu.checks.worker_process import SERVE, Worker


pytestmark = [pytest.mark.usefixtures("as_learners_run_it"), pytest.mark.slow]
PACKAGE = Path(ddpm_edu.__file__).parent
ROOT = PACKAGE.parent
VISIBLE = [path.relative_to(PACKAGE) for path in sorted(PACKAGE.glob("*.py"))]
VISIBLE += [Path("checks/exercise.py"), Path("checks/worker")]


def copied_parts(folder):
    """Start a worker from a copy of what it may see; Python finds the copy first."""
    for part in VISIBLE:
        (folder / "ddpm_edu" / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (PACKAGE / part).is_dir() else shutil.copyfile
        copy(PACKAGE / part, folder / "ddpm_edu" / part)
    return ["env", f"PYTHONPATH={folder}", *SERVE]


def mounted_parts(folder):
    """Start a worker in a sandbox where the rest of the repository does not exist."""
    inside = [
        "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
    ]
    inside += ["--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", str(ROOT)]
    for path in (Path(sys.prefix), *(PACKAGE / part for part in VISIBLE)):
        inside += ["--ro-bind", str(path), str(path)]
    return [*inside, "--chdir", str(ROOT), "env", f"PYTHONPATH={ROOT}", *SERVE]


without_sandbox = pytest.mark.skipif(
    not shutil.which("bwrap"), reason="bubblewrap is not installed"
)


@pytest.fixture(params=[copied_parts, pytest.param(mounted_parts, marks=without_sandbox)])
def command(request, tmp_path):
    """What starts a worker that sees the mathematics, checks/exercise.py and checks/worker/."""
    return request.param(tmp_path)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_right_answer_passes_behind_the_wall(lesson, command):
    module = importlib.import_module(f"accepted.lesson_{lesson}")
    source = inspect.getsource(module)
    source += "\nfor name, answers in ACCEPTED.items(): globals()[name] = answers[0]"
    with Worker(source, command) as worker:
        for name in module.ACCEPTED:
            report = check_in(worker, name)
            assert report.status == "passed", report.feedback


@pytest.mark.parametrize(
    "part", ["catalogue", "judging", "run", "report", "learner", "worker_process"]
)
def test_no_other_part_of_the_checks_can_be_imported_behind_the_wall(part, command):
    with Worker(f"import ddpm_edu.checks.{part}", command) as worker:
        report = check_in(worker, "sample_q")
    assert report.status == "crashed"
    assert "ModuleNotFoundError" in report.feedback


SUBMISSION = """
from ddpm_edu.checks.catalogue.misconceptions import forward
sample_q = forward.jump()
"""


def test_a_template_of_the_catalogue_is_an_answer_only_where_there_is_no_wall(command):
    with Worker(SUBMISSION) as worker:
        assert check_in(worker, "sample_q").status == "passed"
    with Worker(SUBMISSION, command) as worker:
        report = check_in(worker, "sample_q")
    assert (report.status, report.score) == ("crashed", 0)


def test_the_repository_is_not_there_in_the_sandbox():
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    source = f"import os; raise ValueError(sorted(os.listdir({str(ROOT)!r})))"
    with Worker(source, mounted_parts(None)) as worker:
        feedback = check_in(worker, "sample_q").feedback
    there = {"ddpm_edu", *([Path(sys.prefix).name] if Path(sys.prefix).parent == ROOT else [])}
    assert str(sorted(there)) in feedback, os.linesep


def test_a_report_can_be_read_without_the_answers():
    code = "import ddpm_edu.checks.report, sys; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "ddpm_edu.checks.report" in loaded
    for part in ("catalogue", "judging", "worker", "run"):
        assert f"ddpm_edu.checks.{part}" not in loaded
