"""Cases at the end of what is legal for the exercises of lesson 9, whose times are real numbers.

Each function is named like its exercise and returns cases: (cases of the exercise, seed) -> cases.
"""

from dataclasses import replace

import torch

from ddpm_edu.checks.catalogue.inputs import normal, source


AXES = (
    "Cases with two and four axes held; the data may have any number of them: reshape s by the "
    "number of axes of x"
)
NUMBERS = (
    "Cases with more axes held; the data may have a single one: an axis of length 1 may have been "
    "dropped (squeeze), or a number of axes assumed"
)
ENDS = "Cases with other times held; s = 0 and s = 1, the data and the noise, are legal"
DATA = ("x_0", "x_s", "noise")


def edges_of(cases, seed):
    """Try axes of every number, and both ends of the path."""
    generator, found = source(seed), []
    pattern = cases[0]
    for name, shape, s, s_prev, reason in (
        ("a single number", (1,), [0.7], [0.2], NUMBERS),
        ("plain numbers, at both ends", (3,), [1.0, 0.0, 1.0], [0.0, 0.0, 1.0], ENDS),
        ("data of five axes", (2, 1, 3, 2, 1), [0.9, 0.1], [0.4, 0.0], AXES),
        ("from noise to data at once", (2, 1, 2, 2), [1.0, 1.0], [0.0, 0.0], ENDS),
    ):
        given = dict(pattern.arguments)
        given |= {key: normal(generator, *shape) for key in DATA if key in given}
        times = {"s": torch.tensor(s).double(), "s_prev": torch.tensor(s_prev).double()}
        given |= {key: value for key, value in times.items() if key in given}
        found.append(replace(pattern, name=name, arguments=given, reason=reason))
    return found


FLOW = {"flow_loss": edges_of, "heun_step": edges_of}
