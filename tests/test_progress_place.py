"""Where the progress file is: beside the exercises, and the same for a notebook and a terminal."""

from types import SimpleNamespace

from ddpm_edu.checks.learner.progress_file import Entry, Progress, locate, one_hint_more
from ddpm_edu.checks.learner.render import as_html
from ddpm_edu.checks.report import Report
from ddpm_edu.course.paths import ROOT, learner_folder


def test_the_file_is_beside_the_exercises(tmp_path, monkeypatch):
    monkeypatch.delenv("DDPM_EDU_PROGRESS")
    for folder in ("workbook", "exercises", "notebooks", "elsewhere"):
        (tmp_path / folder).mkdir()

    def seen_from(folder):
        monkeypatch.chdir(tmp_path / folder)
        return locate().relative_to(tmp_path).as_posix()

    (tmp_path / "exercises/01_some.ipynb").touch()
    (tmp_path / "notebooks/01_lesson.ipynb").touch()
    assert seen_from(".") == "exercises/progress.json", "as long as there are no copies"
    (tmp_path / "workbook/01_some.ipynb").touch()
    assert (
        seen_from("workbook")
        == seen_from("notebooks")
        == seen_from(".")
        == "workbook/progress.json"
    )
    assert seen_from("exercises") == "exercises/progress.json"
    assert seen_from("elsewhere") == "elsewhere/progress.json"
    monkeypatch.setenv("DDPM_EDU_PROGRESS", str(tmp_path / "named.json"))
    assert seen_from("workbook") == "named.json"


def test_the_file_is_found_one_folder_up_or_down(tmp_path, monkeypatch):
    monkeypatch.delenv("DDPM_EDU_PROGRESS")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "Copy of 01.ipynb").touch()
    Progress(locate(tmp_path)).update("snr", one_hint_more)  # a kernel started one folder up
    assert locate(mine) == tmp_path / "progress.json"
    (tmp_path / "progress.json").write_text('{"another": "program\'s"}')
    assert locate(mine) == mine / "progress.json"
    (tmp_path / "progress.json").unlink()
    Progress(locate(mine)).update("snr", one_hint_more)
    assert locate(tmp_path) == mine / "progress.json"
    monkeypatch.chdir(tmp_path)
    assert Progress().read() == {"snr": Entry(hints=1)}
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/progress.json").write_bytes((mine / "progress.json").read_bytes())
    assert locate(tmp_path) == tmp_path / "progress.json", "of two it takes neither"


def test_in_a_notebook_its_own_folder_counts_and_not_the_current_one(tmp_path, monkeypatch):
    for name in ("book", "start", "elsewhere"):
        (tmp_path / name).mkdir()
    shell = SimpleNamespace(user_ns={}, starting_dir=str(tmp_path / "start"))
    monkeypatch.setattr("builtins.get_ipython", lambda: shell, raising=False)
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert learner_folder().name == "start"
    for name, folder in (("book/01.ipynb", "book"), ("gone/01.ipynb", "start")):
        monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / name))
        assert learner_folder().name == folder
    monkeypatch.setenv("JPY_SESSION_NAME", "01.ipynb")  # older servers leave the folder out
    assert learner_folder().name == "start"
    shell.user_ns["__vsc_ipynb_file__"] = str(tmp_path / "book/01.ipynb")
    assert learner_folder().name == "book"
    monkeypatch.setattr("builtins.get_ipython", lambda: None)
    assert learner_folder().name == "elsewhere"


def test_a_report_links_its_lesson_from_the_notebook_s_folder(tmp_path, monkeypatch):
    shell = SimpleNamespace(user_ns={}, starting_dir=str(ROOT / "exercises"))
    monkeypatch.setattr("builtins.get_ipython", lambda: shell, raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.chdir(tmp_path)  # as after %cd
    report = Report("snr", "wrong", 0.0, 0.0, None, "", 0.1)
    assert 'href="../' in as_html(report)
