"""Bounds for statistical tests, derived from the rate at which a correct program may fail."""

import math
from statistics import NormalDist


# The probability that a statistical test fails a correct program, over all the seeds it might use.
FALSE_ALARM = 1e-6


def normal_bound(false_alarm=FALSE_ALARM):
    """Return z with P(|N(0, 1)| > z) = false_alarm."""
    return NormalDist().inv_cdf(1 - false_alarm / 2)


def chi_square_bounds(degrees, false_alarm=FALSE_ALARM):
    """Return an interval that a chi-square variable leaves with at most this probability.

    For d degrees of freedom, P(X - d >= 2 sqrt(d u) + 2 u) <= exp(-u) and
    P(d - X >= 2 sqrt(d u)) <= exp(-u) (Laurent & Massart 2000); each side gets half of the rate.
    """
    u = math.log(2 / false_alarm)
    return degrees - 2 * math.sqrt(degrees * u), degrees + 2 * math.sqrt(degrees * u) + 2 * u


def moments_off(sample, mean, std, false_alarm=FALSE_ALARM):
    """Say how independent Gaussian values miss their mean or standard deviation, or return None.

    Each of the two gets half of the false-alarm rate.
    """
    sample, n = sample.double().flatten(), sample.numel()
    z = (sample.mean().item() - mean) / (std / math.sqrt(n))
    if not abs(z) < normal_bound(false_alarm / 2):
        return f"the mean is {z:.1f} standard errors off"
    squares = ((sample - mean) / std).square().sum().item()
    low, high = chi_square_bounds(n, false_alarm / 2)
    if not low < squares < high:
        return f"the standard deviation is {math.sqrt(squares / n):.4f} times what it should be"
    return None
