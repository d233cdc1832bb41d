"""A control group of Linux: counts what a command and all that it starts use, and can limit it."""

import contextlib
import os
import pathlib
import secrets
import signal
import time


ROOT = pathlib.Path("/sys/fs/cgroup")
MIB = 2**20


class ControlGroup:
    """A group of processes, of version 1 or 2; gone after `with`, and all that run in it.

    Args:
        memory: bytes that its processes may use together, without any swap; None: all there are.
    Raises:
        OSError: none can be made here: it takes Linux and, as a rule, root.
    """

    def __init__(self, memory: int | None = None):
        name = f"ddpm-edu-{os.getpid()}-{secrets.token_hex(3)}"
        self.is_v2 = (ROOT / "cgroup.controllers").exists()
        kinds = [""] if self.is_v2 else ["memory", "cpuacct"]
        self.folders = [ROOT / kind / name for kind in kinds]
        try:
            for folder in self.folders:
                folder.mkdir()
            self.read("memory.max" if self.is_v2 else "memory.limit_in_bytes")
            if memory:
                self.limit(memory)
        except OSError:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def limit(self, memory):
        name = "memory.max" if self.is_v2 else "memory.limit_in_bytes"
        (self.folders[0] / name).write_text(str(memory))
        with contextlib.suppress(OSError):  # no swap is counted here
            name, most = ("swap.max", 0) if self.is_v2 else ("memsw.limit_in_bytes", memory)
            (self.folders[0] / f"memory.{name}").write_text(str(most))

    def command(self, *command) -> list[str]:
        """Return the command that enters the group and then becomes another command."""
        enter = "".join(f"echo $$ > {folder}/cgroup.procs && " for folder in self.folders)
        return ["/bin/sh", "-c", f'{enter}exec "$@"', "sh", *map(str, command)]

    def read(self, name) -> dict[str, int]:
        """Return the numbers in a file, that of a file with one number alone under ""."""
        lines = (self.folders[-1 if name.startswith("cpu") else 0] / name).read_text().split("\n")
        pairs = (line.rpartition(" ") for line in lines if line)
        return {key: int(value) for key, _, value in pairs if value.isdigit()}

    def seconds(self) -> float:
        """Return the seconds of one core that were used, by ended processes too."""
        if self.is_v2:
            return self.read("cpu.stat")["usage_usec"] / 1e6
        return self.read("cpuacct.usage")[""] / 1e9

    def anonymous(self) -> float:
        """Return the MiB in memory now that are in no file: what must fit without swap."""
        return self.read("memory.stat")["anon" if self.is_v2 else "rss"] / MIB

    def peak(self) -> float:
        """Return the most MiB that were counted, of files read for the first time too."""
        name = "memory.peak" if self.is_v2 else "memory.max_usage_in_bytes"
        return self.read(name)[""] / MIB

    def close(self):
        """End what runs in the group, and the group."""
        for folder in self.folders:
            for _ in range(100):
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    for pid in (folder / "cgroup.procs").read_text().split():
                        os.kill(int(pid), signal.SIGKILL)
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:  # some are still ending
                    time.sleep(0.05)
                else:
                    break
