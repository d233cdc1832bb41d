"""The end of a training run: samples that can be interrupted, and nothing done twice."""

import os
import signal

import pytest
from PIL import Image
from training_runs import OPTIONS, begin

from ddpm_edu import load_model
from ddpm_edu.cli.runs import Plan, Run


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


@pytest.fixture
def train(run_here, tmp_path):
    """Train on the digits in this process."""
    return lambda *options: run_here("train", *OPTIONS, "--out", tmp_path / "run", *options)


def test_samples_are_announced_and_drawn_in_25_steps(train, tmp_path):
    done = train("--steps", 2)
    assert done.returncode == 0, done.stderr
    assert f"drawing {tmp_path / 'run' / 'samples.png'} in 25 DDIM steps\n" in done.stdout
    assert "sampling timestep: 100%" in done.stderr
    assert "25/25" in done.stderr
    with Image.open(tmp_path / "run/samples.png") as picture:
        assert picture.size == (10 * 84 + 4, 5 * 84 + 4)


def test_a_finished_run_started_again_says_so_and_does_nothing(train, tmp_path):
    train("--steps", 2)
    before = times(tmp_path / "run")
    for asked in (2, 1):
        done = train("--steps", asked)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"{tmp_path / 'run'} is finished: 2 steps, " in done.stdout
        assert done.stdout.endswith("To train it longer, ask for more than --steps 2\n")
    assert times(tmp_path / "run") == before
    assert "resuming" in train("--steps", 3).stdout
    assert load_model(tmp_path / "run/weights.safetensors").card["steps"] == 3


def test_a_run_that_minutes_finished_says_how_many(train, tmp_path):
    train("--minutes", 0.01)
    done = train("--minutes", 0.01)
    assert done.stdout.endswith("To train it longer, ask for more than --minutes 0.01\n")


@pytest.mark.parametrize("older", ["weights.safetensors", "samples.png"])
def test_what_is_left_of_a_shorter_run_is_written_anew(older, train, tmp_path):
    train("--steps", 2)
    for _ in Run(Plan("digits", batch_size=8), tmp_path / "run", "cpu", None, 3):
        pass  # and killed before it wrote more than its checkpoint
    if older == "samples.png":
        os.utime(tmp_path / "run/weights.safetensors")
    before = times(tmp_path / "run")
    assert "drawing" in train("--steps", 3).stdout
    assert times(tmp_path / "run")[older] > before[older]


def test_signals_are_answered_as_before(train):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    train("--steps", 1)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_samples_interrupted_leave_the_weights_and_can_be_drawn_later(number, train, tmp_path):
    folder = tmp_path / "run"
    many = begin("finished.STEPS_OF_SAMPLES = 1000", "--steps", "2", "--out", str(folder))
    assert "in 1000 DDIM steps" in many.stdout.readline()
    shown = ""
    while not shown.endswith("sampling timestep"):
        letter = many.stderr.read(1)
        assert letter, shown
        shown += letter
    many.send_signal(number)
    _, errors = many.communicate(timeout=60)
    assert many.returncode == 130, errors
    assert f"{folder / 'weights.safetensors'} is saved, samples.png is not" in errors
    assert "the same command draws it" in errors
    assert "Traceback" not in errors
    assert "1000/1000" not in errors
    assert {path.name for path in folder.iterdir()} == {
        "checkpoint.safetensors",
        "losses.csv",
        "weights.safetensors",
    }
    assert load_model(folder / "weights.safetensors").card["steps"] == 2
    assert "drawing" in train("--steps", 2).stdout
    assert (folder / "samples.png").exists()
    assert "nothing to do" in train("--steps", 2).stdout
