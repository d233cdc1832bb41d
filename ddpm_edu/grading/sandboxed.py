"""A worker that runs notebooks where they can do no harm; judged by `checks.run.check_with`."""

from ddpm_edu.checks.worker.messages import pack, unpack
from ddpm_edu.checks.worker.observation import Failure, FailureKind
from ddpm_edu.checks.worker_process import GRACE, Worker
from ddpm_edu.grading.isolation import BWRAP, ProcessPlace, SandboxPlace
from ddpm_edu.grading.limits import SUDDEN, TOO_LONG, Limits, Watch
from ddpm_edu.grading.soundness import sound
from ddpm_edu.grading.warm_parent import WarmParent


START = 20.0  # s for a fork to be ready
LARGEST_ANSWER = 2**26  # bytes
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "USER": "student",
    "MPLBACKEND": "agg",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "CUDA_VISIBLE_DEVICES": "",  # the grade is that of the CPU, wherever it is given
    # Without a network pip would try again and again.
    **{"PIP_RETRIES": "0", "PIP_DEFAULT_TIMEOUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    "HF_HUB_OFFLINE": "1",
    "GOMP_SPINCOUNT": "20000",
}


class SandboxedWorker(Worker):
    """A worker forked from a warm parent into a place of its own.

    A death is not mended at once: all that is asked afterwards has the same answer, until `start`.

    Args:
        warm: what it is forked from.
        watch: what keeps it within its limits.
        limits: these.
        isolation: "bwrap" or "process".
        hidden, twins: as for a Sandbox.
        names: of all exercises.
    """

    def __init__(
        self,
        warm: WarmParent,
        watch: Watch,
        limits: Limits,
        isolation: str,
        hidden=(),
        twins=None,
        names=(),
    ):
        super().__init__("")
        self.warm, self.watch, self.limits = warm, watch, limits
        self.isolation, self.hidden, self.twins = isolation, hidden, twins or {}
        self.names, self.place = list(names), None
        self.failure = Failure(FailureKind.PROCESS_ENDED, "it was not started")

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self.place is not None

    def count(self) -> int:
        """Return how many processes it has."""
        return len(self.place.processes()) if self.place else 0

    def start(self):
        """Start the process, ready for cells."""
        self.stop()
        if self.isolation == BWRAP:
            self.place = SandboxPlace(self.limits, self.hidden, self.twins)
        else:
            self.place = ProcessPlace(self.limits, self.warm.process.pid, self.warm.folder)
        self.failure = None
        folder = self.place.folder
        places = {"HOME": folder, "IPYTHONDIR": f"{folder}/.ipython", "MPLCONFIGDIR": folder}
        request = {
            "folder": folder,
            "environment": {**ENVIRONMENT, **places, "PYTHONPATH": self.warm.path},
            "limits": self.limits.for_process(self.warm.numbers, self.isolation == BWRAP),
            "user": self.place.user,
        }
        try:
            self.connection, pid = self.warm.fork(request, self.place.pidfd)
        except OSError:
            self.place.close()
            self.place = None
            raise
        self.watch.begin(self.place)
        if self.ask({"do": "open", "folder": folder, "names": self.names}, START) is None:
            self.place.begin(pid)

    def stop(self):
        """End the process and all that it has started."""
        if self.place:
            self.watch.end()
            self.connection.close()
            self.place.close()
            self.place = None

    def ask(self, request: dict, seconds: float):
        """Send a request and return the answer; without one, end the process, return a Failure."""
        self.watch.expect_answer(seconds + min(GRACE, 1 + seconds / 2))
        try:
            # A worker that does not read, or sends half an answer, is ended by the watch.
            self.connection.send_bytes(pack(request))
            answer = sound(unpack(self.connection.recv_bytes(LARGEST_ANSWER)))
            self.watch.answered()
            return answer
        except (EOFError, OSError) as error:
            self.failure = self.reason(error, seconds)
        except ValueError as error:
            self.failure = Failure(FailureKind.NO_ANSWER, str(error))
        self.stop()
        return self.failure

    def reason(self, error, seconds) -> Failure:
        """Say why there is no answer."""
        exceeded = self.watch.exceeded
        if exceeded == TOO_LONG:
            return Failure(FailureKind.TIMED_OUT, f"took longer than {seconds:g} s")
        if exceeded:
            return Failure(FailureKind.PROCESS_ENDED, exceeded)
        if isinstance(error, OSError) and "bad message" in str(error):
            return Failure(FailureKind.NO_ANSWER, "an answer that is too large")
        return Failure(FailureKind.PROCESS_ENDED, SUDDEN)

    def answer(self, request: dict, seconds: float):
        """Ask, or say why it cannot be asked."""
        return self.failure or self.ask(request, seconds)
