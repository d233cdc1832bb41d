"""Nothing is lost: killed at any moment, the same command ends with the results of a quiet run."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from grading import hand_in, mixed, needs_sandbox

from ddpm_edu.grading.journal import NAME, Journal
from ddpm_edu.grading.merge import without_seconds
from ddpm_edu.grading.result import read_results


pytestmark = [pytest.mark.slow, needs_sandbox]
COMMAND = [sys.executable, "-P", "-m", "ddpm_edu.cli", "grade"]
KILLS = int(os.environ.get("KILLS", "7"))  # set it to 25 to try for longer
NAMES = ("snr", "sample_q", "step_q", "linear_schedule")


def small(solved):
    """Return the notebook of lesson 1 with some answers."""
    return {"work.ipynb": mixed(solved)["01_forward_process.ipynb"]}


def class_of(folder, count=8):
    for number in range(count):
        solved = random.Random(number).sample(NAMES, number % 5)
        notebooks = small(set(solved))
        notebooks["work.ipynb"]["cells"][1]["source"] += f"\nnumber = {number // 2}"
        hand_in(folder, f"student-{number:02}", notebooks)
    return folder


def start(submissions, results, *more):
    command = [*COMMAND, submissions, "--out", results, "--exercises", ",".join(NAMES), *more]
    return subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def finish(process):
    said = process.communicate(timeout=300)[0]
    assert process.returncode == 0, said
    return said


def kept(results):
    """Return the results, without how long things took, as bytes."""
    return {result.student: repr(without_seconds(result)) for result in read_results(results)}


def descendants(pid):
    """Return all processes below one, by the parents that /proc tells."""
    from ddpm_edu.grading.isolation import descendants

    return descendants(pid)


def same_secret(results, first):
    """Begin with the secret of another run, so that even the shown digits are the same."""
    results.mkdir()
    begin = (first / NAME).read_text(encoding="utf-8").splitlines()[0]
    (results / NAME).write_text(begin + "\n", encoding="utf-8")


def test_killed_at_random_moments_the_same_command_ends_with_the_same_results(tmp_path):
    submissions, begin = class_of(tmp_path / "in"), time.monotonic()
    finish(start(submissions, tmp_path / "quiet"))
    whole = time.monotonic() - begin  # s that a run takes here
    expected, results = kept(tmp_path / "quiet"), tmp_path / "killed"
    same_secret(results, tmp_path / "quiet")
    chosen, killed, alive = random.Random(5), 0, set()
    for kill in range(KILLS):
        process = start(submissions, results, "--force" if kill % 3 == 1 else "--isolation=auto")
        time.sleep(chosen.uniform(0.1, 0.8) * whole)
        below = descendants(process.pid)
        # the coordinator, or one of what it started: warm parent, bubblewrap, worker
        victim = process.pid if kill % 3 != 2 or not below else chosen.choice(below)
        alive |= set(below)
        try:
            os.kill(victim, signal.SIGKILL)
            killed += 1
        except ProcessLookupError:
            pass
        process.communicate(timeout=300)
        for path in (results / "results").glob("*.json"):
            json.loads(path.read_text(encoding="utf-8"))  # whole, at every moment
    finish(start(submissions, results))
    assert kept(results) == expected
    assert killed >= 4 * KILLS // 5
    time.sleep(1)
    names = [name_of(pid) for pid in alive]
    assert not [name for name in names if "ddpm_edu" in name or "bwrap" in name]


def name_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def test_only_what_is_missing_or_changed_is_judged_again(tmp_path):
    submissions = class_of(tmp_path / "in", 4)
    finish(start(submissions, tmp_path / "out"))
    said = finish(start(submissions, tmp_path / "out"))
    assert "(0 judged, 4 judged before)" in said
    hand_in(submissions, "student-02", small({"snr"}))
    (tmp_path / "out/results/student-03.json").unlink()
    said = finish(start(submissions, tmp_path / "out"))
    assert "(2 judged, 2 judged before)" in said
    said = finish(start(submissions, tmp_path / "out", "--student", "student-01"))
    assert "1 submissions (1 judged)" in said
    said = finish(start(submissions, tmp_path / "out", "--force"))
    assert "4 submissions (4 judged)" in said


def test_shards_put_together_are_the_whole(tmp_path):
    submissions = class_of(tmp_path / "in", 8)
    finish(start(submissions, tmp_path / "whole", "--workers", "2"))
    for number in (1, 2, 3):
        same_secret(tmp_path / f"s{number}", tmp_path / "whole")
        path = tmp_path / f"s{number}" / NAME
        path.write_text(path.read_text().replace('"shard": ""', f'"shard": "{number}/3"'))
        finish(start(submissions, tmp_path / f"s{number}", "--shard", f"{number}/3"))
    parts = [tmp_path / f"s{number}" for number in (1, 2, 3)]
    said = finish(start(*parts[:1], tmp_path / "all", *parts[1:], "--merge"))
    assert "8 submissions of 3 folders" in said
    assert kept(tmp_path / "all") == kept(tmp_path / "whole")
    process = start(parts[0], tmp_path / "two", parts[1], "--merge")
    assert "missing: shard 3/3" in process.communicate(timeout=60)[0]
    assert process.returncode == 1


def test_a_line_that_a_kill_cut_short_is_passed_over(tmp_path):
    journal = Journal(tmp_path)
    journal.note("a", "key", True)
    journal.close()
    with open(tmp_path / NAME, "ab") as file:
        file.write(b'{"kind": "done", "stud')
    again = Journal(tmp_path)
    assert again.secret == journal.secret
    assert list(again.done) == ["a"]
    again.note("b", "key", True)
    again.close()
    assert list(Journal(tmp_path).done) == ["a", "b"]


def test_results_of_another_version_are_kept_unless_forced(tmp_path):
    Journal(tmp_path).close()
    path = tmp_path / NAME
    path.write_text(path.read_text().replace('"version": "', '"version": "0.'))
    with pytest.raises(ValueError, match=r"holds results of ddpm-edu 0\..*--force"):
        Journal(tmp_path)
    Journal(tmp_path, force=True).close()
    with pytest.raises(ValueError, match="holds the results of all submissions, asked for shard"):
        Journal(tmp_path, shard="1/2")
