"""Training runs on disk: killed, interrupted, resumed, shared among processes."""

import csv
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
import torch
from training_runs import ENVIRONMENT, TRAIN, begin

from ddpm_edu import compute_loss, load_model, stratified_timesteps
from ddpm_edu.cli.finished import save_weights
from ddpm_edu.cli.runs import Plan, Run
from ddpm_edu.pretrained import read_safetensors
from ddpm_edu.training import drop_labels, step_generator


LAUNCH = ["torch.distributed.run", "--standalone", "--nproc-per-node=2"]
IN_TWO_PROCESSES = [sys.executable, "-m", *LAUNCH, *TRAIN[1:]]
pytestmark = pytest.mark.slow


def train(*options, start=TRAIN, **extra):
    return subprocess.run(
        [*start, *options], env=ENVIRONMENT | extra, capture_output=True, text=True, timeout=300
    )


def rows(folder):
    with open(folder / "losses.csv", newline="") as file:
        return [
            (int(row["step"]), row["learning_rate"], row["loss"]) for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the folder of a run of 200 steps that nothing disturbs."""
    folder = tmp_path_factory.mktemp("whole")
    done = train("--steps", "200", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def test_a_run_leaves_weights_losses_and_samples(whole):
    assert [step for step, _, _ in rows(whole)] == list(range(1, 201))
    model = load_model(whole / "weights.safetensors")
    assert model.card["steps"] == 200
    assert model.card["command"].startswith("ddpm-edu train --data digits")
    assert (whole / "samples.png").read_bytes().startswith(b"\x89PNG")
    assert not [path.name for path in whole.iterdir() if path.name.startswith(".")], (
        "temporary files are left"
    )


def wait_for(path, process, seconds=60):
    end = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, f"{path.name} did not appear within {seconds} s"
        time.sleep(0.05)


def begin_and_signal(folder, number, often="0.1"):
    """Start the run of `whole`, checkpoint often, and send a signal after the first checkpoint."""
    setting = f"runs.SECONDS_BETWEEN_CHECKPOINTS = {often}"
    process = begin(setting, "--steps", "200", "--out", str(folder))
    wait_for(folder / "checkpoint.safetensors", process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


def equal_to(whole, folder):
    (expected, _), (seen, _) = (
        read_safetensors(path / "checkpoint.safetensors") for path in (whole, folder)
    )
    return expected.keys() == seen.keys() and all(
        torch.equal(expected[name], seen[name]) for name in expected
    )


def test_a_run_killed_and_resumed_equals_one_that_was_not(whole, tmp_path):
    code, _ = begin_and_signal(tmp_path, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert len(rows(tmp_path)) < 200, "it was over before the signal came"
    done = train("--steps", "200", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "resuming" in done.stdout
    assert equal_to(whole, tmp_path)
    assert rows(tmp_path) == rows(whole)


SPOILT = ["\n", "4,1.0\r\n", "4,1.0,0.001,0.", "\0\0\n", "4,1.0,0.001,x", "\n\n\xe9", None]


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_run_whose_last_losses_are_spoilt_resumes_and_ends_well(spoilt, tmp_path):
    plan = Plan("digits", batch_size=8)
    for _ in Run(plan, tmp_path, "cpu", None, 4):
        pass
    losses = tmp_path / "losses.csv"
    if spoilt is None:
        losses.unlink()
    else:
        losses.write_text("".join(losses.read_text().splitlines(True)[:-1]) + spoilt, "latin-1")
    run = Run(plan, tmp_path, "cpu", None, 4)
    assert list(run) == []
    save_weights(run, "again")
    assert ("loss" in load_model(tmp_path / "weights.safetensors").card) == (spoilt is not None)
    run = Run(plan, tmp_path, "cpu", None, 6)
    for _ in run:
        pass
    save_weights(run, "again")
    left = [step for step, _, _ in rows(tmp_path)]
    assert left == [*([] if spoilt is None else [1, 2, 3]), 5, 6]


def test_ctrl_c_saves_and_says_how_to_go_on(whole, tmp_path):
    code, errors = begin_and_signal(tmp_path, signal.SIGINT)
    assert code == 130
    assert "the same command goes on from there" in errors
    assert "Traceback" not in errors
    assert 0 < len(rows(tmp_path)) < 200
    assert train("--steps", "200", "--out", str(tmp_path)).returncode == 0
    assert equal_to(whole, tmp_path)


def test_a_folder_with_another_run_is_left_alone(whole):
    before = (whole / "checkpoint.safetensors").read_bytes()
    done = train("--steps", "200", "--seed", "1", "--out", str(whole))
    assert done.returncode == 2
    assert "holds a run with seed 0, asked for 1; choose another --out" in done.stderr
    assert (whole / "checkpoint.safetensors").read_bytes() == before


def test_two_processes_share_a_run_and_stop_at_the_same_time(tmp_path):
    done = train("--minutes", "0.05", "--out", str(tmp_path), start=IN_TWO_PROCESSES)
    assert done.returncode == 0, done.stderr
    card = load_model(tmp_path / "weights.safetensors").card
    assert [step for step, _, _ in rows(tmp_path)] == list(range(1, card["steps"] + 1))
    assert 3 <= card["seconds"] < 10


def test_two_processes_average_their_gradients(tmp_path):
    assert train("--steps", "1", "--out", str(tmp_path), start=IN_TWO_PROCESSES).returncode == 0
    run = Run(Plan("digits", batch_size=8), tmp_path / "alone", "cpu", None, 1)
    model, schedule = run.state.model, run.schedule
    for rank in range(2):  # each process draws half the batch, from a seed of its own
        generator = step_generator(rank, 0, "cpu")
        rows = torch.randint(len(run.images), (4,), generator=generator)
        labels = drop_labels(run.labels[rows], 10, generator)
        t = stratified_timesteps(4, schedule, generator)
        noise = torch.randn(4, 1, 8, 8, generator=generator)
        (
            compute_loss(partial(model, labels=labels), run.images[rows], t, schedule, noise) / 2
        ).backward()
    saved, _ = read_safetensors(tmp_path / "checkpoint.safetensors")
    for index, parameter in enumerate(model.parameters()):
        seen = saved[f"moments.{index}.exp_avg"]  # of AdamW, a tenth of the first gradient
        torch.testing.assert_close(
            seen, 0.1 * parameter.grad, rtol=1e-3, atol=1e-6 * seen.abs().max().item()
        )
