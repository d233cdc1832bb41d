"""Time the lessons from top to bottom, and the exercises and solutions under nbval."""

import os
import pathlib
import subprocess
import sys
import time

import nbformat
from nbclient import NotebookClient


ROOT = pathlib.Path(__file__).parents[1]


def main():
    os.environ["OMP_NUM_THREADS"] = "2"  # of the kernels
    print("lessons, a kernel each, 2 threads, target <= 60 s each and <= 300 s together:")
    times = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        book, start = nbformat.read(path, as_version=4), time.perf_counter()
        NotebookClient(book, timeout=300, resources={"metadata": {"path": path.parent}}).execute()
        times[path.stem] = time.perf_counter() - start
        print(f"  {path.stem:<24} {times[path.stem]:4.0f} s", flush=True)
    print(f"  together {sum(times.values()):.0f} s")
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    start = time.perf_counter()
    subprocess.run([*pytest, "exercises", "solutions"], cwd=ROOT, check=True, capture_output=True)
    seconds = time.perf_counter() - start
    print(f"exercises and solutions under nbval: {seconds:.0f} s, target <= 180 s\n")


if __name__ == "__main__":
    main()
