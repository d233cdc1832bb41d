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


@pytest.fixture
def offline(tmp_path):
    """Give a way to run a command where only the loop-back interface exists and only tmp_path can be written."""
    room = ["bwrap", "--unshare-net", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    room += ["--bind", tmp_path, tmp_path, "--setenv", "HOME", tmp_path, "--setenv", "TMPDIR", tmp_path]

    def run(*command):
        words = [str(word) for word in (*room, *command)]
        return subprocess.run(words, capture_output=True, text=True, timeout=300, cwd=ROOT)

    return run


def test_there_is_no_network_in_there(offline):
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)"
    assert "Network is unreachable" in offline(sys.executable, "-c", code).stderr


def test_digits_are_sampled_without_a_network(offline, tmp_path):
    done = offline(Path(sys.executable).parent / "ddpm-edu", "sample", "--data", "digits", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/samples.png").exists()


def test_the_lesson_and_the_solutions_run_without_a_network(offline):
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
    done = offline(sys.executable, "-c", code, *books)
    assert done.stdout.splitlines() == [f"ran {book}" for book in books], done.stderr[-2000:]


def test_a_data_set_that_is_not_there_says_so(offline):
    code = "import ddpm_edu; ddpm_edu.load_images('cifar10')"
    done = offline(sys.executable, "-c", code)
    assert "cifar10 could not be downloaded" in done.stderr
    assert "use mnist5k or digits, which need no network" in done.stderr
