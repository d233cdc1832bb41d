"""`ddpm-edu lab`: fills the workbook, copies the course where asked to, opens JupyterLab there."""

import sys

import pytest
from small_course import change, edit, everything, sources

from ddpm_edu.cli import lab, main
from ddpm_edu.course import paths
from ddpm_edu.course.workbook import copy_course, fill_lessons, fill_workbook, workbook_names


PARTS = {
    "exercises": ["01_a.ipynb", "02_b.ipynb"],
    "notebooks": ["00_start.ipynb", "01_a.ipynb"],
    "solutions": ["01_a.ipynb"],
}
IN_WORKBOOK = ["01_exercises.ipynb", "02_exercises.ipynb"]


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


@pytest.fixture
def workbook(course):
    (course / "workbook").mkdir()
    return course / "workbook"


def test_the_workbook_is_filled_and_never_overwritten(course, workbook):
    (workbook / "01_exercises.ipynb").write_text("my answer")
    assert [path.name for path in fill_workbook(course)] == ["02_exercises.ipynb"]
    assert fill_workbook(course) == []
    expected = {"01_exercises.ipynb": "my answer", "02_exercises.ipynb": "exercises/02_b.ipynb"}
    assert files_in(workbook) == expected


@pytest.mark.parametrize("name", ["01_a.ipynb", "01_exercises.ipynb"])
def test_a_link_to_nowhere_is_kept(course, workbook, name):
    (workbook / name).symlink_to(course / "a disk that is not there")
    assert [path.name for path in fill_workbook(course)] == ["02_exercises.ipynb"]
    assert (workbook / "01_exercises.ipynb").readlink() == course / "a disk that is not there"


def test_the_files_of_an_earlier_workbook_get_their_names(course, workbook):
    for name in ("01_a.ipynb", "02_b.ipynb", "02_exercises.ipynb", "my answers.ipynb"):
        (workbook / name).write_text(f"mine: {name}")
    (workbook / "progress.json").write_text("{}")
    told = []
    assert fill_workbook(course, told.append) == []
    assert told == [
        "renamed workbook/01_a.ipynb to 01_exercises.ipynb",
        "workbook/02_b.ipynb and 02_exercises.ipynb are both there and stay as they are",
    ]
    assert files_in(workbook) == {
        "01_exercises.ipynb": "mine: 01_a.ipynb",
        "02_b.ipynb": "mine: 02_b.ipynb",
        "02_exercises.ipynb": "mine: 02_exercises.ipynb",
        "my answers.ipynb": "mine: my answers.ipynb",
        "progress.json": "{}",
    }


def test_two_exercises_of_a_lesson_and_one_without_a_number_have_names_of_their_own(course):
    for name in ("01_b.ipynb", "more.ipynb"):
        (course / "exercises" / name).touch()
    names = ["01_exercises.ipynb", "01_b.ipynb", "02_exercises.ipynb", "more.ipynb"]
    assert list(workbook_names(course).values()) == names
    assert [path.name for path in fill_workbook(course)] == names


@pytest.fixture
def lessons(tmp_path):
    """A course with a lesson, and the learner's copies of its lessons."""
    root = tmp_path / "course"
    change(root / "notebooks/01_a.ipynb", "# a lesson", "draw()", "the end")
    fill_lessons(root)
    return root, root / "lessons/01_a.ipynb"


def test_lessons_are_copies_that_follow_the_originals(lessons):
    root, copy = lessons
    edit(copy, "draw()", "draw()")  # it was run
    before = copy.read_bytes()
    fill_lessons(root)
    assert copy.read_bytes() == before, "nothing is new"
    change(root / "notebooks/01_a.ipynb", "# a better lesson", "draw()", "the end")
    told = []
    fill_lessons(root, told.append)
    assert copy.read_bytes() == (root / "notebooks/01_a.ipynb").read_bytes()
    assert before in everything(root / "backups") and told == []


def test_what_was_written_in_a_lesson_stays_or_is_kept_elsewhere(lessons):
    root, copy = lessons
    edit(copy, "draw()", "draw_more()")
    change(root / "notebooks/01_a.ipynb", "# a better lesson", "draw()", "the end")
    told = []
    fill_lessons(root, told.append)
    assert sources(copy) == ["# a better lesson", "draw_more()", "the end"] and told == []
    before = copy.read_bytes()
    change(root / "notebooks/01_a.ipynb", "# a better lesson", "draw_best()", "the end")
    fill_lessons(root, told.append)
    assert sources(copy) == ["# a better lesson", "draw_best()", "the end"]
    [line] = told
    where = line.removeprefix("lessons/01_a.ipynb is the new version; the old one is ")
    assert (root / where).read_bytes() == before


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
    assert "--LabApp.default_url=/lab/tree/lessons/00_start.ipynb" in command
    assert sorted(files_in(course / "lessons")) == PARTS["notebooks"]
    extensions = lab.SETTINGS / "labextensions"
    assert f"--LabApp.extra_labextensions_path={extensions}" in command
    assert (extensions / "ddpm-edu/package.json").is_file()
    assert command[-1] == "--port=9999"
    assert sorted(files_in(course / "workbook")) == IN_WORKBOOK
    assert "added workbook/02_exercises.ipynb" in capsys.readouterr().out


def test_an_installed_course_is_copied_first(course, opened, tmp_path):
    code, command = opened("--no-browser")
    assert (code, command[-1]) == (0, "--no-browser")
    assert f"--ServerApp.root_dir={tmp_path / 'ddpm-edu'}" in command
    assert sorted(files_in(tmp_path / "ddpm-edu/workbook")) == IN_WORKBOOK
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
