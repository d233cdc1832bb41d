"""One notebook: its cells run in a worker, its exercises are judged here.

They are judged by what the worker tells of the calls it is asked to make.
"""

from dataclasses import dataclass, field

from ddpm_edu.checks.learner.nbval_plugin import label
from ddpm_edu.checks.report import Report, Status
from ddpm_edu.checks.run import check_with
from ddpm_edu.checks.worker.observation import Failure, FailureKind
from ddpm_edu.checks.worker_process import WorkerRunner
from ddpm_edu.course.definitions import parts_of
from ddpm_edu.grading.kernel import MEMORY, NotebookKernel
from ddpm_edu.grading.limits import SUDDEN
from ddpm_edu.grading.result import CellResult
from ddpm_edu.grading.soundness import ODD


MOST_TEXT = 2000  # characters of an error that are kept


@dataclass
class Session:
    """A notebook to be run and judged.

    Args:
        name: of the notebook, as results tell it.
        sources: of its code cells.
        definitions: exercise id -> code of the last cell that defines it, or None.
        exercises: those to be judged here.
        kernel: runs its cells.
        seed: of cases and noise.
        seconds: for an exercise.
    """

    name: str
    sources: list[str]
    definitions: dict[str, str | None]
    exercises: list
    kernel: NotebookKernel
    seed: int
    seconds: float
    cells: list[CellResult] = field(default_factory=list)
    reports: dict[str, Report] = field(default_factory=dict)
    broken: Exception | None = None  # what went wrong on the judge's side

    def take_cell(self, number: int, source: str):
        """Note how a cell did."""
        failure, status, text = self.kernel.failure, Status.PASSED, ""
        if failure:
            stub = failure.kind == FailureKind.NOT_ATTEMPTED
            late = failure.kind == FailureKind.TIMED_OUT
            status = Status.NOT_ATTEMPTED if stub else Status.TIMED_OUT if late else Status.CRASHED
            text = f"{failure.exception}: {failure.message}".removeprefix(": ")[:MOST_TEXT]
        seconds = round(self.kernel.elapsed, 3)
        self.cells.append(CellResult(self.name, number, label(source), status, text, seconds))

    def judge(self, exercise) -> Report:
        """Judge the notebook's answer to an exercise."""
        worker = self.kernel.worker
        for _ in range(2):
            failure = self.kernel.ready()
            before = worker.count()
            report = crashed(exercise, failure.message) if failure else self.judge_answer(exercise)
            # Somebody else may have ended it, such as a machine that is short of memory.
            if worker.is_alive or worker.failure.message != SUDDEN:
                break
        self.reports[exercise.id] = report
        if worker.count() > before or any(word in report.feedback for word in MEMORY):
            worker.stop()  # the next answer begins with an empty memory and alone
        return report

    def judge_answer(self, exercise):
        cell, worker = self.definitions.get(exercise.id), self.kernel.worker
        parts = parts_of(cell, exercise.id) if cell else []
        request = {"do": "find", "name": exercise.id, "parts": parts, "seconds": self.seconds}
        names = worker.ask(request, self.seconds)
        if isinstance(names, Failure):
            return crashed(exercise, names.message)
        if type(names) is not list or not names:
            return crashed(exercise, ODD)
        report = self.check(exercise, str(names[0]))
        if report.status == Status.NOT_ATTEMPTED and len(names) > 1:
            report = self.check(exercise, str(names[1]))  # check("snr", my_snr)
        return report

    def check(self, exercise, name):
        runner = WorkerRunner(self.kernel.worker, name)
        try:
            return check_with(runner, exercise, self.seed, self.seconds)
        except Exception as error:  # made of what a worker sent, which may be anything
            return crashed(exercise, f"{ODD} ({type(error).__name__})")


def crashed(exercise, text) -> Report:
    """Report an answer that could not be judged."""
    return Report(exercise.id, Status.CRASHED, 0.0, 0.0, None, text, seconds=0.0)
