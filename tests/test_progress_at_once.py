"""The progress file under several processes: nothing is lost, whatever happens to one of them."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from ddpm_edu.checks.learner.progress_file import Entry, Progress, one_hint_more


WRITER = """
import sys
from ddpm_edu.checks.learner.progress_file import Progress, one_hint_more, after_check
from ddpm_edu.checks import Report
path, own, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(count):
    for name in (own, "snr"):
        Progress(path).update(name, after_check(Report(name, "wrong", 0.5, 1.0, None, "", 0.1)))
"""
HOLDER = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def told():
    return []


@pytest.fixture
def notes(tmp_path, told):
    """Return a progress file that does not exist yet; what it says goes into `told`."""
    return Progress(tmp_path / "progress.json", tell=told.append)


@pytest.fixture
def start():
    """Start a Python process that says when it is ready; it is ended with the test."""
    processes = []

    def started(code, *arguments):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(command, **pipes))
        assert processes[-1].stdout.readline() == "ready\n"
        return processes[-1]

    yield started
    for process in processes:
        process.kill()
        process.communicate()


def go(process):
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_processes_that_write_at_once_lose_nothing(notes, told, start):
    processes = [start(WRITER, notes.path, own, 30) for own in ("step_q", "sample_q")]
    for process in processes:
        go(process)
    assert [process.wait(60) for process in processes] == [0, 0]
    assert {name: entry.attempts for name, entry in notes.read().items()} == {
        "step_q": 30,
        "sample_q": 30,
        "snr": 60,
    }
    assert told == []


def test_a_writer_that_is_killed_leaves_a_whole_file_and_no_lock(notes, told, start):
    large = {"misconceptions": ["m" * 3_000_000]}  # so that much of the time goes into writing
    notes.path.write_text(json.dumps({"version": 1, "exercises": {"large": large}}))
    writer = start(WRITER, notes.path, "step_q", 10_000)
    go(writer)
    attempts = 0
    while attempts < 15:
        entries = json.loads(notes.path.read_text())["exercises"]  # whole at every moment
        attempts = entries["step_q"]["attempts"] if "step_q" in entries else 0
    os.kill(writer.pid, signal.SIGKILL)
    assert writer.wait(10) == -signal.SIGKILL
    assert notes.update("step_q", one_hint_more).attempts >= attempts
    assert notes.read()["large"].misconceptions == tuple(large["misconceptions"])
    assert told == []


def test_a_lock_that_another_process_holds_is_waited_for(notes, told, start):
    holder = start(HOLDER, notes.path.with_name(".progress.json.lock"))
    release = subprocess.Popen(["sh", "-c", "sleep 1; kill $0", str(holder.pid)])
    begin = time.monotonic()
    assert notes.update("snr", one_hint_more).hints == 1
    assert time.monotonic() - begin > 0.5
    assert release.wait(10) == 0
    assert Progress(notes.path).read() == {"snr": Entry(hints=1)}
    assert told == []


def test_a_lock_that_is_never_given_back_is_waited_for_once(notes, told, start, monkeypatch):
    monkeypatch.setattr("ddpm_edu.checks.learner.progress_file.PATIENCE", 0.5)
    start(HOLDER, notes.path.with_name(".progress.json.lock"))
    begin = time.monotonic()
    assert [notes.update("snr", one_hint_more).hints for _ in range(3)] == [1, 2, 3]
    assert time.monotonic() - begin < 1
    assert len(told) == 1
