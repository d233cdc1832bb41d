"""A dask scheduler and two workers, started by their own commands; one is killed on the way."""

import os
import socket
import subprocess
import sys
import time

import pytest
from grading import hand_in, mixed, needs_sandbox

from ddpm_edu.grading.result import read_results


pytest.importorskip("distributed", reason='needs the extra: pip install "ddpm-edu[cluster]"')
pytestmark = [pytest.mark.slow, needs_sandbox]
STUDENTS = 10
ONE = "03_objective.ipynb"


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-P", "-m", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_a_scheduler_hands_out_submissions_and_a_worker_may_go_away(tmp_path):
    for number in range(STUDENTS):
        book = mixed({"predict_x0"} if number % 2 else set())[ONE]
        book["cells"][1]["source"] += f"\nnumber = {number}"
        hand_in(tmp_path / "in", f"student-{number}", {ONE: book})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    run = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port]
    processes = [start(*run, "--no-dashboard")]
    try:
        worker = ["distributed.cli.dask_worker", address, "--nthreads", 1, "--no-dashboard"]
        worker += ["--no-nanny", "--death-timeout", 60, "--local-directory", tmp_path]
        processes += [start(*worker), start(*worker)]
        time.sleep(10)
        command = ["ddpm_edu.cli", "grade", tmp_path / "in", "--out", tmp_path / "out"]
        grade = start(*command, "--exercises", "lesson_3", "--scheduler", address)
        processes.append(grade)
        while not list((tmp_path / "out").glob("results/*.json")):
            assert grade.poll() is None, grade.communicate()[0]
            time.sleep(0.2)
        processes[1].kill()
        said = grade.communicate(timeout=120)[0]
    finally:
        for process in processes:
            process.kill()
            if process.stdout and not process.stdout.closed:
                process.communicate()
    assert grade.returncode == 0, said
    scores = [result.score for result in read_results(tmp_path / "out")]
    assert scores == [0, 2] * (STUDENTS // 2)
