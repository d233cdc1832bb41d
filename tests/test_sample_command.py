"""`ddpm-edu sample`: few steps of DDIM, guidance, and what does not go together."""

import itertools

import numpy as np
import pytest
import torch
from PIL import Image

from ddpm_edu import NoiseSchedule, UNet, linear_schedule, load_pretrained, save_model
from ddpm_edu.pictures import sheet
from ddpm_edu.sampling import sampling


LABELS = torch.arange(10)


@pytest.fixture(scope="module")
def model():
    return load_pretrained("digits")


@pytest.fixture
def sample(run_here, tmp_path):
    """Sample ten digits in this process; return the picture and what was said."""

    def sample(*options):
        done = run_here("sample", "--data", "digits", "--num", 10, "--out", tmp_path, *options)
        assert done.returncode == 0, done.stderr
        with Image.open(tmp_path / "samples.png") as picture:
            return np.array(picture).astype(int), done

    return sample


def predicted(model, x_t, t, w):
    """Return Eq. 6 of Ho & Salimans 2022, written out."""
    times = torch.full((len(x_t),), t)
    with_label, without = model(x_t, times, LABELS), model(x_t, times)
    return (1 + w) * with_label - w * without


@torch.no_grad()
def by_ddim(model, times, w):
    """Return samples by Eq. 12 of Song et al. 2021 for eta = 0, written out."""
    a = model.schedule.alphas_bar.double().tolist()
    x = torch.randn(10, 1, 8, 8, generator=torch.Generator().manual_seed(3))
    for t, t_prev in itertools.pairwise(times):
        eps = predicted(model, x, t, w)
        x_0 = (x - (1 - a[t]) ** 0.5 * eps) / a[t] ** 0.5
        x = a[t_prev] ** 0.5 * x_0 + (1 - a[t_prev]) ** 0.5 * eps
    return np.array(sheet(x, 8)).astype(int)


@pytest.mark.parametrize("w", [0, 2, -1])
def test_few_steps_are_those_of_ddim_with_guidance(w, sample, model):
    expected = by_ddim(model, [1000, 750, 500, 250, 0], w)
    seen, done = sample("--steps", 4, "--guidance", w, "--seed", 3)
    assert np.abs(seen - expected).max() <= 1  # one grey level, by rounding
    assert "4/4" in done.stderr


def test_guidance_changes_what_is_drawn(sample):
    pictures = [sample("--steps", 4, "--guidance", w)[0] for w in (0, 2)]
    assert np.abs(pictures[0] - pictures[1]).max() > 50


def test_the_filmstrip_of_few_steps_has_a_column_a_step(sample, tmp_path):
    seen, _ = sample("--steps", 4)
    with Image.open(tmp_path / "filmstrip.png") as strip:
        assert strip.size == (4 * 84 + 4, 4 * 84 + 4)
        last = np.array(strip).astype(int)[:, -84:-4]
    assert (last[:84] == seen[:84, 4:84]).all(), "the last column is the samples"


@pytest.mark.parametrize("w", [0, 2])
def test_without_steps_it_is_algorithm_2_with_all_steps(w, sample, model, tmp_path):
    schedule = NoiseSchedule(linear_schedule(50, 0.002, 0.4))
    weights = tmp_path / "fifty.safetensors"
    save_model(model, schedule, weights)

    def guided(x_t, t):
        return predicted(model, x_t, int(t[0]), w)

    generator = torch.Generator().manual_seed(3)
    states = sampling(guided, (10, 1, 8, 8), schedule, generator=generator, progress=False)
    seen, done = sample("--weights", weights, "--guidance", w, "--seed", 3)
    assert "50/50" in done.stderr
    assert np.abs(seen - np.array(sheet(states[-1], 8)).astype(int)).max() <= 1


def test_a_class_is_drawn_in_few_steps(sample):
    one = sample("--steps", 4, "--label", 1)[0]
    each = sample("--steps", 4)[0]
    second = slice(4 + 84, 84 + 84)  # the columns of the second image, a 1 in both
    assert (one[:84, second] == each[:84, second]).all()
    assert (one[:84, :84] != each[:84, :84]).any()


@pytest.fixture
def unlabelled(tmp_path):
    path = tmp_path / "unlabelled.safetensors"
    unet = UNet((1, 8, 8), (8, 16), 1, num_classes=0)
    save_model(unet, NoiseSchedule(linear_schedule(10)), path)
    return path


MISTAKES = {
    "no step": (["--steps", 0], "--steps: expected a whole number in 1..1000, got 0"),
    "too many steps": (["--steps", 1001], "--steps: expected a whole number in 1..1000, got 1001"),
    "steps and states": (
        ["--steps", 10, "--steps-to-keep", 5],
        "--steps-to-keep: expected only without --steps, got --steps 10 and --steps-to-keep 5",
    ),
    "guidance that is none": (
        ["--steps", 2, "--guidance", "nan"],
        "guidance: expected a finite number, got nan",
    ),
}


@pytest.mark.parametrize(("options", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line(options, words, run_here, tmp_path):
    done = run_here("sample", "--data", "digits", "--quiet", "--out", tmp_path / "out", *options)
    assert (done.returncode, done.stderr) == (2, f"ddpm-edu: {words}\n")


WITHOUT_LABELS = {
    "guidance": (["--guidance", 2], "--guidance: expected weights that take labels, got"),
    "label": (["--label", 1], "--label: expected weights that take labels, got"),
}


@pytest.mark.parametrize(("options", "words"), WITHOUT_LABELS.values(), ids=WITHOUT_LABELS)
def test_weights_that_take_no_labels(options, words, unlabelled, run_here, tmp_path):
    command = ["sample", "--weights", unlabelled, "--steps", 2, "--out", tmp_path]
    done = run_here(*command, *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert run_here(*command).returncode == 0
