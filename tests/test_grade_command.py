"""`ddpm-edu grade` on the command line: arguments, exit codes, what is said."""

import errno
import os
import subprocess
import sys
import types

import pytest
from grading import books, graded, hand_in, mixed, needs_sandbox

from ddpm_edu.cli.grade import shard_named, size_of
from ddpm_edu.grading import batch, probe, warm_parent
from ddpm_edu.grading.exercises import chosen_exercises
from ddpm_edu.grading.result import read_results


pytestmark = [pytest.mark.usefixtures("as_learners_run_it"), pytest.mark.slow]
COMMAND = [sys.executable, "-P", "-m", "ddpm_edu.cli", "grade"]
ONE = "03_objective.ipynb"


def grade(*arguments, **environment):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )


@needs_sandbox
def test_a_class_is_graded_and_who_cannot_be_read_is_named(tmp_path):
    hand_in(tmp_path / "in", "Ana", {ONE: books("solutions")[ONE]})
    hand_in(tmp_path / "in", "Bo", {ONE: mixed({"predict_x0"})[ONE]})
    (tmp_path / "in/Cy").mkdir()
    done = grade(tmp_path / "in", "--out", tmp_path / "out", "--exercises", "lesson_3")
    assert done.returncode == 1, done.stderr
    assert "Ana: 12 of 12 points" in done.stdout
    assert "Bo: 2 of 12 points" in done.stdout
    assert "1 could not be read: Cy" in done.stdout
    assert "isolation bwrap" in done.stdout
    assert [result.isolation for result in read_results(tmp_path / "out")] == ["bwrap"] * 3


@needs_sandbox
def test_one_notebook_is_enough(tmp_path):
    hand_in(tmp_path, "in", {ONE: books("solutions")[ONE]})
    done = grade(tmp_path / "in" / ONE, "--out", tmp_path / "out", "--exercises", "kl_gaussians")
    assert (done.returncode, done.stderr) == (0, "")
    assert "03_objective: 2 of 2 points" in done.stdout


def test_without_bubblewrap_the_weaker_level_is_told_aloud_and_written_down(tmp_path):
    hand_in(tmp_path / "in", "Ana", {ONE: books("solutions")[ONE]})
    arguments = tmp_path / "in", "--out", tmp_path / "out", "--exercises", "lesson_3"
    nowhere = os.path.dirname(sys.executable)
    done = grade(*arguments, PATH=nowhere)
    assert done.returncode == 0, done.stderr
    assert "WEAK ISOLATION: bubblewrap (bwrap) is not installed" in done.stderr
    assert "can use the network, read other submissions, write outside, read the answers" in (
        done.stderr
    )
    assert [result.isolation for result in read_results(tmp_path / "out")] == ["process"]
    done = grade(*arguments, "--isolation", "bwrap", PATH=nowhere)
    assert done.returncode == 2
    assert "bubblewrap (bwrap) is not installed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere: expected a folder of submissions or a notebook, got none"),
        (["{empty}"], "expected a folder for each student, with notebooks in it, got none"),
        (["{in}", "--isolation", "vm"], "--isolation: expected one of auto, bwrap, process"),
        (["{in}", "--shard", "4/3"], "--shard: expected K/N with 1 <= K <= N"),
        (["{in}", "--memory", "lots"], "--memory: expected a size of at least 64MiB"),
        (["{in}", "--exercises", "sampel_q"], "did you mean 'sample_q'?"),
        (["{in}", "--student", "Bob"], "--student: expected one of Ana"),
        (["{in}", "{in}"], "SUBMISSIONS: expected one folder, got 2"),
        (["{in}", "--merge"], "expected results of ddpm-edu grade, got no journal.jsonl"),
    ],
)
def test_bad_arguments_are_one_line(arguments, words, tmp_path):
    hand_in(tmp_path / "in", "Ana", {ONE: books("exercises")[ONE]})
    (tmp_path / "empty").mkdir()
    names = {"{in}": tmp_path / "in", "{empty}": tmp_path / "empty"}
    given = [names.get(argument, argument) for argument in arguments]
    done = grade(*given, "--out", tmp_path / "out")
    assert done.returncode == 2, done.stdout
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_the_course_file_beside_the_submissions_says_what_counts(tmp_path):
    (tmp_path / "course.toml").write_text("lessons = [2]\n[points]\nposterior_mean = 9\n")
    chosen = chosen_exercises("", tmp_path)
    assert {exercise.lesson for exercise in chosen} == {2}
    assert {e.id: e.points for e in chosen}["posterior_mean"] == 9
    assert [e.id for e in chosen_exercises("lesson_1,posterior_mean", tmp_path)][-1] == (
        "posterior_mean"
    )


def test_sizes_and_shards_are_read():
    assert [size_of(text) for text in ("64MiB", "2GiB", "1.5g")] == [2**26, 2**31, 3 * 2**29]
    assert (shard_named("3/8"), shard_named("")) == ((3, 8), None)


@needs_sandbox
def test_a_full_disk_stops_the_run_and_it_goes_on_later(tmp_path, monkeypatch):
    hand_in(tmp_path / "in", "Ana", {ONE: books("solutions")[ONE]})
    hand_in(tmp_path / "in", "Bo", {ONE: mixed({"predict_x0"})[ONE]})
    write, written = batch.write_result, []

    def full(result, folder):
        if written:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(write(result, folder))

    monkeypatch.setattr(batch, "write_result", full)
    with pytest.raises(OSError, match="No space left"):
        graded(tmp_path / "in", tmp_path / "out")
    assert [path.stem for path in written] == ["Ana"]
    monkeypatch.undo()
    told = []
    results = graded(tmp_path / "in", tmp_path / "out", report=lambda *what: told.append(what[1]))
    assert told == [False, True]
    assert [result.score for result in results.values()] == [12, 2]


@pytest.mark.parametrize(("workers", "left"), [(1, 1), (2, 0)])
def test_only_a_process_that_judges_keeps_a_warm_parent(
    workers, left, tmp_path, run_here, monkeypatch
):
    hand_in(tmp_path / "in", "Ana", {ONE: books("solutions")[ONE]})
    seen, kept, warm = [], [], types.SimpleNamespace(stop=lambda: None)
    monkeypatch.setattr(warm_parent, "SHARED", kept)
    monkeypatch.setattr(probe, "reach", lambda *_: kept.append(warm) or "process")
    monkeypatch.setattr(batch.Batch, "run", lambda _: seen.append(len(kept)))
    run_here("grade", tmp_path / "in", "--out", tmp_path / "out", "--workers", workers)
    assert seen == [left]
