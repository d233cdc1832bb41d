"""Many submissions: which are judged, by how many processes, and what is kept of them."""

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Callable
from dataclasses import dataclass, field

import ddpm_edu
from ddpm_edu.grading.journal import Journal
from ddpm_edu.grading.options import Options
from ddpm_edu.grading.pool import Pool, unreadable
from ddpm_edu.grading.result import FOLDER, Result, from_json, write_result
from ddpm_edu.grading.submission import Submission, places, read_submission


ENDED = "the process that judges ended twice with this submission"


@dataclass
class Batch:
    """A folder of submissions, judged into a folder of results.

    Args:
        submissions: folder, or one notebook.
        journal: of the results.
        options: how they are judged.
        executor: runs `judge_task` on submissions: as in concurrent.futures; None: this process.
        workers: how many at a time.
        shard: (K, N): only every N-th student, beginning with the K-th; or None.
        student: judge this one alone, again.
        force: judge all again.
        report: takes (Result, whether it was judged now) for each that is done.
    """

    submissions: pathlib.Path
    journal: Journal
    options: Options
    executor: Callable[[], concurrent.futures.Executor] | None = None
    workers: int = 1
    shard: tuple[int, int] | None = None
    student: str = ""
    force: bool = False
    report: Callable[[Result, bool], None] = lambda result, is_new: None
    first_with: dict[str, str] = field(default_factory=dict)

    def students(self) -> list[tuple[str, pathlib.Path]]:
        """Return those to be judged: (name, place).

        Raises:
            ValueError: there are none.
        """
        found = places(self.submissions)
        if self.shard:
            number, of = self.shard
            found = [place for place in found if shard_of(place[0], of) == number]
        if self.student:
            chosen = [place for place in found if place[0] == self.student]
            if not chosen:
                names = ", ".join(name for name, _ in found[:10])
                raise ValueError(f"--student: expected one of {names}, ..., got {self.student!r}")
            return chosen
        return found

    def run(self) -> None:
        """Judge what is missing or has changed; write each result when it is there."""
        waiting: dict[str, list] = {}  # content being judged -> (submission, key) with the same
        pending: dict[concurrent.futures.Future, tuple] = {}
        with contextlib.ExitStack() as stack:
            pool = Pool(self.executor, stack)
            for student, place in self.students():
                submission = read_submission(student, place, self.submissions)
                key = self.key(submission)
                if self.journal.has(student, key) and not (self.force or self.student):
                    self.skip(student, submission)
                    continue
                content = self.content(submission)
                if content in waiting:
                    waiting[content].append((submission, key))
                elif content in self.first_with:
                    self.copy(self.first_with[content], submission, key)
                else:
                    waiting[content] = []
                    task = pool.submit(self.options, submission)
                    pending[task] = submission, key, content
                while len(pending) >= self.workers + (self.workers > 1):
                    self.collect(pool, pending, waiting)
            while pending:
                self.collect(pool, pending, waiting)

    def skip(self, student, submission):
        """Report a result that is there already, and let others share it."""
        path = self.journal.folder / FOLDER / f"{student}.json"
        result = from_json(json.loads(path.read_text(encoding="utf-8")))
        self.first_with.setdefault(self.content(submission), student)
        self.report(result, False)

    def collect(self, pool, pending, waiting):
        """Take the results that are there, at least one."""
        done, _ = concurrent.futures.wait(pending, return_when=concurrent.futures.FIRST_COMPLETED)
        for task in done:
            submission, key, content = pending.pop(task)
            try:
                result = from_json(task.result())
            except concurrent.futures.BrokenExecutor:
                result = self.once_more(pool, submission)
            self.keep(result, key)
            self.first_with[content] = submission.student
            for other, its_key in waiting.pop(content):
                self.copy(submission.student, other, its_key)

    def once_more(self, pool, submission) -> Result:
        """Judge alone what was being judged when a process of the judge ended."""
        pool.renew()
        try:
            return from_json(pool.submit(self.options, submission).result())
        except concurrent.futures.BrokenExecutor:
            pool.renew()
            return unreadable(submission, self.options, ENDED)

    def keep(self, result: Result, key: str):
        """Write a result, then the line of the journal that says so."""
        write_result(result, self.journal.folder)
        self.journal.note(result.student, key, result.is_readable)
        self.report(result, True)

    def copy(self, student: str, submission: Submission, key: str):
        """Keep for one student what was found for another who handed in the same."""
        path = self.journal.folder / FOLDER / f"{student}.json"
        result = from_json(json.loads(path.read_text(encoding="utf-8")))
        names = {
            old.path: new.name for old, new in zip(result.notebooks, submission.files, strict=True)
        }
        self.keep(
            dataclasses.replace(
                result,
                student=submission.student,
                notebooks=submission.notebooks,
                exercises=tuple(renamed(part, names) for part in result.exercises),
                cells=tuple(renamed(part, names) for part in result.cells),
            ),
            key,
        )

    def key(self, submission: Submission) -> str:
        """Return a digest of all that decides a submission's result."""
        files = [(file.name, file.sha256) for file in submission.files]
        return digest(self.how(), files, submission.remarks)

    def content(self, submission: Submission) -> str:
        """Return a digest of what decides the marks, names left out; its own where files differ."""
        if len(submission.files) != 1 or submission.remarks or submission.files[0].member:
            return f"of {submission.student}"
        return digest(self.how(), submission.files[0].sha256)

    def how(self):
        options = self.options
        limits = dataclasses.astuple(options.limits)
        return ddpm_edu.__version__, options.exercises, limits, options.isolation, options.seed


def shard_of(student: str, count: int) -> int:
    """Return the shard of a student, 1..count, whoever else hands in."""
    return int(hashlib.sha256(student.encode()).hexdigest()[:8], 16) % count + 1


def digest(*values) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def renamed(part, names):
    return dataclasses.replace(part, notebook=names.get(part.notebook, part.notebook))
