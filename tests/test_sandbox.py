"""What the kernel itself keeps of a sandbox's limits, the watch aside."""

import os

import pytest
from grading import needs_sandbox

from ddpm_edu.grading import sandbox
from ddpm_edu.grading.isolation import BWRAP
from ddpm_edu.grading.limits import COUNTS_APART, THREADS, Limits, Watch, counts_apart
from ddpm_edu.grading.own_user import OWN, all_may_read, is_wanted
from ddpm_edu.grading.sandboxed import ENVIRONMENT, SandboxedWorker
from ddpm_edu.grading.warm_parent import WarmParent


pytestmark = [pytest.mark.usefixtures("as_learners_run_it"), pytest.mark.slow]
BOMB = """import os, time
count = 0
try:
    while os.fork():
        count += 1
    time.sleep(100)
except BlockingIOError:
    print(count, os.getuid())"""


@pytest.fixture
def printed():
    """Run a cell in a sandbox of two processes, with a watch that allows a thousand."""

    def run(source):
        warm, limits = WarmParent.shared(ENVIRONMENT), Limits(processes=2)
        watch = Watch(Limits(processes=1000), warm.numbers["VmRSS"] * 1024)
        worker = SandboxedWorker(warm, watch, limits, BWRAP)
        try:
            worker.start()
            answer = worker.ask({"do": "run_cell", "source": source, "seconds": 10.0}, 10.0)
            return answer["printed"].split()
        finally:
            worker.stop()
            watch.stop()

    return run


@needs_sandbox
@pytest.mark.skipif(not COUNTS_APART, reason="this Linux counts all processes of a user together")
def test_a_fork_bomb_meets_the_kernels_limit_where_no_watch_looks_and_root_judges_too(printed):
    count, user = map(int, printed(BOMB))
    own_two = 2 if user == 0 else 0  # bubblewrap's, of the same user
    assert count == 2 * THREADS - 1 - own_two
    assert os.geteuid() or user == OWN


@needs_sandbox
def test_where_files_are_roots_alone_workers_stay_root_and_can_be_watched(printed, monkeypatch):
    monkeypatch.setattr(sandbox, "is_wanted", lambda parts: False)
    assert printed("import os\nprint(os.getuid())") == ["0"]


def test_a_user_of_its_own_needs_files_that_everybody_may_read(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "part.py").touch(0o644)
    tmp_path.chmod(0o755)
    assert is_wanted([tmp_path / "part.py"])
    (tmp_path / "part.py").chmod(0o640)
    assert not is_wanted([tmp_path])
    tmp_path.chmod(0o744)
    assert not all_may_read(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not is_wanted([])


@pytest.mark.parametrize(
    ("release", "expected"),
    [("5.14.0-503.el9", True), ("6.1", True), ("5.4.0-26-generic", False), ("what", False)],
)
def test_which_linux_counts_processes_apart_is_read_from_its_number(release, expected):
    assert counts_apart(release) == expected
