"""A schedule that lacks some of its tables, since the learner has yet to derive them."""

import copy

import torch

from ddpm_edu.schedule import NoiseSchedule


class PartialSchedule(NoiseSchedule):
    """A schedule without some tables.

    Args:
        betas, device, dtype: as for NoiseSchedule.
        missing: name of a table -> what the learner reads who asks for it.
    """

    missing: dict[str, str]

    def __init__(self, betas, device=None, dtype=torch.float32, missing=None):
        super().__init__(betas, device, dtype)
        self._set(missing=missing or {})
        for name in self.missing:
            object.__delattr__(self, name)

    def __getattr__(self, name):
        if name in vars(self).get("missing", {}):
            raise AttributeError(f"{name}: {self.missing[name]}")
        there = ", ".join(table for table in tables_of(self) if not table.startswith("_"))
        raise AttributeError(f"NoiseSchedule has no {name!r}: it has {there}, num_timesteps")

    def to(self, device=None, dtype=None):
        """Return the same tables elsewhere, without making a NoiseSchedule, which has them all."""

        def move(table):
            return table.to(device or table.device, dtype or table.dtype)

        twin = map_tables(self, move)
        twin._set(_exact_betas=self.exact_betas)
        return twin


def map_tables(schedule, change):
    """Return a schedule whose tables are change(table)."""
    twin = copy.copy(schedule)
    twin._set(**{name: change(table) for name, table in tables_of(schedule).items()})
    return twin


def tables_of(schedule) -> dict[str, torch.Tensor]:
    """Return the tables that a schedule has, by name."""
    values = vars(schedule).items()
    return {name: value for name, value in values if isinstance(value, torch.Tensor)}
