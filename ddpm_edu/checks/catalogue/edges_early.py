"""Numbers at the limits of what the arguments of lessons 1 to 3 may be, and why they are legal.

Each function is named like its exercise and returns cases: (cases of the exercise, seed) -> cases.
"""

import torch

from ddpm_edu.checks.catalogue.inputs import Kind, early_schedule, normal, source
from ddpm_edu.checks.exercise import Case
from ddpm_edu.schedule import NoiseSchedule, linear_schedule


FALLING = "beta_start may be the larger one, and equal ones are legal too"
FEW = "Cases with more steps held"
JOINT = (
    "Cases where all shapes are equal held; shapes broadcast here, to one that is larger than "
    "each of them"
)
ORDER = "Cases with rising betas held; a schedule may have them in any order"
SMALL = "Cases with larger numbers in the tables held: a clamp or an added small number shows here"
SIZES = (
    "Cases with variances of usual size held: a clamp, or a small number added under a fraction or "
    "a logarithm, shows here"
)

DISORDERED = [0.0, 0.2, 0.05, 0.9, 0.01, 0.99, 0.999, 0.3]  # of 7 steps, to alphas_bar of 5e-7


def one_step(kind: Kind = NoiseSchedule):
    return kind(linear_schedule(1, 0.2, 0.2), dtype=torch.float64)


def linear_ends(cases, seed):
    return [
        Case("equal ends", {"num_timesteps": 4, "beta_start": 0.1, "beta_end": 0.1},
             reason=FALLING),
        Case("falling, 2500 steps",
             {"num_timesteps": 2500, "beta_start": 0.999, "beta_end": 1e-8}, reason=FALLING),
    ]  # fmt: skip


def cosine_ends(cases, seed):
    reason = "Cases with other numbers of steps held, and with a cap above 0.1"
    return [
        Case("2500 steps, a small offset, a low cap",
             {"num_timesteps": 2500, "s": 1e-4, "max_beta": 2**-7}, reason=reason),
        Case("T = 2, a wide offset", {"num_timesteps": 2, "s": 0.5, "max_beta": 1 - 2**-9},
             reason=reason),
    ]  # fmt: skip


def cumulative_alphas(cases, seed):
    betas = linear_schedule(2500, 1e-5, 0.3)
    return [
        Case("a schedule of one step", {"betas": one_step().betas}, reason=FEW),
        Case("betas in no order", {"betas": torch.tensor(DISORDERED).double()}, reason=ORDER),
        Case(
            "2500 steps, down to alphas_bar of 1e-180",
            {"betas": betas},
            reason=SMALL,
            tolerance=(1e-8, 0.0),
        ),
    ]


def posterior_variance(cases, seed):
    small = torch.tensor([0.0, 1e-9, 2e-9, 0.5, 0.9], dtype=torch.float64)
    small = early_schedule(small, dtype=torch.float64)
    zigzag = torch.tensor(DISORDERED, dtype=torch.float64)
    return [
        Case("a schedule of one step", {"schedule": one_step(early_schedule)}, reason=FEW),
        Case(
            "betas in no order",
            {"schedule": early_schedule(zigzag, dtype=torch.float64)},
            reason=ORDER,
        ),
        # 1 - alphas_bar of 1e-9 is known to seven digits.
        Case("betas of a billionth", {"schedule": small}, reason=SMALL, tolerance=(1e-6, 1e-13)),
    ]


def sample_by_t(cases, seed):
    generator = source(seed)
    reason = "Cases with images and points held: x_shape may have any number of axes, and t be 0"
    return [
        Case(f"a shape of {len(shape)} axes",
             {"values": normal(generator, 5), "t": torch.tensor(times), "x_shape": shape},
             reason=reason)
        for shape, times in (
            *(((2, 1, 3, 2, 1), [0, 4]), (torch.Size([1]), [3]), ((3, 3, 3), [0, 4, 1])),
        )
    ]  # fmt: skip


def pairs(*sizes):
    """Return a rule that tries shapes that broadcast, and variances of these powers of ten."""

    def cases_of(cases, seed):
        generator, names = source(seed), list(cases[0].arguments)
        joint, row = (
            [
                normal(generator, *shape).exp() if "variance" in name else normal(generator, *shape)
                for name, shape in zip(names, shapes, strict=True)
            ]
            for shapes in (((4, 1), (2, 1, 1), (1,), (4, 1)), ((4,), (1, 4), (1, 4), (4,)))
        )
        first, second = (10.0 ** torch.tensor(powers, dtype=torch.float64) for powers in sizes)
        wide = normal(generator, 3), first, normal(generator, 3), second
        return [
            Case("shapes that broadcast", dict(zip(names, joint, strict=True)), reason=JOINT),
            Case("one row, and none", dict(zip(names, row, strict=True)), reason=JOINT),
            Case("variances of every size", dict(zip(names, wide, strict=True)), reason=SIZES,
                 tolerance=(2e-9, 1e-20)),
        ]  # fmt: skip

    return cases_of


EARLY = {
    "linear_schedule": linear_ends,
    "cosine_schedule": cosine_ends,
    "cumulative_alphas": cumulative_alphas,
    "posterior_variance": posterior_variance,
    "sample_by_t": sample_by_t,
    "product_of_gaussians": pairs([-9, 9, -9], [-12, 5, -9]),
    "kl_gaussians": pairs([-9, 9, -9], [3, -4, -9]),
}
