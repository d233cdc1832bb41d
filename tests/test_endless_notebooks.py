"""`ddpm-edu check` on notebooks that do not run to their end: loops, dead kernels, broken files."""

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

import pytest
from notebook_runs import COMMAND, run, write


pytestmark = pytest.mark.slow


# These run to the end by themselves: a cell that never ends is given three seconds here.
IN_3_SECONDS = (
    "import sys; from ddpm_edu.checks.learner.scoreboard import run; "
    "sys.exit(not run(sys.argv[1:], seconds=3))"
)


STUBBORN = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"


def test_notebooks_that_cannot_be_run_to_their_end_do_not_stop_the_others(tmp_path):
    write(
        tmp_path / "01_loop.ipynb",
        "while True: pass",
        "print('goes on')",
        "undefined_name",
        STUBBORN,
        "1 + 1",
    )
    (tmp_path / "02_broken.ipynb").write_text("{ no notebook")
    write(tmp_path / "03_fine.ipynb", "def snr(t, schedule):\n    raise NotImplementedError")
    done = run(sys.executable, "-c", IN_3_SECONDS, tmp_path, cwd=tmp_path)
    assert done.returncode == 1
    told = [
        line
        for line in done.stdout.splitlines()
        if line.startswith("  ✓") or line.startswith("  ✗")
    ]
    assert told == [
        "  ✗ cell 0: cannot be read as a notebook",
        "  ✗ cell 1: while True: pass",
        "  ✓ cell 2: print('goes on')",
        "  ✗ cell 3: undefined_name",
        "  ✗ cell 4: import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)",
        "  ✗ cell 5: 1 + 1",
        "  ✓ cell 1: def snr",
    ]
    assert done.stdout.splitlines()[5] == "      took longer than 3 s"


def test_a_cell_that_ends_its_kernel_is_not_waited_for(tmp_path):
    write(tmp_path / "01_end.ipynb", "import os; os._exit(1)", "check('snr', snr)")
    begin = time.monotonic()
    done = run(
        COMMAND,
        "check",
        tmp_path,
        "--json",
        tmp_path / "a.json",
        "--junit",
        tmp_path / "a.xml",
        cwd=tmp_path,
    )
    assert time.monotonic() - begin < 60, "a cell may take 120 s"
    assert done.returncode == 1
    first, second = json.loads((tmp_path / "a.json").read_text())["cells"]
    assert (first["text"][:27], second["text"][:11]) == (
        "this cell ended its kernel ",
        "Kernel dead",
    )
    failures = ElementTree.parse(tmp_path / "a.xml").findall(".//failure")
    assert len(failures) == 3, "two cells, one exercise"


def test_what_was_not_checked_when_ctrl_c_came_is_told(tmp_path):
    good = "def snr(t, schedule):\n    return schedule.alphas_bar[t] / (1 - schedule.alphas_bar[t])"
    write(tmp_path / "01_a.ipynb", "from ddpm_edu import check", good, "check('snr', snr)")
    write(tmp_path / "02_b.ipynb", "import time; time.sleep(60)", "check('step_q', step_q)")
    command = [COMMAND, "check", tmp_path]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    process = subprocess.Popen(command, env=environment, start_new_session=True, **pipes)
    before = list(iter(process.stdout.readline, "  ✓ cell 3: check('snr', snr)\n"))
    time.sleep(5)
    os.killpg(process.pid, signal.SIGINT)
    told = "".join(before) + process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "✓ lesson 1  snr: 1 of 1 points, passed\n" in told
    assert "? lesson 1  step_q: 0 of 2 points, not checked\n" in told
