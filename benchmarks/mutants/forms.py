"""Shapes and schedules of every kind."""

import torch

from ddpm_edu import NoiseSchedule, cosine_schedule, linear_schedule
from ddpm_edu.checks.catalogue.inputs import source


SHAPES = [(1,), (4,), (1, 1), (3, 3), (5, 2), (1, 1, 4, 4), (3, 2, 4, 5), (2, 1, 1, 6),
          (3, 3, 3, 3), (2, 3, 4, 5, 2), (1, 2, 1, 3, 1), (7, 1, 2, 2)]  # fmt: skip
EPS = 2**-52


def schedules(kind=NoiseSchedule):
    """Return schedules of every length, steady and not."""
    drawn = 0.01 + 0.98 * torch.rand(6, generator=source(5), dtype=torch.float64)
    tables = [*(linear_schedule(n, 1e-3, 0.3) for n in (1, 2, 3, 13)), linear_schedule(1000),
              linear_schedule(2500, 1e-5, 0.01), cosine_schedule(1), cosine_schedule(40),
              torch.cat([torch.zeros(1, dtype=torch.float64), drawn])]  # fmt: skip
    return [kind(betas, dtype=torch.float64) for betas in tables]
