"""What a submission may use, and the watch that ends a worker that uses more."""

import contextlib
import os
import platform
import re
import threading
import time
from dataclasses import dataclass
from typing import Any


MIB = 2**20
PAUSE = 0.05  # s between two looks
TOO_LONG = "took too long"
SUDDEN = "ended its process"
THREADS = 16  # for each process that it may have: the kernel counts both together
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def counts_apart(release: str) -> bool:
    """Tell whether a Linux counts the processes of each namespace of users by themselves."""
    number = re.match(r"(\d+)\.(\d+)", release)
    return number is not None and tuple(map(int, number.groups())) >= (5, 14)


COUNTS_APART = counts_apart(platform.release())


@dataclass(frozen=True)
class Limits:
    """What a worker may use.

    Args:
        seconds: for a cell, and for an exercise.
        memory: bytes of all its processes and files together, beyond what was imported.
        processes: at one time.
        disk: bytes of all files that it writes.
        notebook_seconds: for all cells of a notebook together, 0: 30 times `seconds`.
    """

    seconds: float = 10.0
    memory: int = 2048 * MIB
    processes: int = 32
    disk: int = 256 * MIB
    notebook_seconds: float = 0.0

    @property
    def all_cells(self) -> float:
        """Seconds for all cells of a notebook, and again for running them again."""
        return self.notebook_seconds or 30 * self.seconds

    def for_process(self, numbers: dict, in_sandbox: bool = False) -> dict[str, list[int]]:
        """Return the limits that the kernel keeps for each process of a worker.

        Args:
            numbers: what the warm parent uses already, in KiB.
            in_sandbox: whether its processes are counted apart from all others of its user.
        """
        data = numbers["VmData"] * 1024 + self.memory
        cpu = int(2 * (self.all_cells + 100 * self.seconds))
        tasks = THREADS * self.processes
        counted = {"RLIMIT_NPROC": [tasks, tasks]} if in_sandbox and COUNTS_APART else {}
        return {
            **counted,
            "RLIMIT_DATA": [data, data],
            "RLIMIT_FSIZE": [self.disk, self.disk],
            "RLIMIT_CORE": [0, 0],
            "RLIMIT_CPU": [cpu, cpu],
            "RLIMIT_MEMLOCK": [0, 0],
            "RLIMIT_MSGQUEUE": [0, 0],
        }


class Watch:
    """A thread that ends a worker once it is late or uses too much.

    Args:
        limits: what it may use.
        baseline: bytes in memory that it shares with the warm parent.
    """

    def __init__(self, limits: Limits, baseline: int):
        self.limits, self.baseline = limits, baseline
        self.place: Any = None
        self.deadline, self.exceeded = float("inf"), ""
        self.not_before = 0.0  # when memory is counted exactly again
        self.lock, self.done = threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def begin(self, place):
        """Watch a worker from now on; `place` has `has_worker`, `processes`, `disk`, `kill`."""
        with self.lock:
            self.place, self.deadline, self.exceeded = place, float("inf"), ""

    def end(self):
        """Watch nothing."""
        with self.lock:
            self.place = None

    def expect_answer(self, seconds: float):
        """Set the time by which the worker must have answered."""
        self.deadline = time.monotonic() + seconds

    def answered(self):
        """Let the worker be idle."""
        self.deadline = float("inf")

    def stop(self):
        """End the thread."""
        self.done.set()
        self.thread.join()

    def run(self):
        while not self.done.wait(PAUSE):
            with self.lock, contextlib.suppress(OSError):
                if self.place and not self.exceeded:
                    self.exceeded = self.look()
                    if self.exceeded:
                        self.place.kill()

    def look(self) -> str:
        """Return what is wrong with the worker, or ""."""
        if time.monotonic() > self.deadline:
            return TOO_LONG
        if not self.place.has_worker():
            return SUDDEN
        folders, files = self.place.processes(), self.place.disk()
        if len(folders) > self.limits.processes:
            return f"used more than {self.limits.processes} processes"
        if sum(map(resident, folders)) - self.baseline + files < self.limits.memory:
            return ""
        # Counted twice there: what processes share. The exact number takes longer to find, and
        # longer still where many processes keep the machine busy.
        begin, used = time.monotonic(), files
        if begin < self.not_before:
            return ""
        for folder in folders:
            used += proportional(folder)
            if len(self.place.processes()) > self.limits.processes:
                return f"used more than {self.limits.processes} processes"
        self.not_before = begin + 5 * (time.monotonic() - begin)
        if used > self.limits.memory:
            return f"used more than {self.limits.memory / MIB:g} MiB of memory"
        return ""


def resident(folder: str) -> int:
    """Return the bytes of a process that are in memory, by its folder in /proc."""
    try:
        with open(f"{folder}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * PAGE
    except OSError:  # it has ended
        return 0


def proportional(folder: str) -> int:
    """Return a process's share of anonymous memory, split between those who share it."""
    kib = 0
    with contextlib.suppress(OSError), open(f"{folder}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if line.startswith(("Pss_Anon:", "Pss_Shmem:")):
                kib += int(line.split()[1])
    return kib * 1024
