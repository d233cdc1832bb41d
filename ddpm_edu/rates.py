"""What changes in the course of a training run: the learning rate and the decay of the average."""

import math


def power_decay(step: int, gamma: float = 6.94) -> float:
    r"""Return the decay of the averaged weights at step n = 1, 2, ...

    $(1 - 1/n)^{\gamma + 1}$   (Karras et al. 2024, Eq. 1)

    The average then spans the same share of a run of any length, about a tenth for 6.94.

    >>> power_decay(1)
    0.0
    """
    return (1 - 1 / step) ** (gamma + 1)


def learning_rate(progress: float, peak: float = 2e-3, warm_up: float = 0.05) -> float:
    """Return the learning rate at a share of the run: linear warm-up, then half a cosine to zero.

    >>> learning_rate(0.05), round(learning_rate(1.0), 6)
    (0.002, 0.0)
    """
    rest = max(0.0, progress - warm_up) / (1 - warm_up)
    return peak * min(1.0, progress / warm_up) * (1 + math.cos(math.pi * rest)) / 2
