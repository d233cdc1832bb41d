"""What a learner calls, as text: check, hint, solution, progress."""

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ddpm_edu import check, hint, progress, solution
from ddpm_edu.checks import CheckFailed, exercises
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.learner.notebook import GO_ON
from ddpm_edu.course.paths import ROOT


pytestmark = pytest.mark.usefixtures("as_learners_run_it", "own_progress")
COMMAND = Path(sys.executable).parent / "ddpm-edu"
SNR = next(exercise for exercise in exercises() if exercise.id == "snr")


@pytest.fixture
def own_progress(tmp_path, monkeypatch):
    """Return the progress file of the test."""
    monkeypatch.setenv("DDPM_EDU_PROGRESS", str(tmp_path / "progress.json"))
    return tmp_path / "progress.json"


@pytest.fixture
def shown(capsys):
    """Return a function that says what a call has shown; failures of checks are let pass."""

    def call(function, *arguments):
        with contextlib.suppress(CheckFailed):
            assert function(*arguments) is None
        written = capsys.readouterr()
        assert written.err == ""
        return written.out

    return call


def snr(t, schedule):
    return schedule.alphas_bar[t] / (1 - schedule.alphas_bar[t])


def inverted(t, schedule):
    return (1 - schedule.alphas_bar[t]) / schedule.alphas_bar[t]


def stub(t, schedule):
    raise NotImplementedError


def test_a_right_answer_is_told_and_raises_nothing(capsys):
    check("snr", snr)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "✓ snr: passed, 1 of 1 points"
    assert all(line.startswith("✓ ") for line in lines)


def test_a_wrong_answer_is_told_with_its_diagnosis_and_raises(capsys):
    with pytest.raises(CheckFailed, match=r"^snr: not right yet$"):
        check("snr", inverted)
    text = capsys.readouterr().out
    assert text.startswith("✗ snr: not right yet, 0 of 1 points\n✗ ")
    assert SNR.misconceptions[0].id == "inverted"
    assert SNR.misconceptions[0].message in text
    assert text.endswith('hint("snr") gives a hint.\n')


def test_a_stub_raises_too_so_that_run_all_stops_there(capsys):
    with pytest.raises(CheckFailed, match=r"^snr: not written yet$"):
        check("snr", stub)
    assert capsys.readouterr().out.startswith("… snr: not written yet, 0 of 1 points\n")


def test_in_a_run_to_the_end_a_wrong_answer_is_told_and_the_cell_goes_on(capsys, monkeypatch):
    monkeypatch.setenv(GO_ON, "1")
    check("snr", inverted)
    assert capsys.readouterr().out.startswith("✗ snr: not right yet, 0 of 1 points\n✗ ")


@pytest.mark.parametrize("function", [lambda name: check(name, snr), hint, solution])
def test_an_unknown_exercise_suggests_the_nearest_and_leaves_no_trace(function, own_progress):
    with pytest.raises(KeyError, match="did you mean 'snr'"):
        function("snrr")
    assert not own_progress.exists()


def test_hints_come_one_by_one_and_stay(shown):
    for count in (1, 2, 3, 3):
        expected = [
            f"Hint {n} of 3: {words.strip()}" for n, words in enumerate(SNR.hints[:count], 1)
        ]
        assert shown(hint, "snr") == "\n".join(expected) + "\n"


@pytest.mark.parametrize("name", ["samplebyt", "Sample-by-t", "sample by t"])
def test_a_hint_is_given_for_a_name_with_the_same_letters(name, shown, own_progress):
    said, hinted = shown(hint, name).splitlines()
    assert said == (
        f"{name!r} is called 'sample_by_t': lesson 1, A value for each row, ready to multiply a "
        "batch."
    )
    assert hinted == f"Hint 1 of 3: {CATALOGUE['sample_by_t'].hints[0]}"


def test_a_solution_opens_after_three_attempts_that_were_no_stubs(shown):
    assert "after 3 more attempts. hint('snr') helps now." in shown(solution, "snr")
    shown(check, "snr", stub)
    shown(check, "snr", inverted)
    assert "after 2 more attempts" in shown(solution, "snr")
    shown(hint, "snr")
    shown(check, "snr", inverted)
    closed = shown(solution, "snr")
    assert "after 1 more attempt." in closed
    assert "def snr" not in closed
    assert 'solution("snr") is open.' in shown(check, "snr", inverted)
    assert "def snr" in shown(solution, "snr")
    assert "after 3 more attempts" in shown(solution, "step_q"), "of this exercise only"


def test_a_solution_opens_after_a_pass_and_says_where_it_is_from(shown):
    shown(check, "snr", snr)
    title, empty, *code = shown(solution, "snr").splitlines()
    assert (title, empty) == ("A solution of snr (solutions/01_forward_process.ipynb)", "")
    assert not any("SOLUTION" in line or "TODO" in line for line in code)
    answers = {}
    exec(
        "from torch import Tensor\nfrom ddpm_edu import NoiseSchedule\n" + "\n".join(code), answers
    )
    assert shown(check, "snr", answers["snr"]).startswith("✓ snr: passed")


def test_a_copy_of_the_course_without_its_source_says_so(shown, tmp_path, monkeypatch):
    monkeypatch.setattr("ddpm_edu.course.paths.ROOT", tmp_path)
    shown(check, "snr", snr)
    assert shown(solution, "snr") == "This copy of the course holds no solution of snr.\n"


def test_progress_lists_what_was_handed_out(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "01_not_a_notebook.ipynb").touch()
    for name in ("01_forward_process", "03_objective"):
        shutil.copy(ROOT / f"exercises/{name}.ipynb", tmp_path / f"my {name[3:]}.ipynb")
    progress()
    told = capsys.readouterr().out
    assert "Lesson 1" in told and "Lesson 3" in told
    assert "Lesson 2" not in told and "Lesson 8" not in told
    assert "0 of 12 exercises passed" in told


def test_progress_lists_the_course_with_what_is_done_and_what_comes_next(shown):
    ids, points = (
        [exercise.id for exercise in exercises()],
        sum(exercise.points for exercise in exercises()),
    )
    before = shown(progress).splitlines()
    assert before[0] == "Lesson 1"
    assert [line.split()[1].rstrip(":") for line in before if line.startswith("  ")] == ids
    assert before[-1] == f"0 of {len(ids)} exercises passed, 0 of {points} points; next: {ids[0]}"
    for answer in (inverted, snr, stub):
        shown(check, "snr", answer)
    after = shown(progress).splitlines()
    assert [line for line in after if line not in before] == [
        "  ✓ snr: 1 of 1 points, 2 attempts",
        f"1 of {len(ids)} exercises passed, 1 of {points} points; next: {ids[0]}",
    ]


def test_the_command_line_shows_the_same_progress(shown, own_progress, tmp_path, monkeypatch):
    shown(check, "snr", snr)
    expected = shown(progress)
    monkeypatch.delenv("DDPM_EDU_PROGRESS")
    done = subprocess.run(
        [COMMAND, "progress", tmp_path], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")
    missing = subprocess.run(
        [COMMAND, "progress", tmp_path / "no"], capture_output=True, text=True, timeout=60
    )
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr == f"ddpm-edu: {tmp_path / 'no'}: expected a folder, got none\n"


def test_a_broken_progress_file_is_told_on_the_way_and_stops_nothing(shown, own_progress):
    own_progress.write_text("{")
    told, title, *_ = shown(check, "snr", snr).splitlines()
    assert told.startswith("progress.json could not be read")
    assert title == "✓ snr: passed, 1 of 1 points"
    assert "✓ snr: 1 of 1 points, 1 attempt\n" in shown(progress)
