"""The judge's side of checks/worker/warm.py: starts a warm parent and asks it for workers."""

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import cast

import matplotlib

import ddpm_edu


WARM = (sys.executable, "-P", "-m", "ddpm_edu.checks.worker.warm")
START = 120.0  # s to import torch on a slow disk
ANSWER = 20.0  # s to fork


SHARED: list["WarmParent"] = []  # of this process


class WarmParent:
    """A process that forks workers; it is gone after `with`, or when the judge is.

    Args:
        environment: variables it starts with, besides folders of its own, and no others: a worker
            can read them.
    """

    def __init__(self, environment: dict[str, str]):
        self.path = where_the_package_is()
        self.folder = tempfile.mkdtemp(prefix="ddpm-edu-grade-")
        own: dict[str, str] = dict.fromkeys(("HOME", "IPYTHONDIR"), self.folder)
        own["MPLCONFIGDIR"] = matplotlib.get_cachedir()  # its list of fonts takes a second to make
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [*WARM, str(theirs.fileno()), self.folder],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**environment, **own, "PYTHONPATH": self.path},
                cwd=self.folder,
                start_new_session=True,
            )
        self.control.settimeout(START)
        try:
            self.numbers = json.loads(self.line())
        except (OSError, ValueError) as error:
            self.stop()
            raise ValueError(f"the warm parent of workers did not start: {error}") from error
        self.control.settimeout(ANSWER)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def line(self):
        """Return the next line that the process writes."""
        received = b""
        while not received.endswith(b"\n"):
            part = self.control.recv(4096)
            if not part:
                raise OSError("it ended")
            received += part
        return received

    def fork(self, request: dict, pidfd: int | None = None) -> tuple[Connection, int]:
        """Fork a worker; return the connection to it and its process id.

        Args:
            request: "folder", "environment", "limits", as `warm.prepare` reads them.
            pidfd: of a process whose namespaces it joins, or None.
        Raises:
            OSError: the warm parent is gone.
        """
        ours, theirs = Pipe()
        message = json.dumps({**request, "sandbox": pidfd is not None}).encode()
        fds = [theirs.fileno(), *([] if pidfd is None else [pidfd])]
        try:
            socket.send_fds(self.control, [message], fds)
            return cast(Connection, ours), int(self.line())
        except OSError:
            self.process.kill()  # whoever needs one again starts another
            self.process.wait()
            raise
        finally:
            theirs.close()

    @classmethod
    def shared(cls, environment: dict[str, str]) -> "WarmParent":
        """Return the warm parent of this process; start it if there is none, or it has ended."""
        if SHARED and SHARED[0].process.poll() is not None:
            cls.stop_shared()
        if not SHARED:
            SHARED.append(cls(environment))
        return SHARED[0]

    @staticmethod
    def stop_shared():
        """End the warm parent of this process, if there is one."""
        while SHARED:
            SHARED.pop().stop()

    def stop(self):
        """End the process."""
        self.control.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def where_the_package_is() -> str:
    """Return the folder in which Python finds ddpm_edu."""
    return os.path.dirname(os.path.dirname(os.path.abspath(ddpm_edu.__file__)))


atexit.register(WarmParent.stop_shared)
