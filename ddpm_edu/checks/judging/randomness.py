"""Rules about random numbers: how they were drawn, and how they are distributed."""

import torch

from ddpm_edu.bounds import chi_square_bounds, moments_off
from ddpm_edu.checks.judging.findings import Finding, FindingKind


def gaussian_draws(case, expected, got):
    right, distributions = expected.observation.draws, {draw.distribution for draw in got.draws}
    if {draw.distribution for draw in right} == {"normal"} and "uniform" in distributions:
        text = "expected Gaussian noise (randn), got a uniform draw (rand)"
        return Finding(FindingKind.UNIFORM_DRAW, text)
    if any(draw.again for draw in got.draws):
        text = "a generator is seeded anew before a draw, so that the same numbers come again"
        return Finding(FindingKind.SEEDED_AGAIN, text)
    if any(draw.generator for draw in right) and not any(draw.generator for draw in got.draws):
        return Finding(
            FindingKind.GENERATOR_UNUSED, "the generator given was not used for the draw"
        )
    return None


def own_draws(case, expected, got):
    """Every noisy value must hold a Gaussian number that no other value holds."""
    if case.compare != "draws":
        return None
    normal = [draw.values for draw in got.draws if draw.distribution == "normal"]
    drawn = torch.cat([torch.empty(0, dtype=torch.float64), *normal]).unique()
    for where, numbers in expected.recovered(got):
        distance, which = nearest(numbers.flatten().double(), drawn)
        rounding = 1e-4 if numbers.dtype == torch.float32 else 1e-6  # what is left of a draw
        if (distance > rounding).any():
            scaled = "each scaled by its standard deviation"
            text = f"{where} does not hold the Gaussian numbers that were drawn, {scaled}"
            return Finding(FindingKind.NOT_DRAWN, text, where)
        # In float32 two draws may by chance be as close as rounding.
        if which.unique().numel() < 0.9 * which.numel():
            shares = f"{which.numel()} values share {which.unique().numel()} draws"
            text = f"{where}: {shares}; draw one for each"
            return Finding(FindingKind.SHARED_DRAW, text, shares)
    return None


def distribution(case, expected, got):
    """Compare random results; both tests fail a right answer at most once in a million seeds."""
    if case.compare == "moments":
        last = got.output[-1] if type(got.output) in (list, tuple) else got.output
        if off := moments_off(last, *case.moments):
            mean, std = case.moments
            right = f"expected mean {mean:.4g} and standard deviation {std:.4g}"
            text = f"of the samples, {off}; {right}"
            return Finding(FindingKind.DISTRIBUTION, text, off.split(" is ")[0])
    if case.compare == "uniform":
        return uniform_times(got.output, case.arguments["schedule"].num_timesteps)
    return None


def uniform_times(times, last):
    low, high = int(times.min()), int(times.max())
    if low < 1 or high > last:
        text = f"expected times in 1..{last}, got {low}..{high}"
        return Finding(FindingKind.RANGE, text, f"{low}..{high}")
    counts, even = times.bincount(minlength=last + 1)[1:].double(), len(times) / last
    if (counts - even).square().sum() / even <= chi_square_bounds(last - 1)[1]:
        return None
    often = ", ".join(f"{int(n)} of {t}" for t, n in enumerate(counts, 1))
    rare = [t for t, n in enumerate(counts, 1) if n < 0.9 * even]
    text = f"expected every time equally often, about {even:.0f} times; got {often}"
    detail = f"{int((counts > 0).sum())} {rare}"
    return Finding(FindingKind.DISTRIBUTION, text, detail)


def nearest(numbers, table):
    """Return the distance to the closest entry of a sorted table, and which one it is."""
    if not table.numel():
        return torch.full_like(numbers, torch.inf), torch.zeros_like(numbers, dtype=torch.long)
    right = torch.searchsorted(table, numbers).clamp(max=len(table) - 1)
    left = (right - 1).clamp(min=0)
    left_is_closer = (table[left] - numbers).abs() < (table[right] - numbers).abs()
    which = torch.where(left_is_closer, left, right)
    return (table[which] - numbers).abs(), which
