"""Odd and hostile answers: each gets a verdict, and the learner's process stays as it was."""

import dataclasses
import os
import random
import signal
import sys
import threading
import time
import warnings

import numpy as np
import pytest
import torch

from ddpm_edu import sample_by_t
from ddpm_edu.checks import run_check
from ddpm_edu.checks.run import LocalRunner, check_with, find


pytestmark = pytest.mark.usefixtures("as_learners_run_it")


def right(x_0, t, schedule, noise):
    a = sample_by_t(schedule.alphas_bar, t, x_0.shape)
    return a.sqrt() * x_0 + (1 - a).sqrt() * noise


def answering(value):
    """Return an answer that computes what is right and hands over something else."""
    return lambda x_0, t, schedule, noise: value(right(x_0, t, schedule, noise))


def hasty(function, seconds=0.3):
    """Judge with a short time limit."""
    exercise = find("sample_q")
    cases = [dataclasses.replace(case, seconds=seconds) for case in exercise.cases(0)]
    return check_with(
        LocalRunner(function), dataclasses.replace(exercise, cases=lambda seed: cases), 0
    )


def loop(*arguments):
    while True:
        pass


def loop_that_swallows_everything(*arguments):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def sleep(*arguments):
    time.sleep(1000)


def wait_for_ever(*arguments):
    threading.Lock().__enter__()
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def loop_in_torch(x_0, t, schedule, noise):
    while True:
        x_0 = x_0 + torch.randn_like(x_0)


@pytest.mark.parametrize(
    "function", [loop, loop_that_swallows_everything, sleep, wait_for_ever, loop_in_torch]
)
def test_what_does_not_end_is_ended(function):
    begin = time.perf_counter()
    report = hasty(function)
    assert time.perf_counter() - begin < 10
    assert report.status == "timed_out"
    assert "more than 0.3 s" in report.feedback
    assert run_check("sample_q", right).status == "passed"  # nothing is left behind


@pytest.mark.parametrize("function", [loop, loop_in_torch])
def test_what_does_not_end_is_ended_off_the_main_thread_too(function):
    reports = []
    thread = threading.Thread(target=lambda: reports.append(hasty(function)), daemon=True)
    thread.start()
    thread.join(20)
    assert [report.status for report in reports] == ["timed_out"]


def test_a_real_interrupt_reaches_the_user():
    def interrupted(*arguments):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    before = signal.getsignal(signal.SIGINT)  # tests started in the background ignore it
    with pytest.raises(KeyboardInterrupt):
        run_check("sample_q", interrupted)
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


CHANGES = {
    "default dtype": (lambda: torch.set_default_dtype(torch.float64), torch.get_default_dtype),
    "default device": (lambda: torch.set_default_device("meta"), torch.get_default_device),
    "gradient mode": (lambda: torch.set_grad_enabled(False), torch.is_grad_enabled),
    "random seed": (lambda: torch.manual_seed(1), lambda: torch.get_rng_state().tolist()),
    "number of threads": (lambda: torch.set_num_threads(3), torch.get_num_threads),
    "warnings filters": (lambda: warnings.simplefilter("ignore"), lambda: list(warnings.filters)),
    "numpy's random state": (lambda: np.random.seed(1), lambda: np.random.get_state()[1].tolist()),
    "recursion limit": (lambda: sys.setrecursionlimit(12345), sys.getrecursionlimit),
    "profiler": (lambda: sys.setprofile(None), sys.getprofile),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_setting_is_put_back_and_told(name):
    change, now = CHANGES[name]

    def function(x_0, t, schedule, noise):
        result = right(x_0, t, schedule, noise)
        change()
        return result

    before = now()
    report = run_check("sample_q", function)
    assert now() == before
    assert report.status == "wrong"
    assert name in report.feedback


def test_random_numbers_of_the_learner_are_left_alone():
    random.seed(0), np.random.seed(0), torch.manual_seed(0)
    expected = random.random(), np.random.rand(), torch.rand(1).item()
    random.seed(0), np.random.seed(0), torch.manual_seed(0)
    run_check(
        "sample_p",
        lambda model, x_t, t, schedule, clipping=True: torch.randn_like(x_t) + random.random(),
    )
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == expected


def test_run_check_prints_nothing_and_keeps_what_was_printed(capfd):
    def chatty(x_0, t, schedule, noise):
        print("look", x_0.shape)
        warnings.warn("careful", stacklevel=2)
        sys.stderr.write("and here\n" * 10**5)
        return right(x_0, t, schedule, noise)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        report = run_check("sample_q", chatty)
    assert report.status == "passed"
    assert "look torch.Size([3, 1, 5, 4])" in report.printed
    assert len(report.printed) <= 2000
    assert capfd.readouterr() == ("", "")


def test_a_changed_input_is_told_by_its_name():
    def function(x_0, t, schedule, noise):
        result = right(x_0, t, schedule, noise)
        schedule.betas.zero_()
        t.add_(1)
        return result

    report = run_check("sample_q", function)
    assert report.status == "wrong"
    assert "changed what it was given: schedule.betas, t" in report.feedback
