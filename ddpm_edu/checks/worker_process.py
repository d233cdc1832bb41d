"""The judge's client of worker/serve.py: starts the process, asks it, stops it.

It sends cases and never an Exercise, so that no answer can go with one.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from multiprocessing import Pipe

from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.worker.messages import pack, unpack
from ddpm_edu.checks.worker.observation import Failure, FailureKind, Observation


GRACE = 5.0  # s after a time limit; then the process is killed, since its own limit did not hold
START = 60.0  # s to import torch on a slow disk, and to run the learner's source
LARGEST_ANSWER = 2**28  # bytes
# -P: a torch.py or ddpm_edu/ in the current folder must not take the place of the real one.
SERVE = (sys.executable, "-P", "-m", "ddpm_edu.checks.worker.serve")


class Worker:
    """A process that runs one source; it starts when first asked, and is gone after `with`.

    Args:
        source: the learner's code.
        command: what starts the process; the number of its connection is appended. A sandbox puts
            itself in front.
    """

    def __init__(self, source: str, command=SERVE):
        self.source, self.command, self.process, self.failure = source, command, None, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Start the process and run the source; a failure of that answers every request."""
        self.connection, theirs = Pipe()
        self.written = tempfile.TemporaryFile()  # noqa: SIM115  closed by stop
        self.process = subprocess.Popen(
            [*self.command, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self.written,
            stderr=self.written,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
        theirs.close()
        self.failure = self.ask({"do": "run", "source": self.source}, START)

    def stop(self):
        """End the process, if there is one."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.connection.close()
            self.written.close()
            self.process = None

    def ask(self, request: dict, seconds: float):
        """Send a request and return the answer; without one, end the process, return a Failure."""
        try:
            self.connection.send_bytes(pack(request))
            if not self.connection.poll(seconds + GRACE):
                raise TimeoutError
            return unpack(self.connection.recv_bytes(LARGEST_ANSWER))
        except TimeoutError:
            failure = Failure(FailureKind.TIMED_OUT, f"took more than {seconds:g} s")
        except (EOFError, OSError):
            message = "the process that ran your code ended without an answer"
            failure = Failure(FailureKind.PROCESS_ENDED, message)
        except ValueError as error:
            failure = Failure(FailureKind.NO_ANSWER, str(error))
        self.stop()
        return failure

    def answer(self, request: dict, seconds: float):
        """Ask, after starting the process if there is none."""
        if self.process is None:
            self.start()
        return self.failure or self.ask(request, seconds)


@dataclass(frozen=True)
class WorkerRunner:
    """Runs a function of a worker's source; `LocalRunner` does the same in this process.

    Args:
        worker: the process.
        name: of the function in its source.
        edit: (name of a helper or "", its source) in the place of its own, or None.
    """

    worker: Worker
    name: str
    edit: tuple[str, str] | None = None

    def examine(self, exercise_id: str, signature: str) -> Failure | None:
        """Return what is wrong with the function as it stands, or None."""
        request = {"do": "examine", "exercise_id": exercise_id, "signature": signature}
        return self.worker.answer({**request, "name": self.name}, START)

    def observe(self, case: Case, seed: int, forbidden, seconds: float) -> Observation:
        """Call the function on a case."""
        limit = min(case.seconds, seconds)
        request = {"do": "observe", "case": case, "seed": seed, "seconds": limit}
        request |= {"name": self.name, "forbidden": list(forbidden), "edit": self.edit}
        answer = self.worker.answer(request, limit)
        return answer if isinstance(answer, Observation) else Observation(failure=answer)

    def sources(self) -> list[tuple[str, str, int]]:
        """Return (name, text, first line) of the function and its helpers, as far as at hand."""
        answer = self.worker.answer({"do": "sources", "name": self.name}, START)
        if not isinstance(answer, list) or not all(map(is_source, answer)):
            return []
        return answer

    def outputs(self, name: str, text: str, choices: list[tuple], *how) -> list:
        """Call versions with edited sources for their outputs alone, as in worker/versions.py."""
        request = {"do": "outputs", "name": self.name, "helper": name, "text": text}
        answer = self.worker.answer({**request, "choices": choices, "how": how}, START)
        return answer if isinstance(answer, list) else []

    def edited(self, name: str, text: str) -> "WorkerRunner":
        """Return a runner of the function with another source for it or a helper."""
        return WorkerRunner(self.worker, self.name, (name, text))


def is_source(value) -> bool:
    """Tell (name, text, first line) from what a worker may send in its place."""
    return type(value) is tuple and [type(part) for part in value] == [str, str, int]
