"""A caller in another process: the same observations as caller.py, from a place where there is nothing to find."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from multiprocessing import Pipe

from ddpm_edu.checks.caller import Failure, Observation
from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.checks.run import Report, check_with, find
from ddpm_edu.checks.wire import pack, unpack


GRACE = 5.0  # s after a time limit; then the process is killed, since its own limit did not hold
START = 60.0  # s to import torch on a slow disk, and to run the learner's source
BIGGEST = 2**28  # bytes of an answer


class Room:
    """A process that runs one source; as a context manager it is gone afterwards.

    Args:
        source: the learner's code.
        command: what starts it, before the number of the connection; a sandbox puts itself in front.
    """

    def __init__(self, source: str, command=(sys.executable, "-m", "ddpm_edu.checks.room")):
        self.source, self.command, self.process, self.failure = source, command, None, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
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
        if self.process:
            self.process.kill()
            self.process.wait()
            self.connection.close()
            self.written.close()
            self.process = None

    def ask(self, request, seconds):
        """Send a request and wait for the answer; a Failure when none comes, and the process is gone then."""
        try:
            self.connection.send_bytes(pack(request))
            if not self.connection.poll(seconds + GRACE):
                raise TimeoutError
            return unpack(self.connection.recv_bytes(BIGGEST))
        except TimeoutError:
            failure = Failure("TimedOut", f"took more than {seconds:g} s")
        except (EOFError, OSError):
            failure = Failure("ProcessDied", "the process that ran your code ended without an answer")
        except ValueError as error:
            failure = Failure("NoAnswer", str(error))
        self.stop()
        return failure

    def answer(self, request, seconds):
        """Ask for something; the process is started if there is none, and its failure is the answer if it has one."""
        if self.process is None:
            self.start()
        return self.failure or self.ask(request, seconds)

    def run_check(self, exercise_id: str, name: str | None = None, seed: int = 0) -> Report:
        """Judge a function of the source as `run_check` judges one of this process."""
        exercise = find(exercise_id)
        return check_with(There(self, name or exercise.id), exercise, seed)


@dataclass(frozen=True)
class There:
    """The caller in a room, for one function of its source."""

    room: Room
    name: str

    def examine(self, exercise: Exercise) -> Failure | None:
        """Say what is wrong with the function as it stands."""
        return self.room.answer({"do": "look", "name": self.name, "signature": exercise.signature}, START)

    def observe(self, exercise: Exercise, case: Case, seed: int, seconds: float) -> Observation:
        """Call it on a case."""
        limit = min(case.seconds, seconds)
        request = {"do": "call", "name": self.name, "case": case, "seed": seed, "seconds": limit}
        answer = self.room.answer({**request, "spellings": list(exercise.spellings)}, limit)
        return answer if isinstance(answer, Observation) else Observation(failure=answer)
