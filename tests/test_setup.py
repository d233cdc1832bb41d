"""From a bare machine to a course that runs: setup.sh, setup.py, Makefile, package lists."""

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import time
import tomllib
import venv
from pathlib import Path
from types import SimpleNamespace

import pytest


ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PARTS = ["Makefile", "pyproject.toml", "constraints.txt", "tools/setup.sh", "tools/setup.py"]
STUB_PIP = """
import pathlib, sys
venv = pathlib.Path(sys.prefix)
with (venv / "calls").open("a") as calls:
    calls.write(sys.argv[-1] + "+cpu" * ("--extra-index-url" in sys.argv) + "\\n")
if (venv / "fail").exists():
    sys.exit("Collecting torch\\nERROR: No space left on device\\nmore")
"""
STUB_TOOL = "import sys; print('ran', *sys.argv[1:])"


def run(*command, cwd=ROOT, **changes):
    of_make = [name for name in os.environ if name.startswith(("MAKE", "MFLAGS"))]
    inherited = {name: value for name, value in os.environ.items() if name not in of_make}
    options = {"capture_output": True, "text": True, "timeout": 60}
    return subprocess.run(command, cwd=cwd, env=inherited | changes, **options)


@pytest.fixture
def course(tmp_path):
    """The parts of the repository that set it up, in a folder with spaces in its name."""
    root = tmp_path / "ddpm edu"
    for name in PARTS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text((ROOT / name).read_text())
    return root


@pytest.fixture
def course_with_venv(course):
    """The same with a .venv in which pip only writes down what it was asked for."""
    venv.create(course / ".venv", symlinks=True)
    packages = next((course / ".venv/lib").iterdir()) / "site-packages"
    for name, text in {"pip": STUB_PIP, "pytest": STUB_TOOL, "ddpm_edu": STUB_TOOL}.items():
        (packages / name).mkdir()
        (packages / name / "__init__.py").touch()
        (packages / name / "__main__.py").write_text(text)
    return course


def set_up(course, *arguments):
    return run("sh", course / "tools/setup.sh", *arguments, cwd=course.parent)


def pip_calls(course):
    return (course / ".venv/calls").read_text().split()


def load_setup(course, monkeypatch):
    """Import setup.py of this course; it must not make or install anything."""
    spec = importlib.util.spec_from_file_location("course_setup", course / "tools/setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.venv, "create", lambda *_, **__: pytest.fail("made a .venv"))
    monkeypatch.setattr(module, "pip_install", lambda extras: pytest.fail("called pip"))
    return module


@pytest.mark.parametrize(
    "programs, seen",
    [({}, "no python3 at all"), ({"python3": "echo 3.8"}, "python3, which is version 3.8")],
)
def test_a_missing_or_old_python_is_named(course, tmp_path, programs, seen):
    for name, text in {"dirname": f'exec {shutil.which("dirname")} "$@"', **programs}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(stat.S_IRWXU)
    result = run(shutil.which("sh"), "tools/setup.sh", "lab", cwd=course, PATH=str(tmp_path))
    assert result.returncode == 1
    assert f"expected Python 3.11 or newer, got {seen}" in result.stderr
    assert "apt install python3" in result.stderr


def test_too_little_disk_is_said_before_anything_is_made(course, monkeypatch, capsys):
    setup = load_setup(course, monkeypatch)
    monkeypatch.setattr(setup.shutil, "disk_usage", lambda _: SimpleNamespace(free=1e9))
    assert setup.main(["lab"]) == 1
    told = capsys.readouterr().err
    assert f"expected {setup.NEEDED_GB} GB of free disk" in told and "got 1.0 GB" in told
    assert not (course / ".venv").exists()


def test_a_python_without_venv_names_the_package(course, monkeypatch, capsys):
    setup = load_setup(course, monkeypatch)
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda _: None)
    assert setup.main(["lab"]) == 1
    assert f"sudo apt install python3.{sys.version_info.minor}-venv" in capsys.readouterr().err


def test_pip_runs_only_when_something_changed(course_with_venv):
    for extras in ("lab,dev", "lab,dev", "lab"):
        assert set_up(course_with_venv, extras).returncode == 0
    assert pip_calls(course_with_venv) == [".[dev,lab]"]
    set_up(course_with_venv, "bench")
    (course_with_venv / "constraints.txt").write_text("# newer\n")
    set_up(course_with_venv, "lab")
    assert pip_calls(course_with_venv)[1:] == [".[bench,dev,lab]"] * 2


def test_torch_without_cuda_can_be_asked_for_and_needs_less_disk(course_with_venv, monkeypatch):
    full = load_setup(course_with_venv, monkeypatch).NEEDED_GB
    monkeypatch.setenv("CPU", "1")
    assert load_setup(course_with_venv, monkeypatch).NEEDED_GB == 3 <= full
    run("make", "test", "CPU=1", cwd=course_with_venv, CPU="")
    assert pip_calls(course_with_venv) == [".[dev,lab]+cpu"]


def test_a_failed_install_shows_the_reason_and_is_repaired(course_with_venv):
    course = course_with_venv
    set_up(course, "lab")
    (course / ".venv/fail").touch()
    failed = set_up(course, "lab,dev")
    assert failed.returncode == 1
    assert "pip stopped: ERROR: No space left on device\n" in failed.stderr
    assert len(failed.stderr.splitlines()) == 2
    (course / ".venv/fail").unlink()
    assert set_up(course, "lab").returncode == 0
    assert pip_calls(course) == [".[lab]", ".[dev,lab]", ".[lab]"]


def test_a_moved_or_broken_venv_is_noticed(course_with_venv, monkeypatch):
    set_up(course_with_venv, "lab")
    assert load_setup(course_with_venv, monkeypatch).fault() is None
    moved = course_with_venv.rename(course_with_venv.with_name("new name"))
    setup = load_setup(moved, monkeypatch)
    monkeypatch.setattr(setup.sys, "prefix", str(moved / ".venv"))
    assert not setup.is_ready({"lab"})
    assert setup.fault() == f"it was made for {course_with_venv / '.venv'} and works only there"
    moved.rename(course_with_venv)
    for broken in (
        next(course_with_venv.glob(".venv/lib/*/site-packages/pip")),
        course_with_venv / ".venv/bin/python",
    ):
        broken.rename(course_with_venv / broken.name)
        assert "does not start" in load_setup(course_with_venv, monkeypatch).fault()


def test_a_second_start_installs_nothing(monkeypatch):
    if not load_setup(ROOT, monkeypatch).is_ready({"lab", "dev"}):
        pytest.skip("the tests do not run in an up-to-date .venv: use `make test`")
    before, started = (ROOT / ".venv/ddpm-edu.json").stat(), time.monotonic()
    result = set_up(ROOT, "lab,dev")
    assert time.monotonic() - started < 3
    assert (result.returncode, result.stdout) == (0, "")
    assert (ROOT / ".venv/ddpm-edu.json").stat().st_mtime_ns == before.st_mtime_ns


def test_every_target_says_what_it_does(course):
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    helped = [line.split() for line in run("make", cwd=course).stdout.splitlines()]
    assert sorted(line[1] for line in helped if len(line) > 2) == sorted(targets)
    for target in targets:
        planned = run("make", "-n", target, cwd=course)
        assert planned.returncode == 0 and str(course) not in planned.stdout


def test_make_works_in_a_folder_with_spaces(course_with_venv):
    lab = run("make", "lab", "ARGS=--port=9999", cwd=course_with_venv)
    assert lab.stdout.endswith("\nran lab --port=9999\n"), lab.stderr
    assert run("make", "update", cwd=course_with_venv).stdout.count("\nran update\n") == 1
    assert run("make", "test", "ARGS=-k posterior", cwd=course_with_venv).stdout.endswith(
        "-k posterior\n"
    )
