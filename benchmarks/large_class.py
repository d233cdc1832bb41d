"""The memory of `ddpm-edu grade` while it grades a large class of notebooks that all differ.

`python benchmarks/large_class.py 2000 2` grades 2000 by two workers and tells the memory of the
command, of the judges, and of the warm parents that workers are forked from, on the way.
"""

import contextlib
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from grading import GRADE, cells_with, environment, write

from ddpm_edu.grading.isolation import descendants


MARKS = (10, 100, 300, 500, 1000, 1500, 2000, 5000)
COUNTED = ("Rss", "Pss")
WARM = b"ddpm_edu.checks.worker.warm"


def roles(pid):
    """Return {role: process ids} of the command and of what it keeps running."""
    found = {"command": [pid], "judge": [], "warm parent": []}
    for child in descendants(pid):
        with contextlib.suppress(OSError):  # it has ended
            own, text = (pathlib.Path(f"/proc/{child}/{name}") for name in ("cmdline", "status"))
            parent = re.search(r"^PPid:\s*(\d+)", text.read_text(), re.M)[1]
            above = pathlib.Path(f"/proc/{parent}/cmdline").read_bytes()
            if b"spawn_main" in own.read_bytes():
                found["judge"].append(child)
            elif WARM in own.read_bytes() and WARM not in above:  # a fork has the same command
                found["warm parent"].append(child)
    return found


def memory(pid):
    """Return "role resident/share" in MiB for each; the share splits what processes share."""
    told = []
    for role, pids in roles(pid).items():
        for number in sorted(pids):
            with contextlib.suppress(OSError):
                text = pathlib.Path(f"/proc/{number}/smaps_rollup").read_text()
                kib = [int(re.search(rf"^{name}:\s*(\d+)", text, re.M)[1]) for name in COUNTED]
                told.append("{} {:.0f}/{:.0f}".format(role, *(n / 1024 for n in kib)))
    return ", ".join(told)


def grade(count, workers):
    """Print the memory of the command while it grades many notebooks of one exercise."""
    cells = cells_with(["snr"])
    cells = [c for c in cells if "def snr(" in c or c.startswith(("import ", "from "))]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            write(cells, pathlib.Path(folder, f"in/{number:05}/work.ipynb"), number)
        arguments = "in", "--out", "out", "--exercises", "snr", "--workers", str(workers)
        begin, done = time.perf_counter(), 0
        options = {"cwd": folder, "env": environment(folder), "text": True}
        process = subprocess.Popen([*GRADE, *arguments], stdout=subprocess.PIPE, **options)
        print(f"{count} notebooks of one exercise, --workers {workers}; MiB resident/share after")
        for line in process.stdout:
            if re.match(r"\d{5}: 1 of 1 points", line):
                done += 1
                if done in MARKS or done == count:
                    print(f"  {done:5} notebooks: {memory(process.pid)}; ", end="")
                    print(f"{(time.perf_counter() - begin) / done:.2f} s a notebook", flush=True)
        assert (process.wait(), done) == (0, count)


if __name__ == "__main__":
    count, workers = map(int, [*sys.argv[1:], *("500", "2")[len(sys.argv) - 1 :]])
    grade(count, workers)
