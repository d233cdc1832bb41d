"""Where a worker runs: in a sandbox ("bwrap"), or in a process group of its own ("process")."""

import contextlib
import os
import pathlib
import shutil
import signal
import tempfile

from ddpm_edu.grading.sandbox import HOME, Sandbox


FIRST = 3  # process id of a worker in its sandbox; bubblewrap has 1, what waits there has 2
BWRAP, PROCESS = "bwrap", "process"


class SandboxPlace:
    """A sandbox with one worker in it.

    Args:
        limits: what the worker may use.
        hidden, twins: as for a Sandbox.
    """

    folder = HOME

    def __init__(self, limits, hidden, twins):
        self.sandbox = Sandbox(hidden, limits.disk, twins)
        self.pidfd, self.user = self.sandbox.pidfd, self.sandbox.user
        self.has_begun = False

    def begin(self, pid):
        """Note that the worker has answered for the first time."""
        self.has_begun = True

    def has_worker(self) -> bool:
        """Tell whether the worker is there, which may leave others behind."""
        return not self.has_begun or os.path.exists(f"{self.sandbox.root}/proc/{FIRST}")

    def processes(self) -> list[str]:
        """Return the folder in /proc of each process inside, bubblewrap's own two left out."""
        root = f"{self.sandbox.root}/proc"
        return [
            f"{root}/{name}" for name in os.listdir(root) if name.isdigit() and int(name) >= FIRST
        ]

    def disk(self) -> int:
        """Return the bytes of all files inside."""
        used = 0
        for folder in ("/tmp", "/dev/shm"):
            found = os.statvfs(f"{self.sandbox.root}{folder}")
            used += (found.f_blocks - found.f_bfree) * found.f_frsize
        return used

    def kill(self):
        """End all processes inside."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def close(self):
        """End all that is inside, and the sandbox."""
        self.sandbox.stop()


class ProcessPlace:
    """A private folder and a process group: no wall against reading files or using the network.

    Args:
        limits: what the worker may use.
        warm_pid: of the warm parent; all its descendants belong to the worker.
        folder: of the warm parent, in which the worker has its own.
    """

    pidfd, user = None, 0

    def __init__(self, limits, warm_pid: int, folder: str):
        self.worker, self.warm_pid = None, warm_pid
        self.folder = tempfile.mkdtemp(dir=folder)

    def begin(self, pid):
        """Note the process id of the worker, which has answered for the first time."""
        self.worker = pid

    def has_worker(self) -> bool:
        """Tell whether the worker is there, which may leave others behind."""
        return self.worker is None or os.path.exists(f"/proc/{self.worker}")

    def processes(self) -> list[str]:
        """Return the folder in /proc of each process of the worker."""
        return [f"/proc/{pid}" for pid in descendants(self.warm_pid)]

    def disk(self) -> int:
        """Return 0: its files are on the disk, where each has its largest size."""
        return 0

    def kill(self):
        """End all processes of the worker."""
        for _ in range(100):  # those that fork while others are ended are found the next time
            found = descendants(self.warm_pid)
            if not found:
                return
            for pid in found:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    def close(self):
        """End all processes of the worker and remove its files."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def descendants(ancestor: int) -> list[int]:
    """Return the ids of all processes below one, ended ones left out."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError):
                # the name of a program may hold spaces and brackets
                text = pathlib.Path(f"/proc/{entry}/stat").read_text("utf-8", "replace")
                state, parent = text.rpartition(")")[2].split()[:2]
                if state != "Z":
                    children.setdefault(int(parent), []).append(int(entry))
    found, left = [], [ancestor]
    while left:
        below = children.get(left.pop(), [])
        found += below
        left += below
    return found
