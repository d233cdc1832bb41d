"""course.toml beside the exercises: lessons, points, hints, solutions as a teacher wants them."""

import shutil

import pytest

from ddpm_edu import check, hint, progress, solution
from ddpm_edu.checks import CheckFailed
from ddpm_edu.checks.learner.handed_out import course_file, exercises, find
from ddpm_edu.course.paths import ROOT


pytestmark = pytest.mark.usefixtures("as_learners_run_it")


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a way to write the course.toml of the current folder."""
    monkeypatch.setenv("DDPM_EDU_PROGRESS", str(tmp_path / "elsewhere/progress.json"))
    folder = tmp_path / "exam"
    folder.mkdir()
    shutil.copy(ROOT / "exercises/01_forward_process.ipynb", folder / "Copy of 01.ipynb")
    monkeypatch.chdir(folder)
    return lambda text: (folder / "course.toml").write_text(text)


def right(t, schedule):
    return schedule.alphas_bar[t] / (1 - schedule.alphas_bar[t])


def test_without_a_file_all_is_open(write):
    assert find("snr").points == 1
    assert (course_file().hints, course_file().solutions) == (3, True)


def test_points_replace_those_of_the_course_everywhere(write, capsys):
    write("[points]\nsnr = 5\n")
    check("snr", right)
    progress()
    told = capsys.readouterr().out
    assert "snr: passed, 5 of 5 points" in told
    assert "5 of 19 points" in told


def test_lessons_decide_what_is_listed(write):
    write("lessons = [2, 7]\n")
    assert {exercise.lesson for exercise in exercises()} == {2, 7}


def test_hints_are_limited(write, capsys):
    write("hints = 1\n")
    for _ in range(3):
        hint("snr")
    told = capsys.readouterr().out
    assert "Hint 1 of 3" in told and "Hint 2 of 3" not in told
    assert "1 of 3 hints may be seen" in told


def test_in_an_exam_no_hint_is_shown_and_the_solution_stays_shut(write, capsys):
    write("hints = 0\nsolutions = false\n")
    with pytest.raises(CheckFailed):
        check("snr", lambda t, schedule: t)
    check("snr", right)
    hint("snr"), solution("snr")
    told = capsys.readouterr().out
    assert "Hint 1" not in told and "return" not in told
    assert "solutions stay shut" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hints = 4", "line 1, hints: expected a whole number in 0..3, got 4"),
        ("\n\nsolutions = 'no'", "line 3, solutions: expected true or false, got 'no'"),
        ("lessons = 3", "line 1, lessons: expected a list of numbers, such as [1, 2], got 3"),
        ("[points]\nsnr = 1\nsnrr = 2", "line 3, snrr: expected the id of an exercise"),
        ("[points]\nsnr = -1", "line 1, points: expected a table of exercises and whole numbers"),
        ("hint = 1", "line 1, hint: expected one of lessons, points, hints, solutions"),
        ("hints = \nlessons = [1]", "line 1, column 9"),
    ],
)
def test_an_error_is_named_with_line_and_key(write, text, words):
    write(text)
    with pytest.raises(ValueError) as error:
        check("snr", right)
    assert words in str(error.value)
    assert "course.toml" in str(error.value)
