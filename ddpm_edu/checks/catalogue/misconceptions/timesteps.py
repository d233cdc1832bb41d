"""Misconceptions about the draw of times in Algorithm 1."""

import torch

from ddpm_edu.checks.catalogue.templates import same, variations


def whole(low, beyond):
    """Build a draw of whole numbers low(T) .. beyond(T) - 1."""
    return lambda size, T, generator: torch.randint(low(T), beyond(T), (size,), generator=generator)


all_times = whole(lambda T: 1, lambda T: T + 1)


def drawing(draw=all_times, source=same, after=same):
    """Build sample_timesteps from its draw, its generator and what is done last."""

    def function(batch_size, schedule, generator=None):
        t = after(draw(batch_size, schedule.num_timesteps, source(generator)))
        return t.to(schedule.betas.device)

    return function


def uniform(size, generator):
    return torch.rand(size, generator=generator, dtype=torch.float64)


TIMES = variations(
    drawing,
    ("never_T",
     "Your times stop at T - 1: randint leaves out its upper end, so T + 1 must stand there.",
     {"draw": whole(lambda T: 1, lambda T: T)}),
    ("from_0", "Your times are 0..T-1; time 0 is the clean image, and training has t = 1..T.",
     {"draw": whole(lambda T: 0, lambda T: T)}),
    ("from_0_to_T", "Your times begin at 0, the clean image; training has t = 1..T.",
     {"draw": whole(lambda T: 0, lambda T: T + 1)}),
    ("never_1", "Your times begin at 2; t = 1 is trained too.",
     {"draw": whole(lambda T: 2, lambda T: T + 1)}),
    ("beyond_T", "Your times reach T + 1, the length of the tables; the last time is T.",
     {"draw": whole(lambda T: 1, lambda T: T + 2)}),
    ("one_time_for_all", "You drew one time for the whole batch; each row has its own.",
     {"draw": lambda n, T, g: torch.randint(1, T + 1, (1,), generator=g).expand(n)},
     {"draw": lambda n, T, g: torch.randint(1, T + 1, (1,), generator=g)},
     {"draw": lambda n, T, g: torch.randint(1, T + 1, (), generator=g)}),
    ("fixed_T", "You wrote 1000 into the function; use schedule.num_timesteps.",
     {"draw": lambda n, T, g: torch.randint(1, 1001, (n,), generator=g)}),
    ("in_order", "Your times run through 1..T in order; they are drawn at random.",
     {"draw": lambda n, T, g: torch.arange(n) % T + 1},
     {"draw": lambda n, T, g: torch.arange(n) + 1},
     {"draw": lambda n, T, g: torch.arange(n)},
     {"draw": lambda n, T, g: torch.arange(1, T + 1)[:n]},
     {"draw": lambda n, T, g: torch.linspace(1, T, n).long()},
     {"draw": lambda n, T, g: torch.linspace(1, T, n).round().long()}),
    ("without_repeats",
     "You shuffled the times, so that no two rows of a batch have the same; each is drawn by "
     "itself, and a batch may be larger than T.",
     {"draw": lambda n, T, g: torch.randperm(T, generator=g)[:n] + 1}),
    ("rounded_up",
     "You rounded up; rand may return exactly 0, and your time is 0 then. Take the floor, and add "
     "1.",
     {"draw": lambda n, T, g: (uniform(n, g) * T).ceil().long()}),
    ("ends_half_as_often",
     "You rounded, so that 1 and T come half as often as the rest; take the floor.",
     {"draw": lambda n, T, g: (uniform(n, g) * (T - 1)).round().long() + 1}),
    ("small_times_more_often", "Your times are not uniform: small ones come more often.",
     {"draw": lambda n, T, g: (uniform(n, g).square() * T).long() + 1}),
    ("gaussian", "You drew Gaussian numbers; the times are uniform.",
     {"draw": lambda n, T, g: (torch.randn(n, generator=g) * T / 4 + T / 2).long().clamp(1, T)}),
    ("fractions", "Your times are fractions; they are whole numbers of dtype long.",
     {"draw": lambda n, T, g: uniform(n, g) * (T - 1) + 1},
     {"draw": lambda n, T, g: uniform(n, g).float() * (T - 1) + 1},
     {"draw": lambda n, T, g: uniform(n, g).float() * T + 1},
     {"draw": lambda n, T, g: torch.rand(n, generator=g)},
     {"draw": lambda n, T, g: torch.rand(n, generator=g) * T}),
    ("column", "You returned (B, 1); expected (B,).", {"after": lambda t: t[:, None]}),
    ("int32", "Your times are int32; expected long, torch's type for indices.",
     {"after": lambda t: t.int()}),
    ("generator_ignored",
     "You left the generator out of the draw, so that runs cannot be repeated.",
     {"source": lambda generator: None}),
)  # fmt: skip
