"""A notebook's kernel as nbval drives one, with a worker behind it instead of a process of Jupyter.

A cell that ends its process is not run again: the worker is started anew, the other cells are run
again, and the rest goes on.
"""

import time
from queue import Empty

from ddpm_edu.checks.worker.observation import Failure, FailureKind
from ddpm_edu.grading.limits import SUDDEN
from ddpm_edu.grading.soundness import is_failure


MOST_RESTARTS = 40
MEMORY = ("MemoryError", "can't allocate memory", "Errno 12]", "Errno 28]", "No space left")


class NotebookKernel:
    """Runs cells one after the other.

    Args:
        worker: a SandboxedWorker.
        seconds: for a cell.
        all_seconds: for all of them together, and as long again for running them again.
    """

    def __init__(self, worker, seconds: float, all_seconds: float):
        self.worker, self.seconds = worker, seconds
        self.left, self.left_for_repeats = all_seconds, all_seconds
        self.sources, self.harmful, self.deaths, self.restarts = [], set(), {}, 0
        self.messages, self.failure, self.elapsed = [], None, 0.0

    def ready(self) -> Failure | None:
        """Start the worker if it is gone, and run the cells again; return why that cannot be."""
        while not self.worker.is_alive:
            if self.restarts > MOST_RESTARTS:
                message = "the notebook ended its process again and again"
                return Failure(FailureKind.PROCESS_ENDED, message)
            self.restarts += 1
            self.worker.start()
            self.repeat()
        return None

    def repeat(self):
        """Run the cells so far once more, but for those that do harm."""
        for number, source in enumerate(self.sources):
            if number not in self.harmful and self.left_for_repeats > 0:
                begin = time.monotonic()
                failure = self.ask(source, min(self.seconds, self.left_for_repeats))
                self.left_for_repeats -= time.monotonic() - begin
                if is_harmful(failure) and not self.is_first_death(number, failure):
                    self.harmful.add(number)
                if not self.worker.is_alive:
                    return

    def is_first_death(self, number, failure) -> bool:
        """Tell whether a cell's process ended without a reason that is known, for the first time.

        Somebody else may have ended it, such as a machine that is short of memory.
        """
        if failure.message != SUDDEN:
            return False
        self.deaths[number] = self.deaths.get(number, 0) + 1
        return self.deaths[number] == 1

    def ask(self, source, seconds) -> Failure | None:
        """Run a cell in the worker; return what went wrong."""
        request = {"do": "run_cell", "source": source, "seconds": float(seconds)}
        answer = self.worker.ask(request, seconds)
        if isinstance(answer, Failure):
            return answer
        failure = answer.get("failure") if isinstance(answer, dict) else None
        return failure if is_failure(failure) else None

    def run(self, source: str) -> Failure | None:
        """Run the next cell; return what went wrong."""
        failure = self.ready()
        if failure:
            return failure
        self.sources.append(source)
        if self.left <= 0:
            self.harmful.add(len(self.sources) - 1)
            return Failure(FailureKind.TIMED_OUT, "the cells above it took all the time there is")
        begin, number = time.monotonic(), len(self.sources) - 1
        failure = self.ask(source, min(self.seconds, self.left))
        self.left -= time.monotonic() - begin
        if is_harmful(failure):
            if self.is_first_death(number, failure):
                self.sources.pop()
                return self.run(source)
            self.harmful.add(number)
            if has_no_memory(failure):
                self.worker.stop()  # what fills the memory would fail all other cells
        return failure

    def execute_cell_input(self, cell_input: str, allow_stdin=None) -> int:
        """Run a cell and keep what a kernel of Jupyter would say of it; return its number."""
        begin, number = time.monotonic(), len(self.sources)
        self.failure = self.run(cell_input)
        self.elapsed = time.monotonic() - begin
        self.messages = [message("status", number, execution_state="busy")]
        if self.failure:
            name = self.failure.exception or self.failure.kind.value
            error = {"ename": name, "evalue": self.failure.message, "traceback": []}
            self.messages.append(message("error", number, **error))
        self.messages.append(message("status", number, execution_state="idle"))
        return number

    def await_reply(self, msg_id, timeout=None):
        """Return at once: the cell has run."""

    def await_idle(self, msg_id, timeout=None):
        """Forget the messages that are left."""
        self.messages.clear()

    def get_message(self, stream, timeout=None):
        """Return the next message."""
        if not self.messages:
            raise Empty
        return self.messages.pop(0)

    def is_alive(self) -> bool:
        """Tell nbval that the next cell can be run: the worker is started when it is needed."""
        return True

    def interrupt(self):
        """Do nothing: the worker keeps the time of a cell itself."""

    def stop(self):
        """End the worker."""
        self.worker.stop()


def message(kind, number, **content):
    return {"msg_type": kind, "parent_header": {"msg_id": number}, "content": content}


def is_harmful(failure: Failure | None) -> bool:
    """Tell whether a cell had better not be run again."""
    kinds = (FailureKind.TIMED_OUT, FailureKind.PROCESS_ENDED, FailureKind.NO_ANSWER)
    return failure is not None and (failure.kind in kinds or has_no_memory(failure))


def has_no_memory(failure: Failure | None) -> bool:
    """Tell whether memory or disk was full."""
    return failure is not None and any(
        word in text for word in MEMORY for text in (failure.exception, failure.message)
    )
