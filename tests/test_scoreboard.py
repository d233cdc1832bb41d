"""`ddpm-edu check`: a line for each cell, a scoreboard, files for other programs."""

import json
import xml.etree.ElementTree as ElementTree

import pytest
from notebook_runs import COMMAND, run, write

from ddpm_edu.checks.learner import scoreboard
from ddpm_edu.checks.learner.scoreboard import NO_GRADER


pytestmark = pytest.mark.slow


STUB = "def cumulative_alphas(betas):\n    # TODO: two lines\n    raise NotImplementedError"


CELLS = [
    "from ddpm_edu import check",
    "def snr(t, schedule):\n    return schedule.alphas_bar[t] / (1 - schedule.alphas_bar[t])",
    "check('snr', snr)",
    "def step_q(x_prev, t, schedule, noise):\n"
    "    beta = schedule.betas[t].reshape(-1, *[1] * (x_prev.ndim - 1))\n"
    "    return (1 - beta).sqrt() * x_prev + beta * noise",
    "check('step_q', step_q)",
    STUB,
    "check('cumulative_alphas', cumulative_alphas)",
    "cumulative_alphas(1)",
    "undefined_name",
    "check('snr', snr); check('step_q', step_q)",
    "1 + 1",
]


RIGHT = [0, 1, 2, 3, 5, 10]


OPEN = [6, 7]


WRONG = [4, 8, 9]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Check a notebook with answers of every kind, once for all tests."""
    folder = tmp_path_factory.mktemp("course")
    write(folder / "book/01_small.ipynb", *CELLS)
    (folder / "book/.06_left_by_a_power_cut.ipynb").write_text("{")
    return folder, run(
        COMMAND, "check", "book", "--json", "made/a.json", "--junit", "made/a.xml", cwd=folder
    )


@pytest.fixture(scope="module")
def lines(done):
    return done[1].stdout.splitlines()


@pytest.fixture(scope="module")
def as_json(done):
    return json.loads((done[0] / "made/a.json").read_text())


def test_an_answer_that_is_not_right_is_exit_code_1_without_a_traceback(done):
    assert done[1].returncode == 1
    assert done[1].stderr == ""


def test_every_cell_has_a_line_with_its_mark(lines):
    told = [line for line in lines if line[2:].startswith(("✓ cell", "✗ cell", "… cell"))]
    assert [line.split(": ")[1] for line in told] == [label(source) for source in CELLS]
    assert {number: line.split()[0] for number, line in enumerate(told)} == {
        **dict.fromkeys(RIGHT, "✓"),
        **dict.fromkeys(OPEN, "…"),
        **dict.fromkeys(WRONG, "✗"),
    }


def label(source):
    first = source.splitlines()[0]
    return first.split("(")[0] if first.startswith("def ") else first


def test_below_a_wrong_answer_stands_what_the_learner_reads_with_the_diagnosis(lines):
    begin = lines.index("  ✗ cell 5: check('step_q', step_q)")
    below = lines[begin + 1 : lines.index("  ✓ cell 6: def cumulative_alphas")]
    assert below[0] == "      ✗ step_q: not right yet, 0 of 2 points"
    assert any("You scaled the noise by beta_t" in line for line in below)


def test_an_error_in_a_cell_is_one_line_and_so_is_what_waits_for_an_answer(lines):
    assert (
        lines[lines.index("  ✗ cell 9: undefined_name") + 1]
        == "      NameError: name 'undefined_name' is not defined"
    )
    assert (
        lines[lines.index("  … cell 8: cumulative_alphas(1)") + 1] == "  ✗ cell 9: undefined_name"
    )


def test_the_scoreboard_has_a_line_for_each_exercise_in_course_order(lines):
    assert lines[-5:] == [
        "… lesson 1  cumulative_alphas: 0 of 2 points, not written yet",
        "✗ lesson 1  step_q: 0 of 2 points, not right yet",
        "✓ lesson 1  snr: 1 of 1 points, passed",
        "1 of 3 exercises passed, 1 of 5 points",
        NO_GRADER,
    ]


def test_the_json_file_has_the_same_for_other_programs(as_json, lines):
    assert (as_json["score"], as_json["max_score"]) == (1, 5)
    found = {
        e["exercise"]: (e["status"], e["points"], e["max_points"], e["misconception"])
        for e in as_json["exercises"]
    }
    assert found == {
        "snr": ("passed", 1, 1, None),
        "step_q": ("wrong", 0, 2, "noise_without_root"),
        "cumulative_alphas": ("not_attempted", 0, 2, None),
    }
    outcomes = [cell["outcome"] for cell in as_json["cells"]]
    assert [n for n, outcome in enumerate(outcomes) if outcome == "wrong"] == WRONG
    assert [n for n, outcome in enumerate(outcomes) if outcome == "not_attempted"] == OPEN
    assert {cell["notebook"] for cell in as_json["cells"]} == {"book/01_small.ipynb"}
    assert [cell["cell"] for cell in as_json["cells"]] == list(range(1, len(CELLS) + 1))
    assert all(f"      {line}" in lines for line in as_json["cells"][4]["text"].splitlines())


def test_the_junit_file_has_a_test_case_for_each_cell_and_exercise(done):
    suite = ElementTree.parse(done[0] / "made/a.xml").getroot()[0]
    cases = suite.findall("testcase")
    of_exercises = [f"exercise {name}" for name in ("cumulative_alphas", "step_q", "snr")]
    names = [*(f"Cell {number}" for number in range(len(CELLS))), *of_exercises]
    assert [case.get("name") for case in cases] == names
    assert {case.get("classname") for case in cases} == {"book.01_small.ipynb"}
    failed = [n for n, case in enumerate(cases) if case.find("failure") is not None]
    skipped = [n for n, case in enumerate(cases) if case.find("skipped") is not None]
    assert (failed, skipped) == ([*WRONG, len(CELLS) + 1], [*OPEN, len(CELLS)])
    assert "You scaled the noise by beta_t" in cases[4].find("failure").text


def test_answers_that_all_pass_are_exit_code_0(tmp_path):
    folder = write(tmp_path / "01_passing.ipynb", *CELLS[:3])
    assert run(COMMAND, "check", folder).returncode == 0


def test_a_folder_without_notebooks_is_one_line_and_exit_code_2(tmp_path):
    done = run(COMMAND, "check", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == f"ddpm-edu: {tmp_path}: expected a notebook or a folder with notebooks, got none\n"
    )


@pytest.mark.parametrize("argument", ["json_path", "junit_path"])
def test_a_file_that_cannot_be_written_is_told_before_any_work(argument, tmp_path):
    (tmp_path / "file").touch()
    folder, told = write(tmp_path / "01_any.ipynb", *CELLS[:3]), []
    with pytest.raises(ValueError, match="file: expected a folder that can be written"):
        scoreboard.run([folder], **{argument: tmp_path / "file/a"}, write=told.append)
    assert told == []
