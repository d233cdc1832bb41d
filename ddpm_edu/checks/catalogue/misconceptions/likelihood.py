"""Misconceptions about what an image costs: the probability of a grey level, and the unit."""

import math

import torch

from ddpm_edu.checks.catalogue.templates import same, variations


def open_ends(x, half, lowest=True, highest=True):
    """Return the edges of each bin; the outermost bins are open, or only one of them."""
    lower, upper = x - half, x + half
    lower = torch.where(x < half - 1, -math.inf, lower) if lowest else lower
    return lower, torch.where(x > 1 - half, math.inf, upper) if highest else upper


def swapped_ends(x, half):
    """Open the highest bin downwards, the lowest upwards."""
    lower = torch.where(x > 1 - half, -math.inf, x - half)
    return lower, torch.where(x < half - 1, math.inf, x + half)


def interval(x, mean, std, half, edges, below):
    lower, upper = edges(x, half)
    return below((upper - mean) / std) - below((lower - mean) / std)


def density(x, mean, std, *_):
    return torch.exp(-(((x - mean) / std) ** 2) / 2) / (std * math.sqrt(2 * math.pi))


def shared_approximation(z):
    """Approximate the Gaussian's distribution function as many programs do."""
    return (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2


def clamped(p):
    return p.clamp(min=1e-12)


def cost(
    half=lambda levels: 1 / (levels - 1),
    std=torch.sqrt,
    order=lambda x_0, mean: (x_0, mean),
    edges=open_ends,
    below=torch.special.ndtr,
    probability=interval,
    least=clamped,
    log=torch.log,
    after=lambda logs: -logs,
):
    """Build discretized_nll from the bin, its probability and the logarithm."""

    def function(x_0, mean, variance, num_levels):
        x, centre = order(x_0, mean)
        p = probability(x, centre, std(variance), half(num_levels), edges, below)
        return after(log(least(p)))

    return function


COMBINED = (
    ("always_256_levels",
     "You wrote 1/255 into the function; a bin reaches 1 / (num_levels - 1) to each side.",
     {"half": lambda levels: 1 / 255}),
    ("full_width",
     "Your bins reach to the next level, 2 / (L - 1) to each side; half of that is theirs.",
     {"half": lambda levels: 2 / (levels - 1)}),
    ("half_width_of_0_1",
     "Your bins reach 1 / (2 (L - 1)), as for levels on [0, 1]; on [-1, 1] it is 1 / (L - 1).",
     {"half": lambda levels: 0.5 / (levels - 1)}),
    ("levels_for_gaps", "You divided by num_levels; between L levels lie L - 1 gaps.",
     {"half": lambda n: 1 / n}),
    ("closed_ends",
     "Your outermost bins are closed; "
     "the one at -1 takes all that is below, the one at 1 all above.",
     {"edges": lambda x, half: open_ends(x, half, False, False)}),
    ("closed_at_the_top", "Your bin at x_0 = 1 is closed; it takes all that is above.",
     {"edges": lambda x, half: open_ends(x, half, highest=False)}),
    ("closed_at_the_bottom", "Your bin at x_0 = -1 is closed; it takes all that is below.",
     {"edges": lambda x, half: open_ends(x, half, lowest=False)}),
    ("density",
     "You took the density at x_0; a grey level has a probability, the integral over its bin.",
     {"probability": density}),
    ("variance_as_deviation",
     "You divided by the variance; standardising divides by its square root.",
     {"std": same}),
    ("approximate",
     "You took the approximation of ndtr by tanh, off by up to 2e-4; torch.special.ndtr is not.",
     {"below": shared_approximation}),
    ("erf_not_halved",
     "You took differences of erf(z / sqrt(2)); it runs from -1 to 1, so half of them is right.",
     {"below": lambda z: torch.erf(z / math.sqrt(2))}),
    ("no_clamp",
     "You took the logarithm of a probability that is 0 in floating point; "
     "clamp it at 1e-12 before.",
     {"least": same}),
    ("bits", "You took the logarithm to base 2; nats are expected.", {"log": torch.log2}),
    ("positive_sign", "You returned the logarithm; the cost is minus it.", {"after": same}),
    ("total", "You summed over everything; expected one number for each grey level.",
     {"after": lambda p: -p.sum()}),
)  # fmt: skip
# Rare: leaving them out of pairs keeps a check fast.
ALONE = (
    ("swapped_ends",
     "You opened the outermost bins towards the middle; at x_0 = 1 the upper edge is infinite.",
     {"edges": swapped_ends}),
    ("all_below",
     "You took all that is below the upper edge; subtract what is below the lower one.",
     {"edges": lambda x, half: (torch.full_like(x, -math.inf), open_ends(x, half)[1])}),
    ("density_times_width",
     "You took the density times the width of the bin; that is only nearly the integral.",
     {"probability": lambda x, mean, std, half, *_: 2 * half * density(x, mean, std)}),
    ("variance_as_logarithm", "You took the variance for its logarithm; it is given as it is.",
     {"std": lambda variance: torch.exp(variance / 2)}),
    ("standard_gaussian", "You did not divide by the standard deviation.",
     {"std": torch.ones_like}),
    ("not_centred", "You did not subtract the mean.",
     {"order": lambda x_0, mean: (x_0, torch.zeros_like(mean))}),
    ("swapped", "You swapped x_0 and mean: the bin, and whether it is open, is that of x_0.",
     {"order": lambda x_0, mean: (mean, x_0)}),
    ("logistic", "You took the logistic distribution (sigmoid); Eq. 13 has a Gaussian.",
     {"below": torch.sigmoid}),
    ("erf_without_root",
     "You took erf(z); a Gaussian is below z with probability (1 + erf(z / sqrt(2))) / 2.",
     {"below": lambda z: (1 + torch.erf(z)) / 2}),
    ("no_logarithm", "You returned the probability; its cost is minus its logarithm.",
     {"log": same, "after": same}),
    ("total_of_an_image", "You summed over each image; expected one number for each grey level.",
     {"after": lambda p: -p.flatten(1).sum(1)}),
    ("average", "You averaged over everything; expected one number for each grey level.",
     {"after": lambda p: -p.mean()}),
)  # fmt: skip
COST = variations(cost, *COMBINED, alone=ALONE)


LOG_2 = math.log(2)


def bits(values=lambda x_shape: math.prod(x_shape[1:]), nats=same, unit=LOG_2, after=same):
    """Build bits_per_dim from the number of values, the nats and what one bit is."""
    return lambda given, x_shape: after(nats(given) / (values(x_shape) * unit))


BITS = variations(
    bits,
    ("no_log_2", "You returned nats per dimension; one bit is log 2 nats.", {"unit": 1.0}),
    ("times_log_2", "You multiplied by log 2; one bit is log 2 nats, so divide.",
     {"unit": 1 / LOG_2}),
    ("log10", "You took log10(2); nats come from the natural logarithm.", {"unit": math.log10(2)}),
    ("log_of_nats",
     "You took the logarithm of the nats; they are logarithms already, and only change their unit.",
     {"nats": torch.log2, "unit": 1.0}),
    ("divided_by_batch",
     "You divided by the number of images; divide by the number of values of one image.",
     {"values": lambda x_shape: x_shape[0]}),
    ("divided_by_everything",
     "You divided by all values of the batch; nats are per image, so leave out x_shape[0].",
     {"values": math.prod}),
    ("channels_left_out", "You divided by height times width; each channel counts as well.",
     {"values": lambda x_shape: math.prod(x_shape[-2:])}),
    ("one_axis", "You divided by x_shape[1] only; an image has all the values of all its axes.",
     {"values": lambda x_shape: x_shape[1]}),
    ("last_axis", "You divided by x_shape[-1] only; an image has all the values of all its axes.",
     {"values": lambda x_shape: x_shape[-1]}),
    ("sum_of_axes", "You added the lengths of the axes; an image has their product of values.",
     {"values": lambda x_shape: sum(x_shape[1:])}),
    ("not_divided", "You did not divide by the number of values.", {"values": lambda x_shape: 1}),
    ("multiplied", "You multiplied by the number of values; a mean divides by it.",
     {"values": lambda x_shape: 1 / math.prod(x_shape[1:])}),
    ("divided_twice", "You divided twice by the number of values of an image; once is enough.",
     {"values": lambda x_shape: math.prod(x_shape[1:]) ** 2}),
    ("log_2_twice", "You divided twice by log 2; once is enough.", {"unit": LOG_2**2}),
    ("average", "You averaged over the batch; expected one number for each image.",
     {"after": lambda value: value.mean()}),
    ("negative", "You changed the sign; nats of -log p are positive already.",
     {"after": lambda value: -value}),
    ("column", "You returned (B, 1); expected (B,).", {"after": lambda value: value[:, None]}),
)  # fmt: skip
