"""The folder for Gradescope in a bare root: nothing but /usr, a Python and /autograder."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ddpm_edu.checks.run import exercises
from ddpm_edu.course.course_file import CourseFile
from ddpm_edu.files import write_new
from ddpm_edu.grading.handouts import gradescope, installed
from ddpm_edu.grading.handouts.handout import gather


ROOT = Path(__file__).parents[1]
STATUS = {"passed", "failed"}
needs_bubblewrap = pytest.mark.skipif(
    not shutil.which("bwrap"), reason="a bare root is made with bubblewrap, which is not installed"
)
needs_grade = pytest.mark.skipif(
    importlib.util.find_spec("ddpm_edu.cli.grade") is None, reason="there is no `ddpm-edu grade`"
)


@pytest.fixture
def autograder(tmp_path):
    """Lay the files out as Gradescope does: source/, and a copy of run_autograder above it."""
    write_new(gradescope.files(gather(CourseFile(lessons=(1,)))), tmp_path / "handout")
    folder = tmp_path / "autograder"
    shutil.copytree(tmp_path / "handout/autograder", folder / "source")
    shutil.copy(folder / "source/run_autograder", folder / "run_autograder")
    for name in ("submission", "results", "venv"):
        (folder / name).mkdir()
    return folder


def run(autograder):
    """Run it as Gradescope does, in a root with nothing of this repository or of the home."""
    python = [part for path in {sys.base_prefix, "/usr"} for part in ("--ro-bind", path, path)]
    links = [(f"/{n}", os.readlink(f"/{n}")) for n in ("bin", "lib", "lib64") if is_link(n)]
    command = [
        *("bwrap", "--unshare-all", "--die-with-parent", "--clearenv"),
        *("--setenv", "PATH", "/usr/bin:/bin", "--proc", "/proc", "--dev", "/dev"),
        *("--tmpfs", "/tmp", *python, "--ro-bind-try", "/etc/passwd", "/etc/passwd"),
        *(part for link, target in links for part in ("--symlink", target, link)),
        *("--bind", autograder, "/autograder", "--ro-bind", sys.prefix, "/autograder/venv"),
        *("--chdir", "/autograder", "/autograder/run_autograder"),
    ]
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)


def is_link(name):
    return os.path.islink(f"/{name}")


def results(autograder):
    return json.loads((autograder / "results/results.json").read_text())


def stand_in(autograder):
    shutil.copy(ROOT / "tests/stand_in.py", autograder / "source/ddpm_edu/__main__.py")


@needs_bubblewrap
def test_grade_is_called_on_a_copy_beside_the_course_file(autograder):
    stand_in(autograder)
    (autograder / "submission/my answers.ipynb").write_text("{}")
    (autograder / "submission/course.toml").write_text("[points]\nsample_q = 100")
    done = run(autograder)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(results(autograder)["tests"][0]["output"].removeprefix("```\n"))
    assert told["folder"].startswith("/tmp/")  # nothing of Python's is found beside the notebooks
    assert "lessons = [1]" in told["course"]
    assert told["files"] == ["course.toml", "my answers.ipynb"]
    assert told["arguments"][-2:] == ["--format", "gradescope"]


@needs_bubblewrap
def test_where_nothing_could_be_judged_the_student_is_told(autograder):
    stand_in(autograder)
    (autograder / "submission/crash").touch()
    done = run(autograder)
    assert done.returncode == 0
    assert "no result today" in done.stdout
    assert results(autograder)["score"] == 0
    assert "tell your teacher" in results(autograder)["output"]


@needs_bubblewrap
@needs_grade
@pytest.mark.slow
def test_a_solution_gets_all_points_in_the_bare_root(autograder):
    shutil.copy(ROOT / "solutions/01_forward_process.ipynb", autograder / "submission")
    done = run(autograder)
    assert done.returncode == 0, done.stdout + done.stderr
    tests = results(autograder)["tests"]
    points = {exercise.id: exercise.points for exercise in exercises() if exercise.lesson == 1}
    assert sum(test["score"] for test in tests) == sum(points.values()), done.stdout
    assert {test["status"] for test in tests} <= STATUS


def test_scripts_are_executable_and_clean(autograder):
    for name in ("source/run_autograder", "source/setup.sh", "run_autograder"):
        assert os.access(autograder / name, os.X_OK), name
        subprocess.run(["sh", "-n", autograder / name], check=True)


def test_setup_asks_for_what_the_course_needs_and_torch_for_the_cpu(autograder):
    source = autograder / "source"
    torch = (source / "requirements-torch.txt").read_text().split()
    others = (source / "requirements.txt").read_text().split()
    assert [line.split("==")[0] for line in torch] == ["torch", "torchvision"]
    names = {line.split("==")[0] for line in others}
    assert {"numpy", "nbval", "ipykernel", "matplotlib", "safetensors", "typer"} <= names
    assert not names & {"torch", "torchvision", "jupyterlab", "scikit-learn"}
    assert "whl/cpu -r requirements-torch.txt" in (source / "setup.sh").read_text()


def test_the_package_is_whole_and_students_get_none_of_it(autograder):
    source = autograder / "source/ddpm_edu"
    ours = ROOT / "ddpm_edu"
    there = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    here = {path.relative_to(ours) for path in ours.rglob("*") if path.is_file()}
    assert there == {path for path in here if "__pycache__" not in path.parts}
    students = autograder.parent / "handout/exercises"
    assert sorted(path.name for path in students.iterdir()) == [
        "01_forward_process.ipynb",
        "README.md",
        "course.toml",
    ]


def test_an_installed_course_asks_for_the_same_packages(monkeypatch, tmp_path):
    here = installed.requirements()
    listed = ["numpy", "torch", 'nbval; extra == "lab"', 'ruff>=0.1; extra == "dev"']
    monkeypatch.setattr(installed, "ROOT", tmp_path)
    monkeypatch.setattr(installed.importlib.metadata, "requires", lambda name: listed)
    assert installed.requirements() == ["numpy", "torch", "nbval", "ipykernel"]
    assert set(installed.requirements()) < set(here)
    assert "ruff" not in here
