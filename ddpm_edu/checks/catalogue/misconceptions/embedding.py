"""Misconceptions about the embedding of time."""

import math

import torch
from torch.nn.functional import pad

from ddpm_edu.checks.catalogue.templates import one_time_earlier, same, variations


def falling(max_period, half, device):
    """Return frequencies from 1 down to almost 1 / max_period."""
    return max_period ** (-torch.arange(half, device=device) / half)


def growing(max_period, half, device):
    """Return frequencies from 1 up, in float64: of angles of millions float32 holds no digits."""
    precise = torch.float32 if device.type == "mps" else torch.float64
    return max_period ** (torch.arange(half, device=device, dtype=precise) / half)


def outer(t, frequencies):
    return t[:, None] * frequencies


def cosines_and_sines(angles):
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def sines_and_cosines(angles):
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def last_again(columns, dim):
    return torch.cat([columns, columns[:, -1:]], dim=1)[:, :dim]


def embedding(
    time=same,
    period=same,
    half=lambda dim: dim // 2,
    frequencies=falling,
    angles=outer,
    columns=cosines_and_sines,
    padded=lambda columns, dim: pad(columns, (0, dim % 2)),
):
    """Build timestep_embedding from times, frequencies, columns, and what fills up an odd dim."""

    def function(t, dim, max_period=10_000):
        omega = frequencies(period(max_period), half(dim), t.device)
        return padded(columns(angles(time(t), omega)), dim).float()

    return function


def with_h_minus_1(t, dim, max_period=10_000):
    """Embed times with h - 1 in the place of h, as Ho's code does."""

    # The slowest frequency is then 1 / max_period.
    def reaching_the_end(period, half, device):
        return period ** (-torch.arange(half, device=device) / (half - 1))

    return embedding(frequencies=reaching_the_end)(t, dim, max_period)


EMBEDDING = variations(
    embedding,
    ("scaled_time",
     "You divided t by 1000; with frequencies below 1 all times then look alike. Embed t in steps.",
     {"time": lambda t: t / 1000}),
    ("shifted_time", "You embedded t - 1; expected t as it is.", {"time": one_time_earlier}),
    ("first_row_decides", "You embedded t[0] for the whole batch; each row has its own t.",
     {"time": lambda t: t[:1].expand(len(t))}),
    ("fixed_period", "You wrote 10 000 into the function; use max_period.",
     {"period": lambda period: 10_000}),
    ("no_zero_column", "With an odd dim you gave one column too few; fill up with zeros.",
     {"padded": lambda columns, dim: columns}),
    ("last_column_twice",
     "You filled up an odd dim with a copy of the last column; it is filled up with zeros.",
     {"padded": last_again}, {"padded": last_again, "columns": sines_and_cosines}),
    ("twice_the_columns",
     "You took dim frequencies, and with sines and cosines twice the columns; take dim // 2.",
     {"half": same, "padded": lambda columns, dim: columns}),
    ("extra_dimension", "Your result has a dimension too many, (B, 1, dim); expected (B, dim).",
     {"angles": lambda t, omega: t[:, None, None] * omega}),
    ("growing_frequencies",
     "Your frequencies grow with k: the minus in max_period^(-k / h) is missing.",
     {"frequencies": growing}),
    ("over_dim",
     "You divided k by dim, so that the slowest frequency is 1 / sqrt(max_period); "
     "divide by dim // 2.",
     {"half": lambda dim: (dim // 2, dim),
      "frequencies": lambda period, half, device: (
          period ** (-torch.arange(half[0], device=device) / half[1]))}),
    ("twice_the_exponent",
     "Your exponent is twice too large: k / h runs from 0 to 1, and 2 k stands over dim.",
     {"frequencies": lambda period, half, device: falling(period, half, device) ** 2}),
    ("whole_division", "You divided k by h with //, which makes every frequency 1; use /.",
     {"frequencies": lambda period, half, device: torch.ones(half, device=device)}),
    ("no_max_period", "Your frequencies are exp(-k / h), without log(max_period) in the exponent.",
     {"frequencies": lambda period, half, device: falling(math.e, half, device)}),
    ("half_rounded_up",
     "With an odd dim you took (dim + 1) // 2 frequencies and cut a column off; take dim // 2, and "
     "fill up with zeros.",
     {"half": lambda dim: (dim + 1) // 2, "padded": lambda columns, dim: columns[:, :dim]},
     {"half": lambda dim: (dim + 1) // 2, "padded": lambda columns, dim: columns[:, :dim],
      "columns": sines_and_cosines}),
    ("columns_stacked",
     "You stacked sines and cosines along an axis of their own; expected (B, dim), joined by cat.",
     {"columns": lambda angles: torch.stack([angles.cos(), angles.sin()], -1),
      "padded": lambda columns, dim: columns}),
    ("joined_below",
     "You joined sines and cosines along the batch; they stand side by side, dim=1 (or -1).",
     {"columns": lambda angles: torch.cat([angles.cos(), angles.sin()])},
     {"columns": lambda angles: torch.cat([angles.sin(), angles.cos()])}),
    ("log_10", "You took exp of a logarithm to the base 10; exp goes with the natural logarithm.",
     {"frequencies":
      lambda period, half, device: falling(math.exp(math.log10(period)), half, device)}),
    ("from_k_1", "Your k runs from 1; the fastest frequency is k = 0, which is 1.",
     {"frequencies":
      lambda period, half, device: falling(period, half, device) * period ** (-1 / half)}),
    ("evenly_spaced", "Your frequencies are evenly spaced; expected powers, 1, r, r^2, ....",
     {"frequencies":
      lambda period, half, device: torch.linspace(1, 1 / period, half, device=device)}),
    ("turns", "You multiplied the angles by 2 pi; the angle is t omega_k as it is.",
     {"angles": lambda t, omega: 2 * math.pi * outer(t, omega)}),
    ("frequency_outside",
     "You multiplied sin(t) and cos(t) by the frequencies; they belong inside, sin(t omega_k).",
     {"columns": same,
      "angles": lambda t, omega: torch.cat([outer(t.cos(), omega), outer(t.sin(), omega)], dim=1)}),
    ("sines_only", "You took sines twice; one half of the columns is cosines.",
     {"columns": lambda angles: torch.cat([angles.sin(), angles.sin()], dim=-1)}),
    ("cosines_only", "You took cosines twice; one half of the columns is sines.",
     {"columns": lambda angles: torch.cat([angles.cos(), angles.cos()], dim=-1)}),
    ("angles_returned", "You returned the angles; expected their sines and cosines.",
     {"columns": lambda angles: torch.cat([angles, angles], dim=-1)}),
)  # fmt: skip
