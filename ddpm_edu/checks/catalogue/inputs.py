"""Inputs that tell misconceptions apart: what cases of several exercises are made of."""

import functools
import pathlib
import tomllib
from collections.abc import Callable

import torch

from ddpm_edu.checks.worker.partial_schedule import PartialSchedule
from ddpm_edu.devices import available_devices
from ddpm_edu.schedule import NoiseSchedule, cosine_schedule, linear_schedule


ACCELERATORS = [name for name in available_devices() if name != "cpu"]
# The schedule of lessons 1 and 2, whose learners have yet to derive Eq. 7's variance.
early_schedule = functools.partial(
    PartialSchedule,
    missing={
        "posterior_variance": "the schedule has it from lesson 3 on; derive it from alphas_bar"
    },
)

Kind = Callable[..., NoiseSchedule]


def read_texts(lesson):
    """Return what the learner reads, from lesson_N.toml: exercise id -> fields of Exercise."""
    text = (pathlib.Path(__file__).parent / f"lesson_{lesson}.toml").read_text(encoding="utf-8")
    texts = {}
    for exercise_id, fields in tomllib.loads(text).items():
        texts[exercise_id] = {"id": exercise_id, "lesson": lesson}
        for name, value in fields.items():
            texts[exercise_id][name] = tuple(value) if isinstance(value, list) else value
    return texts


def source(seed):
    """Return the generator from which a case's numbers are drawn."""
    return torch.Generator().manual_seed(seed)


def normal(generator, *shape):
    """Draw numbers that reach well outside [-1, 1], in float64."""
    return 1.5 * torch.randn(shape, generator=generator, dtype=torch.float64)


@functools.cache
def paper(kind: Kind = NoiseSchedule):
    """Return the schedule of the paper, T = 1000."""
    return kind(linear_schedule(1000), dtype=torch.float64)


def short(seed=0, kind: Kind = NoiseSchedule):
    """Return a schedule of 13 steps that depends on the seed and reaches noise."""
    return kind(linear_schedule(13, 2e-3 + 1e-4 * (seed % 11), 0.3), dtype=torch.float64)


@functools.cache
def cosine(kind: Kind = NoiseSchedule):
    """Return a cosine schedule of 9 steps."""
    return kind(cosine_schedule(9), dtype=torch.float64)


def batches(seed, early=False):
    """Return (name, shape, times, schedule) of batches of every kind, all in float64."""
    kind: Kind = early_schedule if early else NoiseSchedule
    # As many images as columns: (B,) that was not reshaped to (B, 1, 1, 1) then fits the last axis.
    return [
        ("one time for the whole batch", (3, 1, 5, 4), [500] * 3, paper(kind)),
        ("the first two times and the last", (3, 2, 3, 3), [1, 2, 1000], paper(kind)),
        ("mixed times, as many images as columns", (4, 1, 4, 4), [13, 2, 1, 6], short(seed, kind)),
        ("points in the plane, on a cosine schedule", (5, 2), [1, 9, 2, 5, 9], cosine(kind)),
    ]


def float32_devices():
    """Return (name of a case, device) of the devices to try in float32."""
    return [("float32", "cpu"), *((f"float32 on {device}", device) for device in ACCELERATORS)]


def as_float32(value):
    """Return a tensor or schedule in float32."""
    is_real = isinstance(value, NoiseSchedule) or (
        isinstance(value, torch.Tensor) and value.is_floating_point()
    )
    return value.to(dtype=torch.float32) if is_real else value
