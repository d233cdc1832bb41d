"""Judge one submission: its notebooks run in a sandbox, its answers are judged here."""

import dataclasses
import pathlib
import tempfile
import zipfile

import ddpm_edu
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.learner.verdicts import Verdict, counting, passed_over
from ddpm_edu.checks.report import Report
from ddpm_edu.checks.worker.time_limit import TimedOut, TimeLimit
from ddpm_edu.checks.worker_process import GRACE
from ddpm_edu.grading.book import missing, read_book, source_of
from ddpm_edu.grading.items import run_session
from ddpm_edu.grading.kernel import NotebookKernel
from ddpm_edu.grading.library import without_answers
from ddpm_edu.grading.limits import Watch
from ddpm_edu.grading.options import Options
from ddpm_edu.grading.result import CellResult, ExerciseResult, Result, exercise_result
from ddpm_edu.grading.sandboxed import ENVIRONMENT, SandboxedWorker
from ddpm_edu.grading.session import Session, crashed
from ddpm_edu.grading.submission import Submission
from ddpm_edu.grading.warm_parent import WarmParent


MOST_KEPT = 20_000  # characters of an answer's source in a result
READING = 60.0  # s to find the exercises in a notebook


class Judge:
    """Judges submissions one after the other, with this process's warm parent.

    Args:
        options: how.
    """

    def __init__(self, options: Options):
        self.options = options
        self.warm = WarmParent.shared(ENVIRONMENT)
        self.watch = Watch(options.limits, self.warm.numbers["VmRSS"] * 1024)
        self.exercises = options.all_exercises()
        # The warm parent removes all of its folder, should this process be killed.
        self.folder = tempfile.TemporaryDirectory(dir=self.warm.folder)
        forbidden = [path for exercise in self.exercises for path in exercise.forbidden]
        self.twins = without_answers(forbidden, pathlib.Path(self.folder.name))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """End the watch; the warm parent waits for the next judge of this process."""
        self.watch.stop()
        self.folder.cleanup()

    def worker(self) -> SandboxedWorker:
        """Return a worker, not started yet."""
        options = self.options
        return SandboxedWorker(
            *(self.warm, self.watch, options.limits, options.isolation),
            hidden=options.hidden,
            twins=self.twins,
            names=CATALOGUE,
        )

    def grade(self, submission: Submission) -> Result:
        """Judge what a student handed in."""
        remarks, books = list(submission.remarks), []
        with tempfile.TemporaryDirectory(dir=self.warm.folder) as folder:
            path = pathlib.Path(folder).resolve()
            for handed in submission.files:
                try:
                    books.append(TimeLimit(READING).call(read_book, handed, self.exercises, path))
                except (*UNREADABLE, TimedOut) as error:
                    text = str(error) or "it takes too long to read"
                    remarks.append(f"{handed.name}: {text}")
            verdicts, cells = [], []
            for book in (book for book in books if book.definitions):
                found, ran, problem = self.judge_book(book, path)
                verdicts += found
                cells += ran
                remarks += [f"{book.name}: {problem}"] if problem else []
        if not submission.files:
            remarks.append("no notebook was handed in")
        return self.result(submission, books, verdicts, cells, remarks)

    def judge_book(self, book, folder):
        """Run and judge a notebook; return verdicts, cells, and what went wrong or ""."""
        limits = self.options.limits
        kernel = NotebookKernel(self.worker(), limits.seconds, limits.all_cells)
        mine = [exercise for exercise in self.exercises if exercise.id in book.definitions]
        session = Session(
            *(book.name, book.sources, book.definitions, mine, kernel, self.options.seed),
            seconds=limits.seconds,
        )
        problem, each = "", 10 * (limits.seconds + GRACE)
        most = 2 * limits.all_cells + each * len(mine) + 60
        try:
            TimeLimit(most).call(run_session, session, folder)
        except TimedOut:
            problem = "judging it takes too long"
        finally:
            kernel.stop()
        for exercise in mine:
            session.reports.setdefault(exercise.id, crashed(exercise, "it could not be judged"))
        verdicts = [
            Verdict(pathlib.Path(book.name), name, vars(report), report.feedback)
            for name, report in session.reports.items()
        ]
        return verdicts, session.cells, problem

    def result(self, submission, books, verdicts, cells, remarks) -> Result:
        """Put together what was found."""
        chosen = counting(verdicts)
        remarks += passed_over(chosen, verdicts)
        code = {book.name: book.definitions for book in books}
        exercises = tuple(
            self.exercise_result(exercise, chosen.get(exercise.id), code)
            for exercise in self.exercises
        )
        return Result(
            student=submission.student,
            notebooks=submission.notebooks,
            isolation=self.options.isolation,
            course_version=ddpm_edu.__version__,
            score=round(float(sum(exercise.points for exercise in exercises)), 2),
            max_score=float(sum(exercise.max_points for exercise in exercises)),
            exercises=exercises,
            cells=tuple(cell for cell in cells if isinstance(cell, CellResult)),
            remarks=tuple(remarks),
            is_readable=bool(books),
        )

    def exercise_result(self, exercise, verdict, code) -> ExerciseResult:
        if verdict is None:
            return missing(exercise)
        name, report = verdict.notebook.as_posix(), Report(**verdict.report)
        cell = code[name][exercise.id]
        answer = source_of(cell, exercise.id)[:MOST_KEPT] if cell else ""
        report = dataclasses.replace(report, seconds=round(report.seconds, 3))
        return exercise_result(exercise, report, name, answer)


UNREADABLE = (ValueError, OSError, zipfile.BadZipFile, RuntimeError, RecursionError, MemoryError)
