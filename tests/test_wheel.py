"""The wheel carries the course: installed without the repository, everything is there and runs."""

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest


pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
LEFT_OUT = shutil.ignore_patterns(".*", "*.egg-info", "build", "workbook", "run", "demo", "tests")
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], 4)
NotebookClient(book, timeout=110, kernel_name="python3").execute()
nbformat.write(book, sys.argv[1])
"""


def run(*command, **options):
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=110, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy, since building leaves its traces."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=LEFT_OUT)
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "-w", folder]
    run(sys.executable, "-m", "pip", "wheel", *options, folder / "source")
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Install it where the packages of this environment are there, and the repository is not."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    site = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    Path(site, "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    options = ["--no-deps", "--no-index", "--disable-pip-version-check"]
    python = folder / "bin/python"
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, "--force", wheel)
    return folder / "bin"


def test_the_wheel_has_all_parts_and_no_leftovers(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("notebooks", "exercises", "solutions"):
        shipped = {Path(name).name for name in names if f"share/ddpm-edu/{part}/" in name}
        assert shipped == {path.name for path in (ROOT / part).glob("*.ipynb")}
    files = {name for name in names if name.startswith("ddpm_edu/")}
    folders = ["checks/worker", "checks/judging", "checks/catalogue/misconceptions", "cli"]
    assert all(f"ddpm_edu/{folder}/__init__.py" in files for folder in folders)
    assert {"ddpm_edu/py.typed", "ddpm_edu/course/lab/overrides.json"} <= files
    assert "ddpm_edu/grading/result.schema.json" in files
    parts = ("course/lab/labextensions/ddpm-edu", "course/export/template/accessible")
    for part in (*parts, "grading/pages"):
        there = [path for path in (ROOT / "ddpm_edu" / part).rglob("*.*") if path.is_file()]
        there = [path for path in there if path.suffix != ".pyc"]
        assert there and {str(path.relative_to(ROOT)) for path in there} <= files
    assert not [name for name in names if name.startswith(("tests", "tools", "benchmarks"))]


def test_the_command_is_there_and_finds_the_course(installed, tmp_path):
    import ddpm_edu

    said = run(installed / "ddpm-edu", "--version", cwd=tmp_path)
    assert said == f"ddpm-edu {ddpm_edu.__version__}\n"
    code = "from ddpm_edu.course.paths import ROOT; print(ROOT)"
    assert str(installed.parent) in run(installed / "python", "-c", code, cwd=tmp_path)


@pytest.mark.parametrize("name", ["notebooks/00_welcome", "solutions/01_forward_process"])
def test_a_notebook_runs_alone_in_a_foreign_folder(installed, tmp_path, name):
    book = tmp_path / "a foreign folder" / "book.ipynb"
    book.parent.mkdir()
    shutil.copyfile(installed.parent / f"share/ddpm-edu/{name}.ipynb", book)
    run(installed / "python", "-c", EXECUTE, book, cwd=book.parent)
    errors = [
        output
        for cell in nbformat.read(book, 4).cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert errors == []


def test_an_exercise_is_put_back_without_the_repository(installed, tmp_path):
    shutil.copy(installed.parent / "share/ddpm-edu/exercises/01_forward_process.ipynb", tmp_path)
    path = tmp_path / "01_forward_process.ipynb"
    before = json.loads(path.read_text())
    book = nbformat.read(path, 4)
    cell = next(cell for cell in book.cells if "def snr(" in cell.source)
    cell.source = cell.source.replace("raise NotImplementedError", "return t")
    nbformat.write(book, path)
    assert "as it was at first" in run(installed / "ddpm-edu", "reset", "snr", tmp_path)
    assert json.loads(path.read_text()) == before


def test_a_copy_of_the_installed_course_is_brought_up_to_date(installed, tmp_path):
    code = "from ddpm_edu.course import paths, workbook as w; "
    code += "w.copy_course(paths.ROOT, paths.pathlib.Path('mine'))"
    run(installed / "python", "-c", code, cwd=tmp_path)
    lesson = tmp_path / "mine/notebooks/02_posterior.ipynb"
    lesson.write_text(lesson.read_text().replace("# 2. The posterior", "# an older title"))
    said = run(installed / "ddpm-edu", "update", "mine", cwd=tmp_path)
    assert "added workbook/01_exercises.ipynb" in said
    assert "mine has the version that is installed" in said
    assert "# an older title" in lesson.read_text(), "it could be the learner's own"
