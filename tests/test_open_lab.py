"""`ddpm-edu lab`: fills the workbook, copies the course where asked to, opens JupyterLab there."""

import sys

import pytest

from ddpm_edu.cli import lab, main
from ddpm_edu.course import paths
from ddpm_edu.course.workbook import copy_course, fill_workbook


PARTS = {
    "exercises": ["01_a.ipynb", "02_b.ipynb"],
    "notebooks": ["00_start.ipynb", "01_a.ipynb"],
    "solutions": ["01_a.ipynb"],
}


@pytest.fixture
def course(tmp_path):
    """A small course, in a folder with spaces in its name."""
    root = tmp_path / "my course"
    for part, names in PARTS.items():
        (root / part).mkdir(parents=True)
        for name in names:
            (root / part / name).write_text(f"{part}/{name}")
    return root


def files_in(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_the_workbook_is_filled_and_never_overwritten(course):
    (course / "workbook").mkdir()
    (course / "workbook/01_a.ipynb").write_text("my answer")
    assert [path.name for path in fill_workbook(course)] == ["02_b.ipynb"]
    assert fill_workbook(course) == []
    expected = {"01_a.ipynb": "my answer", "02_b.ipynb": "exercises/02_b.ipynb"}
    assert files_in(course / "workbook") == expected


def test_a_link_to_nowhere_is_left_alone(course):
    (course / "workbook").mkdir()
    (course / "workbook/01_a.ipynb").symlink_to(course / "a disk that is not there")
    assert [path.name for path in fill_workbook(course)] == ["02_b.ipynb"]
    assert (course / "workbook/01_a.ipynb").is_symlink()


def test_a_copy_of_the_course_keeps_what_is_there(course, tmp_path):
    copy = tmp_path / "copy"
    assert len(copy_course(course, copy)) == 5
    (copy / "notebooks/01_a.ipynb").write_text("my notes")
    assert copy_course(course, copy) == []
    assert files_in(copy / "notebooks")["01_a.ipynb"] == "my notes"


@pytest.fixture
def opened(course, monkeypatch):
    """Run the command on the small course; return what JupyterLab was started with."""
    started = []
    monkeypatch.setattr(paths, "ROOT", course)
    monkeypatch.chdir(course.parent)

    def become(command, environment):
        assert str(lab.SETTINGS) in environment["JUPYTER_CONFIG_PATH"]
        assert int(environment["GOMP_SPINCOUNT"]) < 300_000, "kernels get it from here"
        started.append(command)
        return 0

    monkeypatch.setattr(lab, "become", become)

    def opened(*arguments):
        monkeypatch.setattr(sys, "argv", ["ddpm-edu", "lab", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, started[-1] if started else None

    return opened


def test_a_checkout_is_opened_where_it_is(course, opened, capsys):
    (course / "pyproject.toml").touch()
    code, command = opened("--port=9999")
    assert code == 0
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={course}" in command
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start.ipynb" in command
    assert command[-1] == "--port=9999"
    assert sorted(files_in(course / "workbook")) == PARTS["exercises"]
    assert "added workbook/02_b.ipynb" in capsys.readouterr().out


def test_an_installed_course_is_copied_first(course, opened, tmp_path):
    code, command = opened("--no-browser")
    assert (code, command[-1]) == (0, "--no-browser")
    assert f"--ServerApp.root_dir={tmp_path / 'ddpm-edu'}" in command
    assert sorted(files_in(tmp_path / "ddpm-edu/workbook")) == PARTS["exercises"]
    assert not (course / "workbook").exists()


def test_a_folder_of_ones_own_is_filled_and_opened(course, opened, tmp_path):
    (course / "pyproject.toml").touch()
    _, command = opened("--copy-to", tmp_path / "mine")
    assert f"--ServerApp.root_dir={tmp_path / 'mine'}" in command
    assert sorted(files_in(tmp_path / "mine/notebooks")) == PARTS["notebooks"]


def test_a_folder_that_cannot_be_written_is_told(opened, tmp_path, capsys):
    (tmp_path / "file").touch()
    code, command = opened("--copy-to", tmp_path / "file/course")
    assert (code, command) == (2, None)
    assert "expected a folder that can be written" in capsys.readouterr().err


def test_without_jupyterlab_the_command_that_installs_it_is_told(opened, monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, command = opened()
    assert (code, command) == (2, None)
    assert 'pip install "ddpm-edu[lab]"' in capsys.readouterr().err
