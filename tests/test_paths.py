"""Where a learner is, and what is found from there: the exercises, and the lesson to read again."""

import pytest
from small_course import write_course

from ddpm_edu.course.paths import exercise_folder, lesson_link
from ddpm_edu.course.workbook import fill_lessons, fill_workbook


@pytest.fixture
def course(tmp_path):
    write_course(tmp_path)
    return tmp_path


def test_a_link_leads_to_the_learners_copy_of_a_lesson_where_there_is_one(course):
    def link(*section):
        return lesson_link(1, course / "workbook", *section)

    assert link("From t to 1") == "../notebooks/01_forward.ipynb#From-t-to-1"
    fill_lessons(course)
    assert link() == "../lessons/01_forward.ipynb"
    (course / "lessons/01_forward.ipynb").unlink()
    assert link() == "../notebooks/01_forward.ipynb"
    assert lesson_link(9, course / "workbook") is None
    assert lesson_link(1, course / "elsewhere/deeper") is None


@pytest.mark.parametrize("lessons", ["lessons", "notebooks"])
def test_from_a_lesson_the_exercises_are_beside(course, lessons, monkeypatch):
    fill_lessons(course)
    monkeypatch.chdir(course / lessons)
    assert exercise_folder() == course / "exercises"
    fill_workbook(course)
    assert exercise_folder() == course / "workbook"
