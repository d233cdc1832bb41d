"""The worker's process: it knows no answer, speaks plain bytes, and its end costs one answer."""

import subprocess
import sys

import pytest
import torch
from judging import check_in

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.worker.messages import pack, unpack
from ddpm_edu.checks.worker.observation import Observation
from ddpm_edu.checks.worker.observe import observe
from ddpm_edu.checks.worker_process import Worker


pytestmark = [pytest.mark.usefixtures("as_learners_run_it"), pytest.mark.slow]
RIGHT = """
import torch
def sample_q(x_0, t, schedule, noise):
    a = schedule.alphas_bar[t].reshape(-1, *[1] * (x_0.ndim - 1))
    return a.sqrt() * x_0 + (1 - a).sqrt() * noise
"""


def test_a_worker_loads_no_answers():
    code = "import ddpm_edu.checks.worker.serve, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert "ddpm_edu.checks.worker.observe" in loaded
    for part in ("catalogue", "judging", "learner", "checks.run", "checks.report"):
        assert part not in loaded


def test_a_right_answer_passes_and_the_worker_serves_again():
    with Worker(RIGHT) as worker:
        assert check_in(worker, "sample_q").status == "passed"
        assert check_in(worker, "sample_q", seed=7).status == "passed"
        report = check_in(worker, "step_q", "sample_q")
        assert report.status == "wrong"
        assert report.misconception == "alpha_bar"


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        ("1 / 0", "crashed", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)", "crashed", "SystemExit"),
        ("def sample_q(", "crashed", "SyntaxError"),
        ("sample_p = 3", "crashed", "sample_q is not defined: was its cell run?"),
        ("sample_q = 3", "crashed", "got the whole number 3"),
        ("def sample_q(x_0, t, schedule, noise): ...", "not_attempted", "not written yet"),
        (
            "def sample_q(x_0, t, schedule, noise): raise NotImplementedError",
            "not_attempted",
            "not written yet",
        ),
        (
            "import os\ndef sample_q(x_0, t, schedule, noise): os._exit(0)",
            "crashed",
            "ended without an answer",
        ),
        (
            "import ddpm_edu\ndef sample_q(*a): return ddpm_edu.sample_q(*a)",
            "wrong",
            "what you are asked to write",
        ),
        ("def sample_q(x_0, t, schedule, noise): return x_0 + 0j", "wrong", "got complex128"),
        ("def sample_q(x_0, t, schedule, noise): print('x' * 10**7)", "wrong", "nothing (None)"),
    ],
)
def test_what_goes_wrong_in_the_worker_is_a_verdict(source, status, words):
    with Worker(source) as worker:
        report = check_in(worker, "sample_q")
    assert (report.status, report.score) == (status, 0)
    assert words in report.feedback


@pytest.mark.parametrize("exercise_id", CATALOGUE)
def test_cases_and_observations_survive_as_messages(exercise_id):
    exercise = CATALOGUE[exercise_id]
    for case in exercise.cases(3):
        again = unpack(pack(case))
        assert again.name == case.name
        assert list(again.arguments) == list(case.arguments)
        here, there = observe(exercise.reference, case), observe(exercise.reference, again)
        assert pack(here)[:20] == pack(unpack(pack(here)))[:20]
        for first, second in zip(here.draws, there.draws, strict=True):
            assert torch.equal(first.values, second.values)
        assert isinstance(unpack(pack(there)), Observation)


@pytest.mark.parametrize("message", [b"", b"1234", b"\x02\0\0\0{}", pack([1])[:-3], b"\xff" * 40])
def test_bytes_that_are_no_message_are_refused(message):
    with pytest.raises(ValueError, match="message: expected what pack made"):
        unpack(message)


def test_a_kind_of_failure_survives_and_an_unknown_one_is_refused():
    failure = observe(
        lambda x_0, t, schedule, noise: 1 / 0, CATALOGUE["sample_q"].cases(0)[0]
    ).failure
    assert unpack(pack(failure)) == failure
    with pytest.raises(ValueError, match="message: expected what pack made"):
        unpack(pack(failure).replace(b'"raised"', b'"passed"'))


def test_what_is_not_plain_is_not_sent():
    with pytest.raises(ValueError, match="expected plain data, got a function"):
        pack({"run": lambda: 0})
