"""The course needs no network: proven in a namespace without one, and by closed sockets."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


def test_what_tests_start_reaches_this_machine_only():
    # kernels too: so every lesson, exercise and solution that the tests run has no network
    code = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname(), timeout=5).close()
for address in (("192.0.2.1", 80), ("example.org", 80)):
    try:
        socket.create_connection(address, timeout=5)
    except OSError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.count("the network is blocked during tests") == 2, done.stderr


@pytest.fixture
def offline(tmp_path):
    """Return a way to run a command with loop-back alone, where only tmp_path can be written."""
    if not shutil.which("bwrap"):
        pytest.skip("the network is taken away with bubblewrap, which is not installed")
    sandbox = ["bwrap", "--unshare-net", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    sandbox += ["--unsetenv", "PYTHONPATH", "--bind", tmp_path, tmp_path]
    sandbox += ["--setenv", "HOME", tmp_path, "--setenv", "TMPDIR", tmp_path]

    def run(*command):
        words = [str(word) for word in (*sandbox, *command)]
        return subprocess.run(words, capture_output=True, text=True, timeout=300, cwd=ROOT)

    return run


def test_there_is_no_network_in_there(offline):
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)"
    assert "Network is unreachable" in offline(sys.executable, "-c", code).stderr


def test_digits_are_sampled_without_a_network(offline, tmp_path):
    done = offline(
        Path(sys.executable).parent / "ddpm-edu",
        "sample",
        "--data",
        "digits",
        "--out",
        tmp_path / "out",
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/samples.png").exists()


def test_a_notebook_runs_without_a_network(offline):
    code = """
import pathlib, sys
import nbformat
from nbclient import NotebookClient
path = pathlib.Path(sys.argv[1])
book, there = nbformat.read(path, as_version=4), {"metadata": {"path": path.parent}}
NotebookClient(book, timeout=120, resources=there).execute()
print("ran", path)
"""
    done = offline(sys.executable, "-c", code, "solutions/06_sampling.ipynb")
    assert done.stdout == "ran solutions/06_sampling.ipynb\n", done.stderr[-2000:]


def test_a_data_set_that_is_not_there_says_so(offline):
    code = "import ddpm_edu; ddpm_edu.load_images('cifar10')"
    done = offline(sys.executable, "-c", code)
    assert "cifar10 could not be downloaded" in done.stderr
    assert "use mnist5k or digits, which need no network" in done.stderr
