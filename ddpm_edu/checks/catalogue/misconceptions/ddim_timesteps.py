"""Misconceptions about the times that DDIM visits."""

import torch

from ddpm_edu.checks.catalogue.templates import same, variations


def spread(first, last, count):
    return torch.linspace(first, last, count, dtype=torch.float64)


def strided(T, S, first=0):
    """Return every (T // S)-th time from the first on, falling; T itself is not among them."""
    return torch.arange(first, T + first, T // S).flip(0)


def visited(
    ideal=lambda T, S: spread(T, 0, S + 1),
    rounded=lambda times: times.round().long(),
    after=same,
):
    """Build ddim_timesteps from the times before and after rounding."""
    return lambda num_timesteps, num_steps: after(rounded(ideal(num_timesteps, num_steps)))


TIMES = variations(
    visited,
    ("below_T",
     "You took every (T // S)-th time from 0 on, which never reaches T; "
     "sampling starts at T, pure noise.",
     {"ideal": strided}),
    ("one_above", "You took every (T // S)-th time from 1 on: neither T nor 0 is among them.",
     {"ideal": lambda T, S: strided(T, S, 1)}),
    ("T_minus_1", "Your times begin at T - 1; they are 1..T here, and 0 is the clean image.",
     {"ideal": lambda T, S: spread(T - 1, 0, S + 1)}),
    ("ends_at_1", "Your times end at 1; the last step goes to 0, the clean image.",
     {"ideal": lambda T, S: spread(T, 1, S + 1)}),
    ("one_too_few",
     "You spread num_steps times; that many steps have one time more, num_steps + 1.",
     {"ideal": lambda T, S: spread(T, 0, S)}),
    ("no_zero", "The last time, 0, is missing: the clean image is where the last step goes.",
     {"ideal": lambda T, S: spread(T, 0, S + 1)[:-1]}),
    ("no_T", "The first time, T, is missing: sampling starts there.",
     {"ideal": lambda T, S: spread(T, 0, S + 1)[1:]}),
    ("one_too_many", "You returned one time too many; num_steps steps have num_steps + 1 times.",
     {"ideal": lambda T, S: spread(T, 0, S + 2)}),
    ("whole_stride",
     "You went down by T // S each time, which ends above 0 where S does not divide T.",
     {"ideal": lambda T, S: T - T // S * torch.arange(S + 1)}),
    ("last_steps", "You returned the last times, one by one; they are spread from T to 0.",
     {"ideal": lambda T, S: torch.arange(S, -1, -1)}),
    ("first_steps", "You returned the first times, one by one; they are spread from T to 0.",
     {"ideal": lambda T, S: T - torch.arange(S + 1)}),
    ("quadratic", "Your times are evenly spaced in their roots; they are evenly spaced themselves.",
     {"ideal": lambda T, S: spread(T**0.5, 0, S + 1) ** 2}),
    ("ascending", "Your times grow; sampling goes from T down to 0.",
     {"after": lambda times: times.flip(0)}),
    ("not_whole",
     "Your times are not whole numbers, or not of dtype long; round them, then .long().",
     {"rounded": lambda times: times.float()}),
    ("list_returned", "You returned a list; expected a tensor.",
     {"after": lambda times: times.tolist()}),
    ("pairs_returned", "You returned pairs (t, t_prev); expected the times alone.",
     {"after": lambda times: torch.stack([times[:-1], times[1:]], 1)}),
)  # fmt: skip
