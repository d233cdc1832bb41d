"""The course needs no network: proven in a namespace that has none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("bwrap"), reason="the network is taken away with bubblewrap, not installed"),
]


def offline(*command):
    """Run a command where only the loop-back interface exists; the course lies there read-only."""
    room = ["bwrap", "--unshare-net", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
    return subprocess.run([*room, *map(str, command)], capture_output=True, text=True, timeout=300, cwd=ROOT)


def test_there_is_no_network_in_there():
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)"
    assert "Network is unreachable" in offline(sys.executable, "-c", code).stderr


def test_digits_are_sampled_without_a_network():
    done = offline(Path(sys.executable).parent / "ddpm-edu", "sample", "--data", "digits", "--out", "/tmp/out")
    assert done.returncode == 0, done.stderr
    assert "wrote /tmp/out/samples.png" in done.stdout


def test_the_lesson_and_the_solutions_run_without_a_network():
    code = """
import pathlib, sys
import nbformat
from nbclient import NotebookClient
for path in map(pathlib.Path, sys.argv[1:]):
    book, there = nbformat.read(path, as_version=4), {"metadata": {"path": path.parent}}
    NotebookClient(book, timeout=120, resources=there).execute()
    print("ran", path)
"""
    books = ["notebooks/06_sampling.ipynb", "solutions/06_sampling.ipynb"]
    done = offline("env", "HOME=/tmp", sys.executable, "-c", code, *books)
    assert done.stdout.splitlines() == [f"ran {book}" for book in books], done.stderr[-2000:]


def test_a_data_set_that_is_not_there_says_so():
    code = "import ddpm_edu; ddpm_edu.load_images('cifar10')"
    done = offline("env", "DDPM_EDU_CACHE=/tmp/cache", sys.executable, "-c", code)
    assert "cifar10 could not be downloaded" in done.stderr
    assert "use mnist5k or digits, which need no network" in done.stderr
