"""What runs a notebook's cells: ipykernel over ipc sockets, or IPython's shell in a forked worker.

Seconds of one core and MiB of its own for each notebook, side by side; then the whole of grading.
"""

import os
import pathlib
import resource
import tempfile
import time

from ddpm_edu.checks.run import exercises
from ddpm_edu.course.notebooks import read_notebook
from ddpm_edu.course.paths import ROOT
from ddpm_edu.grading.isolation import BWRAP
from ddpm_edu.grading.judge import Judge
from ddpm_edu.grading.limits import Limits
from ddpm_edu.grading.options import Options
from ddpm_edu.grading.submission import read_submission


TICK = os.sysconf("SC_CLK_TCK")
REPEATS = 5
ANSWERED = ("01_forward_process", "03_objective", "08_faster_and_steered")


def code_cells(name):
    """Return the cells of a notebook of solutions up to its last check: what every learner runs."""
    book = read_notebook(ROOT / f"solutions/{name}.ipynb")
    cells = [cell["source"] for cell in book["cells"] if cell["cell_type"] == "code"]
    last = max(n for n, source in enumerate(cells) if source.startswith("check("))
    return cells[: last + 1]


def cpu(folder):
    """Return the seconds of one core that a process has used, by its folder in /proc."""
    fields = pathlib.Path(folder, "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def own_memory(folder):
    """Return the MiB in memory that a process shares with no other."""
    lines = pathlib.Path(folder, "smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def with_ipykernel(cells):
    """Run cells by a kernel of Jupyter; return (seconds, seconds of one core, MiB)."""
    from jupyter_client import KernelManager

    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        manager = KernelManager(transport="ipc", ip=f"{folder}/kernel")
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        for source in cells:
            client.execute(source, reply=True, timeout=60, stop_on_error=False)
        took = time.perf_counter() - begin
        place = f"/proc/{manager.provisioner.process.pid}"
        found = took, cpu(place), own_memory(place)
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return found


def with_worker(judge, cells):
    """Run cells by a worker in its sandbox; return (seconds, seconds of one core, MiB)."""
    begin, worker = time.perf_counter(), judge.worker()
    worker.start()
    for source in cells:
        worker.ask({"do": "run_cell", "source": source, "seconds": 60.0}, 60.0)
    took = time.perf_counter() - begin
    [place] = worker.place.processes()
    found = took, cpu(place), own_memory(place)
    worker.stop()
    return found


def graded(judge, path):
    """Grade a notebook; return (seconds, seconds of one core of judge and worker)."""
    used, make = [], judge.worker

    def watched():
        worker = make()
        stop = worker.stop

        def stop_and_count():
            if worker.place:
                used.extend(map(cpu, worker.place.processes()))
            stop()

        worker.stop = stop_and_count
        return worker

    judge.worker = watched
    submission = read_submission("student", path, path.parent)
    begin, own = time.perf_counter(), time.process_time()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = judge.grade(submission)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    others = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    judge.worker = make
    assert result.score > 0
    return time.perf_counter() - begin, time.process_time() - own + sum(used) + others


def write_book(folder, name):
    import nbformat

    cells = [nbformat.v4.new_code_cell(source) for source in code_cells(name)]
    path = pathlib.Path(folder, f"{name}.ipynb")
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def middle(rows):
    """Return the median of each column."""
    return [sorted(column)[len(column) // 2] for column in zip(*rows, strict=True)]


def main():
    options = Options(tuple((e.id, e.points) for e in exercises()), Limits(), BWRAP, seed=1)
    print("cells of a notebook with answers, median of", REPEATS)
    with Judge(options) as judge, tempfile.TemporaryDirectory() as folder:
        for name in ANSWERED:
            # `check` judges in a kernel, and only takes note in a worker
            cells = [cell for cell in code_cells(name) if not cell.startswith("check(")]
            for title, run in (
                ("ipykernel over ipc", lambda cells=cells: with_ipykernel(cells)),
                ("shell in a worker", lambda cells=cells: with_worker(judge, cells)),
            ):
                took, core, memory = middle([run() for _ in range(REPEATS)])
                print(f"  {name:22} {title:20} {took:5.2f} s, {core:5.2f} s of a core, ", end="")
                print(f"{memory:4.0f} MiB of its own")
        for name in ANSWERED:
            path = write_book(folder, name)
            graded(judge, path)
            took, core = middle([graded(judge, path) for _ in range(REPEATS)])
            print(f"  {name:22} {'graded':20} {took:5.2f} s, {core:5.2f} s of a core")


if __name__ == "__main__":
    main()
