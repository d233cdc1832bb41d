"""Isolation is seen, not assumed: before a batch, what must not be possible is tried."""

import os
import pathlib
import secrets
import shutil
import socket

from ddpm_edu.checks.worker.observation import Failure
from ddpm_edu.grading.isolation import BWRAP, PROCESS
from ddpm_edu.grading.limits import Limits, Watch
from ddpm_edu.grading.sandbox import PACKAGE, Sandbox
from ddpm_edu.grading.sandboxed import ENVIRONMENT, SandboxedWorker
from ddpm_edu.grading.warm_parent import WarmParent


AUTO = "auto"
LEVELS = (AUTO, BWRAP, PROCESS)
SECONDS = 20.0
TRIES = """
import os, socket
def tried(what, action):
    try:
        action()
        print("done:", what)
    except Exception as error:
        print("refused:", what, type(error).__name__)
tried("use the network", lambda: socket.create_connection(("127.0.0.1", {port}), 5))
tried("read other submissions", lambda: os.listdir({submissions!r}))
tried("write outside", lambda: open({outside!r}, "w").write("x"))
tried("read the answers", lambda: open({answers!r}).read())
"""
COUNT = TRIES.count("\ntried(")


def reach(level: str, submissions: pathlib.Path, results: pathlib.Path, tell) -> str:
    """Return the level of isolation that is reached here, and say so where it is weak.

    Args:
        level: "bwrap", "process", or "auto" for the strongest there is.
        submissions, results: folders that a worker must not reach.
        tell: takes a line.
    Raises:
        ValueError: the level cannot be reached.
    """
    if level not in LEVELS:
        raise ValueError(f"--isolation: expected one of {', '.join(LEVELS)}, got {level!r}")
    if level == AUTO:
        level = BWRAP
        try:
            Sandbox().stop()
        except ValueError as error:
            tell(f"WEAK ISOLATION: {error}; falling back to --isolation process.")
            level = PROCESS
    done = probe(level, submissions, results)
    if level == BWRAP and done:
        raise ValueError(f"--isolation bwrap: code in the sandbox can {', '.join(done)}")
    if level == PROCESS:
        said = f"code of a submission can {', '.join(done)}" if done else "no wall was seen to leak"
        tell(f"WEAK ISOLATION (process): {said}. Install bubblewrap (bwrap) on Linux for a wall.")
    return level


def probe(level: str, submissions: pathlib.Path, results: pathlib.Path) -> list[str]:
    """Return what code in a worker can do and should not.

    Raises:
        ValueError: the worker did not answer.
    """
    outside = results.absolute() / f"probe-{secrets.token_hex(4)}"
    warm = WarmParent.shared(ENVIRONMENT)
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = TRIES.format(
            port=server.getsockname()[1],
            submissions=str(submissions.absolute()),
            outside=str(outside),
            answers=str(PACKAGE / "checks/catalogue/lesson_1.py"),
        )
        limits = Limits()
        watch = Watch(limits, warm.numbers["VmRSS"] * 1024)
        worker = SandboxedWorker(warm, watch, limits, level, (submissions, results))
        try:
            worker.start()
            request = {"do": "run_cell", "source": code, "seconds": SECONDS}
            answer = worker.ask(request, SECONDS)
        finally:
            worker.stop()
            watch.stop()
    if isinstance(answer, Failure) or len(answer["printed"].splitlines()) != COUNT:
        raise ValueError(f"--isolation {level}: the probe did not run here: {answer}")
    done = [line[6:] for line in answer["printed"].splitlines() if line.startswith("done: ")]
    if outside.exists():
        os.unlink(outside)
    return done


def has_bubblewrap() -> bool:
    """Tell whether a sandbox can be made on this machine."""
    if not shutil.which("bwrap"):
        return False
    try:
        Sandbox().stop()
    except ValueError:
        return False
    return True
