"""Misconceptions about the times that DDIM visits."""

import torch

from ddpm_edu.checks.catalogue.templates import same, variations


def spread(first, last, count):
    return torch.linspace(first, last, count, dtype=torch.float64)


def spread_up(first, last, count):
    """Return the same from the other end, where a single time is the last one."""
    return spread(last, first, count).flip(0)


def strided(T, S, first=0):
    """Return every (T // S)-th time from the first on, falling; T itself is not among them."""
    return torch.arange(first, T + first, T // S).flip(0)


def multiples(T, S, first=0):
    """Return the first S of them."""
    return torch.arange(S).flip(0) * (T // S) + first


def with_0(times):
    return torch.cat([times, times.new_zeros(1)])


def visited(
    ideal=lambda T, S: spread(T, 0, S + 1),
    rounded=lambda times: times.round().long(),
    after=same,
):
    """Build ddim_timesteps from the times before and after rounding."""
    return lambda num_timesteps, num_steps: after(rounded(ideal(num_timesteps, num_steps)))


def however_rounded(**parts):
    """Return these parts with each way to round, all of which are right."""
    ways = (
        lambda times: times.floor().long(),
        lambda times: times.ceil().long(),
        lambda times: (times + 0.5).floor().long(),
    )
    return parts, *({**parts, "rounded": way} for way in ways)


def either_way(times):
    """Return parts for times that are spread downwards, and upwards and then turned round."""
    down, up = (
        however_rounded(ideal=lambda T, S, s=s: times(s, T, S)) for s in (spread, spread_up)
    )
    return *down, *up


TIMES = variations(
    visited,
    ("below_T",
     "You took every (T // S)-th time from 0 on, which never reaches T; "
     "sampling starts at T, pure noise.",
     {"ideal": strided}, {"ideal": multiples}),
    ("one_above", "You took every (T // S)-th time from 1 on: neither T nor 0 is among them.",
     {"ideal": lambda T, S: strided(T, S, 1)}, {"ideal": lambda T, S: multiples(T, S, 1)}),
    ("one_above_and_0",
     "You took every (T // S)-th time from 1 on, and then 0: T is not among them, where sampling "
     "starts.",
     {"ideal": lambda T, S: with_0(strided(T, S, 1))},
     {"ideal": lambda T, S: with_0(multiples(T, S, 1))}),
    ("T_minus_1", "Your times begin at T - 1; they are 1..T here, and 0 is the clean image.",
     {"ideal": lambda T, S: spread(T - 1, 0, S + 1)}),
    ("from_0_to_T_minus_1",
     "You spread num_steps times over 0..T-1, as for times that count from 0; "
     "here S steps go from T to 0, through S + 1 times.",
     *either_way(lambda spread, T, S: spread(T - 1, 0, S))),
    ("ends_at_1", "Your times end at 1; the last step goes to 0, the clean image.",
     *either_way(lambda spread, T, S: spread(T, 1, S + 1))),
    ("from_1_to_T",
     "You spread num_steps times over 1..T; S steps go from T to 0, through S + 1 times.",
     *either_way(lambda spread, T, S: spread(T, 1, S))),
    ("from_1_to_T_and_0",
     "You spread num_steps times over 1..T and put 0 behind them, so that the last step is one "
     "time long; all S + 1 times are evenly spaced.",
     *either_way(lambda spread, T, S: with_0(spread(T, 1, S)))),
    ("one_too_few",
     "You spread num_steps times; that many steps have one time more, num_steps + 1.",
     *either_way(lambda spread, T, S: spread(T, 0, S))),
    ("no_zero", "The last time, 0, is missing: the clean image is where the last step goes.",
     *however_rounded(ideal=lambda T, S: spread(T, 0, S + 1)[:-1])),
    ("no_T", "The first time, T, is missing: sampling starts there.",
     *however_rounded(ideal=lambda T, S: spread(T, 0, S + 1)[1:])),
    ("one_too_many", "You returned one time too many; num_steps steps have num_steps + 1 times.",
     {"ideal": lambda T, S: spread(T, 0, S + 2)}),
    ("whole_stride",
     "You went down from T by T // S each time; where S does not divide T, that ends above 0 or "
     "takes more steps. Spread S + 1 times evenly, then round.",
     {"ideal": lambda T, S: T - T // S * torch.arange(S + 1)},
     {"ideal": lambda T, S: torch.arange(T, -1, -(T // S))}),
    ("stride_above_0",
     "You went down from T by T // S and stopped above 0; the last step goes to 0, the clean "
     "image.",
     {"ideal": lambda T, S: torch.arange(T, 0, -(T // S))}),
    ("stride_from_0",
     "You went up from 0 by T // S each time; where S does not divide T, that misses T or takes "
     "more steps. Spread S + 1 times evenly, then round.",
     {"ideal": lambda T, S: torch.arange(S + 1).flip(0) * (T // S)},
     {"ideal": lambda T, S: torch.arange(0, T + 1, T // S).flip(0)}),
    ("last_steps", "You returned the last times, one by one; they are spread from T to 0.",
     {"ideal": lambda T, S: torch.arange(S, -1, -1)}),
    ("first_steps", "You returned the first times, one by one; they are spread from T to 0.",
     {"ideal": lambda T, S: T - torch.arange(S + 1)}),
    ("quadratic", "Your times are evenly spaced in their roots; they are evenly spaced themselves.",
     *however_rounded(ideal=lambda T, S: spread(T**0.5, 0, S + 1) ** 2)),
    ("ascending", "Your times grow; sampling goes from T down to 0.",
     *however_rounded(after=lambda times: times.flip(0))),
    ("not_whole",
     "Your times are not whole numbers, or not of dtype long; round them, then .long().",
     {"rounded": lambda times: times.float()}, {"rounded": same},
     {"rounded": lambda times: times.float().round()}, {"rounded": torch.round},
     {"rounded": lambda times: times.round().int()}),
    ("list_returned", "You returned a list; expected a tensor.",
     *however_rounded(after=lambda times: times.tolist())),
    ("pairs_returned", "You returned pairs (t, t_prev); expected the times alone.",
     *however_rounded(after=lambda times: torch.stack([times[:-1], times[1:]], 1))),
)  # fmt: skip
