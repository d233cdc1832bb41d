"""Lesson 6, Algorithm 2: one step, clipped or not, and the whole chain."""

from functools import partial

import torch

from ddpm_edu.checks.catalogue import lesson_6_mistakes as mistakes
from ddpm_edu.checks.exercise import Case, Exercise, Probe
from ddpm_edu.sampling import sample_p, sample_p_unclipped, sampling
from ddpm_edu.schedule import NoiseSchedule, cosine_schedule, linear_schedule


def step_cases(seed: int, clipping: bool | None = None) -> list[Case]:
    """Try one step with every kind of batch; values reach far enough outside [-1, 1] for clipping to matter."""
    generator = torch.Generator().manual_seed(seed)
    paper = NoiseSchedule(linear_schedule(1000), dtype=torch.float64)
    short = NoiseSchedule(linear_schedule(13, 2e-3, 0.3), dtype=torch.float64)
    cosine = NoiseSchedule(cosine_schedule(9), dtype=torch.float64)
    extra = () if clipping is None else (clipping,)

    def case(name, shape, times, schedule, noise, dtype=torch.float64):
        x_t = 1.5 * torch.randn(shape, generator=generator, dtype=torch.float64)
        probe = Probe("wavy", {"num_timesteps": schedule.num_timesteps})
        return Case(name, (probe, x_t.to(dtype), torch.tensor(times), schedule.to(dtype=dtype), *extra), noise)

    return [
        case("the mean, one time for the whole batch", (3, 1, 5, 4), [500] * 3, paper, "zeros"),
        case("the noise at t = 2, where variances differ most", (3, 1, 5, 4), [2] * 3, paper, "ones"),
        case("the last step, t = 1", (2, 3, 4, 4), [1] * 2, paper, "ones"),
        case("the mean, mixed times, as many images as columns", (4, 1, 4, 4), [13, 2, 1, 6], short, "zeros"),
        case("the noise, mixed times, as many images as columns", (4, 1, 4, 4), [1, 13, 2, 6], short, "ones"),
        case("points in the plane on a cosine schedule", (5, 2), [1, 9, 2, 5, 9], cosine, "ones"),
        case("every value has a noise of its own", (4, 2, 3, 5), [13, 2, 1, 6], short, "stream"),
        case("float32", (3, 1, 4, 4), [1, 2, 13], short, "ones", torch.float32),
    ]


def clipping_cases(seed: int) -> list[Case]:
    """Try sample_p clipped (also by default) and unclipped."""
    clipped = [*step_cases(seed)[:3], *step_cases(seed + 1, clipping=True)[3:]]
    free = [case for case in step_cases(seed + 2, clipping=False) if case.noise == "ones"]
    named = [Case(f"clipping=False: {case.name}", case.arguments, case.noise) for case in free]
    return clipped + named


def chain_cases(seed: int) -> list[Case]:
    """Try whole chains, short enough to compare every state."""

    def case(name, shape, num_timesteps, keep, noise):
        schedule = NoiseSchedule(linear_schedule(num_timesteps, 0.02 + 0.001 * (seed % 7), 0.4))
        probe = Probe("wavy", {"num_timesteps": num_timesteps})
        keep = () if keep is None else (keep,)
        return Case(name, (probe, shape, schedule, *keep), noise, without_gradients=True)

    return [
        case("the last state only, by default", (3, 1, 4, 4), 7, None, "zeros"),
        case("the last three states, in the order made", (2, 3, 4, 5), 8, 3, "ones"),
        case("all states", (4, 2), 5, 5, "ones"),
        case("pure noise to begin with", (3, 1, 4, 4), 4, 1, "stream"),
    ]


ALGORITHM_2 = "Algorithm 2, line 4, and Eq. 11 of the paper (lesson 06)"
EQ_7_AT_15 = "Eq. 7 at the clipped x_0 of Eq. 15 (lesson 06)"

EXERCISES = (
    Exercise(
        id="sample_p_unclipped",
        lesson=6,
        title="One step of Algorithm 2",
        points=4,
        minutes=20,
        difficulty=3,
        equation=ALGORITHM_2,
        reference=sample_p_unclipped,
        cases=step_cases,
        misconceptions=mistakes.STEP,
    ),
    Exercise(
        id="sample_p",
        lesson=6,
        title="The same, with x_0 clipped",
        points=4,
        minutes=20,
        difficulty=3,
        equation=EQ_7_AT_15,
        reference=sample_p,
        cases=clipping_cases,
        misconceptions=mistakes.CLIPPED_STEP,
    ),
    Exercise(
        id="sampling",
        lesson=6,
        title="Algorithm 2, whole",
        points=4,
        minutes=20,
        difficulty=3,
        equation="Algorithm 2 of the paper (lesson 06)",
        reference=partial(sampling, progress=False),
        cases=chain_cases,
        misconceptions=mistakes.CHAIN,
    ),
    Exercise(
        id="repair_sampler",
        lesson=6,
        title="Bug hunt: the post's sample_p as it was scraped",
        points=3,
        minutes=15,
        difficulty=2,
        equation=EQ_7_AT_15,
        reference=sample_p,
        cases=clipping_cases,
        misconceptions=mistakes.REPAIR,
    ),
)
