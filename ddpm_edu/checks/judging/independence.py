"""Are times drawn one by one? Each test fails independent times at most once in a million seeds."""

import math

import torch

from ddpm_edu.bounds import FALSE_ALARM
from ddpm_edu.checks.judging.findings import Finding, FindingKind


FEWEST = 100  # times from which correlations tell
MANY = 15  # times from which a count that is as expected is no accident
TESTS = 3  # of a batch; they share the rate


def dependent(times: torch.Tensor, last: int, counts_too: bool = True) -> Finding | None:
    """Say how uniform times on 1..last depend on each other, or return None.

    Args:
        times: (B,).
        last: T.
        counts_too: whether times that are spread too evenly (stratified) are wrong as well.
    """
    n = len(times)
    if counts_too and n >= 20 * last >= 20 * MANY and (too_even := evenly_spread(times, last)):
        return too_even
    tests = (in_order, paired) if n < FEWEST else (correlated,)
    return next(filter(None, (test(times, last) for test in tests)), None)


def evenly_spread(times, last):
    """Compare counts: independent ones scatter by the root of their mean, stratified by less."""
    counts, even = times.bincount(minlength=last + 1)[1:].double(), len(times) / last
    statistic = ((counts - even).square().sum() / even).item()
    if statistic >= least_scatter(last - 1):
        return None
    return finding(
        f"each of the {last} times comes almost equally often, {int(counts.min())} to "
        f"{int(counts.max())} times in {len(times)}: these are stratified or evenly spaced",
        "even",
    )


def least_scatter(degrees):
    """Return a bound that a chi-square variable falls below at most at a third of the rate.

    P(X < x) <= (e x / d)^(d/2) exp(-x/2) for x < d (Chernoff), solved by bisection.
    """
    low, high = 0.0, float(degrees)
    for _ in range(60):
        x = (low + high) / 2
        log_probability = degrees / 2 * (1 + math.log(x / degrees)) - x / 2
        low, high = (x, high) if log_probability < math.log(FALSE_ALARM / TESTS) else (low, x)
    return low


def correlated(times, last):
    """Correlate each time with the one `lag` places on, for every lag, and with its mirror image.

    For independent x, uniform in [-1/2, 1/2], the sum of m products is a martingale whose steps lie
    within an interval of 1/2; Azuma and Hoeffding bound it.
    """
    x = (times.double() - (last + 1) / 2) / max(1, last - 1)
    n, half = len(x), len(x) // 2
    sums = {f"{lag} places apart": ((x[:-lag] * x[lag:]).sum(), n - lag) for lag in lags(n)}
    sums["first and last, second and last but one"] = ((x[:half] * x.flip(0)[:half]).sum(), half)
    rate = FALSE_ALARM / TESTS / len(sums)
    for where, (total, m) in sums.items():
        if abs(total.item()) > math.sqrt(m / 8 * math.log(2 / rate)):
            alike = "alike (sorted, or shared in pairs)" if total > 0 else "opposite (antithetic)"
            return finding(f"times {where} are {alike}", where + alike[:4])
    return None


def lags(n):
    """Return the lags at which answers pair rows: neighbours, and halves of a batch."""
    return sorted({1, 2, n // 2, (n + 1) // 2})


def in_order(times, last):
    """See sorted times, and such with equal steps; by chance B times are sorted once in B!/2."""
    steps = times.diff()
    if bool((steps == steps[0]).all()):
        return finding(f"the times are evenly spaced, {int(steps[0])} apart", "spaced")
    is_sorted = bool((steps >= 0).all() or (steps <= 0).all())
    if not is_sorted or stratified(times, last):
        return None
    return finding("the times are sorted, so that the first rows get the early ones", "sorted")


def stratified(times, last):
    """Tell times of which each lies in a part of its own of 1..T, in order."""
    n = len(times)
    own = ((times - 1) * n).div(last, rounding_mode="floor")
    return bool((own - torch.arange(n)).abs().max() <= 1)


def paired(times, last):
    """See many pairs of rows with one time, or with t and T + 1 - t.

    Of B independent times, k given disjoint pairs agree with probability T^-k; all ways to choose
    them are counted.
    """
    pairs = enough_pairs(len(times), last)
    shared = len(times) - len(times.unique())
    if shared >= pairs:
        return finding(f"{shared} of {len(times)} rows share the time of another", "shared")
    mirrored = int(torch.isin(last + 1 - times, times).sum()) // 2
    if mirrored >= pairs:
        return finding(f"{2 * mirrored} of {len(times)} times are t and T + 1 - t", "mirrored")
    return None


def enough_pairs(n, last):
    """Return how many disjoint pairs do not agree by chance: n!/(k! 2^k (n-2k)!) ways at T^-k."""
    for k in range(1, n // 2 + 1):
        ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - 2 * k + 1)
        if ways - k * math.log(2 * last) < math.log(FALSE_ALARM / TESTS / 2):
            return k
    return n


def finding(what, detail):
    text = f"the times of a batch are not independent: {what}. Draw each row's time by itself"
    return Finding(FindingKind.DISTRIBUTION, text, f"dependent {detail}")
