"""`ddpm-edu update`: a new version comes, whatever a learner did, and every answer stays."""

import json
import os
import shutil

import pytest
from small_course import (
    ANSWER,
    STUB,
    book,
    change,
    course_and_clone,
    edit,
    everything,
    git,
    head_of,
    is_clean,
    plain,
    publish,
    publish_new_text,
    sources,
    update,
    write_book,
)

from ddpm_edu.course.workbook import fill_lessons, fill_workbook


@pytest.fixture
def places(tmp_path):
    return course_and_clone(tmp_path)


def kept(clone):
    """Return the one backup of a clone."""
    [backup] = (clone / "backups").glob("[!.]*")
    return backup


def test_answers_drafts_and_renamed_files_stay_and_news_come(places):
    course, clone = places
    fill_workbook(clone)
    fill_lessons(clone)
    workbook = clone / "workbook"
    edit(workbook / "01_exercises.ipynb", STUB, ANSWER)
    for name in ("01_exercises-Copy1.ipynb", "my answers.ipynb"):
        shutil.copy(workbook / "01_exercises.ipynb", workbook / name)
    (workbook / "answers").mkdir()
    (workbook / "answers/snr.py").write_text("an old answer")
    (workbook / "progress.json").write_text("{}")
    (workbook / "broken.ipynb").write_bytes(b"\xff")
    (workbook / "a link.ipynb").symlink_to("a disk that is not there")
    before = everything(workbook)
    write_book(course / "exercises/03_new.ipynb", book("03_new", "# new"))
    publish_new_text(course)
    told = update(clone)
    assert head_of(clone) == head_of(course) and is_clean(clone)
    assert sources(workbook / "01_exercises.ipynb") == [
        *("# a new title", "import ddpm_edu", ANSWER, "check(snr)")
    ]
    assert sources(workbook / "02_exercises.ipynb")[0] == "# a new title"
    assert sources(clone / "lessons/01_forward.ipynb")[0] == "# a new title"
    assert "added workbook/03_exercises.ipynb" in told
    assert "workbook/01_exercises.ipynb has new text; your answers are as they were" in told
    assert set(before) <= set(everything(clone / "backups"))
    for name in ("01_exercises-Copy1.ipynb", "my answers.ipynb"):
        assert (workbook / name).read_bytes() in before and ANSWER in sources(workbook / name)
    assert os.readlink(kept(clone) / "workbook/a link.ipynb") == "a disk that is not there"
    now = everything(workbook)
    assert update(clone) == "" and everything(workbook) == now, "nothing is new the second time"


def test_where_both_changed_a_cell_the_new_notebook_comes_beside(places):
    course, clone = places
    fill_workbook(clone)
    mine = clone / "workbook/01_exercises.ipynb"
    edit(mine, STUB, ANSWER)
    for number, stub in enumerate(("def snr(t, schedule): ...", "def snr(t, s): ...")):
        change(course / "exercises/01_forward.ipynb", "# title", stub, "check(snr)")
        publish(course)
        told = update(clone)
        beside = f"01_exercises-new{'-2' * number}.ipynb"
        assert f"stays as you left it; its new version is workbook/{beside}" in told
        assert ANSWER in sources(mine) and stub in sources(clone / "workbook" / beside)
        assert "beside" not in update(clone)
        assert len(list((clone / "workbook").glob("01*"))) == number + 2


def test_an_opened_lesson_and_other_edits_are_put_back_and_kept(places):
    course, clone = places
    lesson, readme = clone / "notebooks/01_forward.ipynb", clone / "README.md"
    edit(lesson, "lesson()", "lesson()")  # brings an output, as saving does
    readme.write_text("my notes")
    (clone / "notebooks/03_more.ipynb").write_text("my notebook")
    (clone / "notebooks/04_more.ipynb").symlink_to("a disk that is not there")
    git(clone, "add", "README.md")
    before = lesson.read_bytes()
    for stem in ("03_more", "04_more"):
        write_book(course / f"notebooks/{stem}.ipynb", book(stem, "# more"))
    publish_new_text(course)
    told = update(clone)
    assert head_of(clone) == head_of(course)
    assert (kept(clone) / "notebooks/01_forward.ipynb").read_bytes() == before
    assert (kept(clone) / "notebooks/03_more.ipynb").read_text() == "my notebook"
    assert os.readlink(kept(clone) / "notebooks/04_more.ipynb") == "a disk that is not there"
    for name in ("03_more.ipynb", "04_more.ipynb"):
        assert sources(clone / "notebooks" / name) == ["# a new title"]
    assert "notebooks/01_forward.ipynb was changed here and is put back" in told
    assert readme.read_text() == "my notes", "the new version does not bring it: it stays"
    assert "README" not in told


@pytest.mark.parametrize("workbook", ["none", "stubs", "answers"])
def test_answers_in_the_shipped_exercises_move_to_the_workbook(places, workbook):
    course, clone = places
    if workbook != "none":
        fill_workbook(clone)
    if workbook == "answers":
        edit(clone / "workbook/01_exercises.ipynb", STUB, "def snr(t):\n    return 7")
    edit(clone / "exercises/01_forward.ipynb", STUB, ANSWER)
    edit(clone / "exercises/02_posterior.ipynb", "check(snr)", "check(snr)")  # only run
    (clone / "exercises/progress.json").write_text('{"mine": 1}')
    publish_new_text(course)
    told = update(clone)
    name = "01_exercises-2.ipynb" if workbook == "answers" else "01_exercises.ipynb"
    assert ANSWER in sources(clone / "workbook" / name)
    assert f"exercises/01_forward.ipynb are now in workbook/{name}" in told
    assert (clone / "workbook/progress.json").read_text() == '{"mine": 1}'
    assert is_clean(clone) and STUB in sources(clone / "exercises/01_forward.ipynb")
    if workbook == "answers":
        assert "def snr(t):\n    return 7" in sources(clone / "workbook/01_exercises.ipynb")
    else:
        assert sources(clone / "workbook" / name)[0] == "# a new title"
    assert sources(clone / "workbook/02_exercises.ipynb")[0] == "# a new title"


def test_a_workbook_of_an_earlier_version_is_renamed_and_merged(places):
    course, clone = places
    for path in course.glob("*/*.ipynb"):
        write_book(path, plain(json.loads(path.read_text())))
    publish(course, "the first version")
    git(clone, "pull", "--quiet")
    shutil.copytree(clone / "exercises", clone / "workbook")
    edit(clone / "workbook/01_forward.ipynb", STUB, ANSWER)
    publish_new_text(course)
    told = update(clone)
    assert "renamed workbook/01_forward.ipynb to 01_exercises.ipynb" in told
    answered = sources(clone / "workbook/01_exercises.ipynb")
    assert answered[0] == "# a new title" and ANSWER in answered
    assert sorted(path.name for path in (clone / "workbook").iterdir()) == [
        "01_exercises.ipynb",
        "02_exercises.ipynb",
    ]


def test_a_name_that_git_would_read_as_a_pattern_means_that_file(places):
    course, clone = places
    (course / ":!README.md").write_text("old")
    publish(course)
    git(clone, "pull", "--quiet")
    for name in (":!README.md", "pyproject.toml"):
        (clone / name).write_text("mine")
    (course / ":!README.md").write_text("new")
    publish(course)
    update(clone)
    assert (clone / ":!README.md").read_text() == "new"
    assert (clone / "pyproject.toml").read_text() == "mine"


def test_nothing_new_touches_nothing(places):
    _, clone = places
    fill_workbook(clone)
    edit(clone / "notebooks/01_forward.ipynb", "lesson()", "my lesson()")
    before = everything(clone)
    assert update(clone) == ""
    assert sorted(everything(clone)) == sorted([*before, b""]), "but for the lock"


def test_files_that_a_learner_deleted_or_broke_come_back(places):
    course, clone = places
    (clone / "notebooks/01_forward.ipynb").unlink()
    (clone / "exercises/02_posterior.ipynb").write_text("{")
    write_book(clone / "exercises/deeper/01_mine.ipynb", book("01_mine", "# mine"))
    git(clone, "add", "exercises/deeper")
    publish_new_text(course)
    told = update(clone)
    assert head_of(clone) == head_of(course)
    for name in ("notebooks/01_forward.ipynb", "exercises/02_posterior.ipynb"):
        assert sources(clone / name)[0] == "# a new title"
    assert (kept(clone) / "exercises/02_posterior.ipynb").read_text() == "{"
    assert sources(clone / "exercises/deeper/01_mine.ipynb") == ["# mine"]
    assert "notebooks/" not in told, "there was nothing to keep"
