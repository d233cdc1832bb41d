"""A warm parent: a process that has imported what notebooks need, and forks workers from itself.

It computes nothing, has one thread and knows no answer. What it forks joins a sandbox, gives up all
privileges and serves one connection; so a worker starts in milliseconds, and workers share the
memory of what was imported. `grading/warm_parent.py` on the other side starts it and asks.

A request is a line of JSON with file descriptors beside it: the worker's connection and, for a
sandbox, a pidfd of the process whose namespaces it joins. The answer is the worker's process id.
"""

import contextlib
import ctypes
import importlib
import json
import os
import resource
import shutil
import signal
import socket
import sys
from multiprocessing.connection import Connection


MOST_BYTES = 2**16  # of a request
# Imported before the first fork. A module that is not installed is left out.
MODULES = (
    *("torch", "torch.nn.functional", "numpy", "safetensors.torch", "ddpm_edu", "tqdm.auto"),
    *("IPython.core.interactiveshell", "matplotlib.pyplot", "matplotlib.backends.backend_agg"),
    *(
        "PIL.Image",
        "asyncio",
        "inspect",
        "ddpm_edu.checks.worker.serve",
        "ddpm_edu.checks.worker.shell",
    ),
)
NEW_USER = 0x10000000
# Mounts, control groups, host name, System V objects, process ids, network.
NEW_NAMESPACES = 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x20000000 | 0x40000000
NESTED = "/proc/sys/user/max_user_namespaces"
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_SET_PDEATHSIG = 24, 38, 47, 1
PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE = 36, 4
CAPABILITY_VERSION = 0x20080522
LIBC = ctypes.CDLL(None, use_errno=True)


def preload() -> None:
    """Import what notebooks use; drawing needs no window."""
    import matplotlib

    matplotlib.use("agg")
    for name in MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    from ddpm_edu.checks.worker import shell

    shell.new_shell({"__name__": "__main__"})


def serve_forks(control: socket.socket) -> None:
    """Fork a worker for each request until the other side leaves."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no child is waited for
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what a worker leaves behind stays findable
    preload()
    control.sendall(json.dumps(numbers_of_this_process()).encode() + b"\n")
    while True:
        request, fds, _, _ = socket.recv_fds(control, MOST_BYTES, 2)
        if not request:
            return
        pid = os.fork()
        if pid == 0:
            become_worker(control, json.loads(request), fds)
        for fd in fds:
            os.close(fd)
        control.sendall(b"%d\n" % pid)


def numbers_of_this_process():
    """Return how many threads run and how much memory is in use before any worker (KiB)."""
    with open("/proc/self/status", encoding="ascii") as status:
        fields = dict(line.split(":", 1) for line in status)
    kib = {name: int(fields[name].split()[0]) for name in ("RssAnon", "VmData", "VmRSS")}
    return {"threads": int(fields["Threads"]), **kib}


def become_worker(control, request, fds):
    """Turn this fork into a worker, and end with it."""
    status = 1
    try:
        control.close()
        connection = Connection(fds[0])
        if request["sandbox"]:
            join(fds[1])  # this process has other namespaces now, its children the process ids too
            if os.fork():
                os._exit(0)
            give_up_privileges(request["user"], request["folder"])
        prepare(request, connection)
        from ddpm_edu.checks.worker.serve import serve

        serve(connection)
        status = 0
    finally:
        os._exit(status)


def checked(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def join(pidfd):
    """Enter the namespaces of a process; children will be in its namespace of process ids."""
    checked(LIBC.setns(pidfd, NEW_USER), "setns")
    with contextlib.suppress(OSError), open(NESTED, "w") as most:
        most.write("0")  # for this namespace alone: no sandbox of its own, no privileges in one
    checked(LIBC.setns(pidfd, NEW_NAMESPACES), "setns")
    os.close(pidfd)


def give_up_privileges(user, folder):
    """Drop every capability of the sandbox's own user namespace, for good; become another user.

    Args:
        user: of the sandbox, 0: the same.
        folder: where that user writes.
    """
    checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    number = 0
    while LIBC.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0:
        number += 1
    LIBC.prctl(PR_CAP_AMBIENT, 4, 0, 0, 0)  # clear all
    if user:
        for place in {os.path.dirname(folder), folder, "/dev/shm"}:
            os.chown(place, user, user)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # it owns its files in /proc again
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    checked(LIBC.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def prepare(request, connection):
    """Set what a worker inherits: files, folder, environment, signals, limits."""
    keep = connection.fileno()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    os.closerange(3, keep)
    os.closerange(keep + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    os.setsid()
    if not request["sandbox"]:
        LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python has it
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [""]
    for name, (soft, hard) in request["limits"].items():
        resource.setrlimit(getattr(resource, name), (soft, hard))


if __name__ == "__main__":
    serve_forks(socket.socket(fileno=int(sys.argv[1])))
    shutil.rmtree(sys.argv[2], ignore_errors=True)  # also where the judge was killed
