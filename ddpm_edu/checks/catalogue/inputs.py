"""Inputs that tell mistakes apart: what cases of several exercises are made of."""

import pathlib
import tomllib

import torch

from ddpm_edu.checks.arguments import EarlySchedule
from ddpm_edu.schedule import NoiseSchedule, cosine_schedule, linear_schedule


PLACES = [name for name, there in (
    ("cuda", torch.cuda.is_available), ("mps", torch.backends.mps.is_available)
) if there()]  # fmt: skip


def read_texts(lesson):
    """Give what the learner reads about a lesson's exercises: id -> fields of Exercise, from lesson_N.toml."""
    text = (pathlib.Path(__file__).parent / f"lesson_{lesson}.toml").read_text(encoding="utf-8")
    frozen = {
        exercise_id: {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
        for exercise_id, fields in tomllib.loads(text).items()
    }
    return {exercise_id: {"id": exercise_id, "lesson": lesson, **fields} for exercise_id, fields in frozen.items()}


def source(seed):
    """Give the generator from which a case's numbers are drawn."""
    return torch.Generator().manual_seed(seed)


def normal(generator, *shape):
    """Draw numbers that reach well outside [-1, 1], in float64."""
    return 1.5 * torch.randn(shape, generator=generator, dtype=torch.float64)


def paper(kind=NoiseSchedule):
    """Give the schedule of the paper, T = 1000."""
    return kind(linear_schedule(1000), dtype=torch.float64)


def short(seed=0, kind=NoiseSchedule):
    """Give a schedule of 13 steps that depends on the seed and reaches noise."""
    return kind(linear_schedule(13, 2e-3 + 1e-4 * (seed % 11), 0.3), dtype=torch.float64)


def cosine(kind=NoiseSchedule):
    """Give a cosine schedule of 9 steps."""
    return kind(cosine_schedule(9), dtype=torch.float64)


def batches(seed, early=False):
    """Give (name, shape, times, schedule) of batches of every kind, all in float64."""
    kind = EarlySchedule if early else NoiseSchedule
    return [
        ("one time for the whole batch", (3, 1, 5, 4), [500] * 3, paper(kind)),
        ("the first two times and the last", (3, 2, 3, 3), [1, 2, 1000], paper(kind)),
        ("mixed times, as many images as columns", (4, 1, 4, 4), [13, 2, 1, 6], short(seed, kind)),
        ("points in the plane, on a cosine schedule", (5, 2), [1, 9, 2, 5, 9], cosine(kind)),
    ]


def places():
    """Give (name, device) of the devices to try in float32."""
    return [("float32", "cpu"), *((f"float32 on {place}", place) for place in PLACES)]


def as_float32(value):
    """Give a tensor or schedule in float32."""
    is_real = isinstance(value, NoiseSchedule) or (isinstance(value, torch.Tensor) and value.is_floating_point())
    return value.to(dtype=torch.float32) if is_real else value
