"""Who judges: this process, processes of its own, or the workers of a cluster."""

import concurrent.futures
import contextlib
import ctypes
import multiprocessing
import signal

import ddpm_edu
from ddpm_edu.grading.book import missing
from ddpm_edu.grading.judge import Judge
from ddpm_edu.grading.options import Options
from ddpm_edu.grading.result import Result, as_json
from ddpm_edu.grading.submission import Submission
from ddpm_edu.grading.warm_parent import WarmParent


class Pool:
    """Runs tasks here or in an executor that can be replaced when a process of it has ended."""

    def __init__(self, make, stack):
        self.make, self.stack, self.executor = make, stack, None
        stack.callback(self.close)

    def submit(self, *task) -> concurrent.futures.Future:
        """Run `judge_task`, or have it run."""
        if self.make is None:
            future = concurrent.futures.Future()
            future.set_result(judge_task(*task))
            return future
        if self.executor is None:
            self.executor = self.make()
        try:
            return self.executor.submit(judge_task, *task)
        except concurrent.futures.BrokenExecutor as error:
            future = concurrent.futures.Future()
            future.set_exception(error)
            return future

    def renew(self):
        """Leave the executor that is broken; the next task makes another."""
        if self.executor:
            self.executor.shutdown(wait=False)  # all tasks have ended, or cannot
            self.executor = None

    def close(self):
        """End the executor, or the judge of this process."""
        self.renew()
        stop_judge()
        WarmParent.stop_shared()


JUDGE: list[Judge] = []  # of this process


def judge_task(options: Options, submission: Submission) -> dict:
    """Judge a submission with this process's judge; return the result as plain data.

    Raises:
        ValueError, OSError: nothing can be judged here, such as where the disk is full.
    """
    for is_last in (False, True):
        if not JUDGE or JUDGE[0].options != options:
            stop_judge()
            JUDGE.append(Judge(options))
        try:
            return as_json(JUDGE[0].grade(submission))
        except (OSError, ValueError):  # no fault of the submission: something that judges has gone
            stop_judge()
            if is_last:
                raise
        except Exception as error:  # one submission, whatever it is, must not end the batch
            remark = f"could not be judged: {type(error).__name__}: {error}"
            return as_json(unreadable(submission, options, remark))
    raise AssertionError("not reached")


def stop_judge():
    """End the judge of this process, if there is one."""
    while JUDGE:
        JUDGE.pop().stop()


def processes(count: int) -> concurrent.futures.Executor:
    """Return an executor with processes of its own, which end with this one."""
    context = multiprocessing.get_context("spawn")
    return concurrent.futures.ProcessPoolExecutor(count, context, initializer=end_with_parent)


def end_with_parent():
    """Have the kernel end this process with its parent, where it can."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def unreadable(submission: Submission, options: Options, remark: str) -> Result:
    """Return the result of a submission that could not be judged."""
    exercises = tuple(map(missing, options.all_exercises()))
    return Result(
        student=submission.student,
        notebooks=submission.notebooks,
        isolation=options.isolation,
        course_version=ddpm_edu.__version__,
        score=0.0,
        max_score=float(sum(exercise.max_points for exercise in exercises)),
        exercises=exercises,
        remarks=(*submission.remarks, remark),
        is_readable=False,
    )
