"""The sandbox of a worker: namespaces and mounts, made by bubblewrap."""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import site
import subprocess
import sys
import sysconfig
from typing import Any

import ddpm_edu
from ddpm_edu.grading.own_user import give_users, is_wanted


PACKAGE = pathlib.Path(ddpm_edu.__file__).resolve().parent
# What a worker sees of this package: mathematics, the worker's side of the checks, pictures.
VISIBLE = ("checks/exercise.py", "checks/worker", "assets", "figures", "widgets")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
SETTINGS = (
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf"),
    *("/etc/ld.so.conf.d", "/etc/localtime"),
)
HOME = "/tmp/home"
START = 20.0  # s
MOST_DISK = 256 * 2**20  # bytes of all files that a worker writes
SHARED_MEMORY = 64 * 2**20  # bytes of /dev/shm


def visible_parts() -> list[pathlib.Path]:
    """Return the files and folders of the package that a worker sees."""
    parts = [*sorted(PACKAGE.glob("*.py")), *(PACKAGE / name for name in VISIBLE)]
    return [part for part in parts if part.exists()]


def python_folders() -> list[str]:
    """Return the folders from which Python and its packages load, outer ones first."""
    places = {sys.prefix, sys.base_prefix, *map(sysconfig.get_path, ("stdlib", "purelib"))}
    places |= {os.path.dirname(os.path.realpath(sys.executable))}
    places |= {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    if site.ENABLE_USER_SITE:
        places.add(site.getusersitepackages())
    places |= {os.path.realpath(place) for place in places}
    kept = []
    for place in sorted(places):
        is_inside = any(place.startswith(f"{outer}/") for outer in (*kept, *SYSTEM))
        if os.path.isdir(place) and place not in ("/", *SYSTEM) and not is_inside:
            kept.append(place)
    return kept


def mounts(hidden, twins) -> list[str]:
    """Return bwrap's arguments for what a worker sees of the machine, all of it read-only.

    Args:
        hidden: folders that must be empty there, such as the submissions.
        twins: path of a file of the package -> path of what is seen in its place.
    """
    arguments = []
    for path in SYSTEM:
        if os.path.islink(path):
            arguments += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            arguments += ["--ro-bind", path, path]
    for path in SETTINGS:
        arguments += ["--ro-bind-try", path, path]
    shown = [*SYSTEM, *python_folders()]
    arguments += around(python_folders())
    for path in python_folders():
        arguments += ["--ro-bind", path, path]
    course = [os.path.join(sys.prefix, "share/ddpm-edu"), PACKAGE]  # of a wheel: with solutions
    covered = [os.path.realpath(folder) for folder in [*course, *hidden]]
    covered = [
        folder
        for folder in covered
        if os.path.isdir(folder) and any(f"{folder}/".startswith(f"{outer}/") for outer in shown)
    ]
    for folder in covered:
        arguments += ["--tmpfs", folder]
    arguments += around(visible_parts())
    for part in visible_parts():
        arguments += ["--ro-bind", twins.get(str(part), str(part)), str(part)]
    for folder in covered:
        arguments += ["--remount-ro", folder]
    return arguments


def around(paths) -> list[str]:
    """Return bwrap's arguments for folders around paths, which only root could enter otherwise."""
    folders = {str(folder) for path in paths for folder in pathlib.Path(path).parents} - {"/"}
    return [word for folder in sorted(folders) for word in ("--dir", folder)]


def command(hidden, disk: int, twins) -> list[str]:
    """Return the command that makes a sandbox, says so with a line, and waits in it."""
    return [
        *("bwrap", "--unshare-all", "--die-with-parent", "--uid", "0", "--gid", "0"),
        *("--cap-drop", "ALL", "--hostname", "sandbox", "--clearenv", "--new-session"),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--size", str(SHARED_MEMORY), "--tmpfs", "/dev/shm"),
        *("--size", str(disk), "--tmpfs", "/tmp", "--dir", HOME),
        *mounts(hidden, twins),
        # An id of 0 could write to /proc/sys even without any capability.
        *("--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME),
        *("--", "/bin/sh", "-c", "echo; exec sleep 1000000"),
    ]


class Sandbox:
    """Namespaces that a worker joins; all that runs in them ends with `stop`.

    Args:
        hidden: folders that must not be seen, should they lie where Python does.
        disk: bytes of files that can be written.
        twins: path of a file of the package -> path of what is seen in its place.
    Raises:
        ValueError: bubblewrap cannot make one here; the message says why.
    """

    def __init__(self, hidden=(), disk: int = MOST_DISK, twins: dict[str, str] | None = None):
        if not shutil.which("bwrap"):
            raise ValueError("bubblewrap (bwrap) is not installed")
        info, theirs = os.pipe()
        waits, go = os.pipe()
        arguments = command(hidden, disk, twins or {})
        arguments[1:1] = ["--info-fd", str(theirs)]
        own_user = is_wanted(visible_parts())
        if own_user:
            arguments[1:1] = ["--unshare-user", "--userns-block-fd", str(waits)]
        self.process: Any = subprocess.Popen(
            arguments,
            pass_fds=[theirs, waits],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", os.defpath)},  # /proc/1/environ can be read inside
        )
        os.close(theirs)
        os.close(waits)
        self.user = 0  # that of workers, inside
        try:
            with open(info, encoding="utf-8") as file, open(go, "w", encoding="ascii") as begin:
                told = file.read() if select.select([file], [], [], START)[0] else ""
                if own_user and told:
                    self.user = give_users(json.loads(told)["child-pid"])
                    begin.write("\n")
                    begin.flush()
                if not select.select([self.process.stdout], [], [], START)[0]:
                    raise ValueError(f"no answer in {START:g} s")
                if self.process.stdout.read(1) != b"\n":
                    raise ValueError(self.process.stderr.read().decode(errors="replace").strip())
                self.pid = json.loads(told)["child-pid"]
            self.pidfd = os.pidfd_open(self.pid)
        except (ValueError, OSError) as error:
            self.process.kill()
            self.close()
            raise ValueError(f"bubblewrap cannot make a sandbox here: {error}") from error
        self.root = f"/proc/{self.pid}/root"

    def stop(self):
        """End everything that runs inside."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        os.close(self.pidfd)
        self.close()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
