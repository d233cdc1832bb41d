"""Misconceptions about two Gaussians: their product, and the divergence of one from the other."""

import math

import torch

from ddpm_edu.checks.catalogue.misconceptions.forward import spoiled
from ddpm_edu.checks.catalogue.templates import same, variations


def product(
    given=same,
    means=same,
    spread=lambda a, b: a * b / (a + b),
    weights=lambda a, b: (b / (a + b), a / (a + b)),
    result=lambda mean, variance: (mean, variance),
):
    """Build product_of_gaussians from the variance, the means' weights, and what is returned."""

    def function(mean_a, variance_a, mean_b, variance_b):
        a, b = given(variance_a), given(variance_b)
        of_a, of_b = weights(a, b)
        return result(of_a * means(mean_a) + of_b * means(mean_b), spread(a, b))

    return function


PRODUCT = variations(
    product,
    ("variances_add",
     "You added the variances, as for a sum of random numbers; "
     "in a product of densities the precisions 1 / variance add.",
     {"spread": lambda a, b: a + b}),
    ("precision_returned", "You returned the sum of precisions; the variance is its reciprocal.",
     {"spread": lambda a, b: 1 / a + 1 / b}),
    ("precision_throughout",
     "You took the sum of precisions for the variance, in the mean too; take its reciprocal.",
     {"spread": lambda a, b: 1 / a + 1 / b,
      "weights": lambda a, b: ((1 / a + 1 / b) / a, (1 / a + 1 / b) / b)}),
    ("variances_multiply", "You multiplied the variances and did not divide by their sum.",
     {"spread": lambda a, b: a * b}),
    ("harmonic_mean",
     "You returned the harmonic mean of the variances; the variance of the product is half of it.",
     {"spread": lambda a, b: 2 * a * b / (a + b)}),
    ("average_variance", "You averaged the variances; a product is narrower than either factor.",
     {"spread": lambda a, b: (a + b) / 2}),
    ("weighted_by_variance",
     "You weighted each mean by its own variance; "
     "the surer one counts more, so weights are precisions.",
     {"weights": lambda a, b: (a / (a + b), b / (a + b))}),
    ("not_normalised",
     "You left out the factor variance before mean_a / variance_a + mean_b / variance_b.",
     {"weights": lambda a, b: (1 / a, 1 / b)}),
    ("average_mean", "You took the plain average of the means; each counts by its precision.",
     {"weights": lambda a, b: (0.5, 0.5)}),
    ("means_add",
     "You added the means, as for a sum of random numbers; in a product they are averaged.",
     {"weights": lambda a, b: (1.0, 1.0)}),
    ("weighted_by_deviation",
     "You weighted the means by 1 / standard deviation; weights are 1 / variance.",
     {"weights":
      lambda a, b: (b.sqrt() / (a.sqrt() + b.sqrt()), a.sqrt() / (a.sqrt() + b.sqrt()))},
     {"weights": lambda a, b: (b * a.sqrt() / (a + b), a * b.sqrt() / (a + b))}),
    ("variances_squared",
     "You squared what is given, as if it were standard deviations; it is variances already.",
     {"given": torch.square}),
    ("deviation_returned", "You returned the standard deviation; expected the variance.",
     {"result": lambda mean, variance: (mean, variance.sqrt())}),
    ("swapped_results", "You returned (variance, mean); expected (mean, variance).",
     {"result": lambda mean, variance: (variance, mean)}),
    ("mean_only", "You returned the mean alone; expected the pair (mean, variance).",
     {"result": lambda mean, variance: mean}),
    ("in_place", "You changed the means in place; the caller still needs them.",
     {"means": spoiled}),
)  # fmt: skip


def divergence(
    order=lambda *both: both,
    given=same,
    distance=lambda d, v_1, v_2: d.square() / v_2,
    spread=lambda v_1, v_2: v_1 / v_2,
    log=lambda v_1, v_2: (v_2 / v_1).log(),
    constant=1.0,
    factor=0.5,
    after=same,
):
    """Build kl_gaussians from its four terms, their factor, and what is done to the arguments."""

    def function(mean_1, variance_1, mean_2, variance_2):
        m_1, v_1, m_2, v_2 = order(mean_1, given(variance_1), mean_2, given(variance_2))
        terms = distance(m_1 - m_2, v_1, v_2) + spread(v_1, v_2) - constant + log(v_1, v_2)
        return after(factor * terms)

    return function


def standard(mean_1, variance_1, mean_2, variance_2):
    return mean_1, variance_1, torch.zeros_like(mean_1), torch.ones_like(variance_1)


KL = variations(
    divergence,
    ("swapped_arguments",
     "You returned KL(2 || 1); the average in KL(1 || 2) is over the first Gaussian.",
     {"order": lambda m_1, v_1, m_2, v_2: (m_2, v_2, m_1, v_1)}),
    ("standard_normal",
     "You compared with N(0, 1), as in a variational autoencoder; the second Gaussian is given.",
     {"order": standard}),
    ("squared_variances",
     "You squared what is given, as if it were standard deviations; it is variances already.",
     {"given": torch.square}),
    ("deviation_for_variance", "You put standard deviations where the formula has variances.",
     {"given": torch.sqrt}),
    ("no_half", "You left out the factor 1/2 before the whole.", {"factor": 1.0}),
    ("negative", "Your sign is turned; a divergence is never negative.", {"factor": -0.5}),
    ("log_sign",
     "The sign of your logarithm is turned; "
     "it is log(variance_2 / variance_1) under the factor 1/2.",
     {"log": lambda v_1, v_2: (v_1 / v_2).log()}),
    ("whole_logarithm",
     "Your logarithm is not halved; it is that of the ratio of standard deviations.",
     {"log": lambda v_1, v_2: 2 * (v_2 / v_1).log()}),
    ("no_logarithm", "You left out the logarithm of the ratio of variances.",
     {"log": lambda v_1, v_2: torch.zeros_like(v_1)}),
    ("binary_logarithm", "You took log2; nats come from the natural logarithm.",
     {"log": lambda v_1, v_2: (v_2 / v_1).log2()}),
    ("no_minus_one", "You left out the -1; without it two equal Gaussians are 1/2 apart.",
     {"constant": 0.0}),
    ("plus_one", "You added 1 where the formula subtracts it; equal Gaussians must give 0.",
     {"constant": -1.0}),
    ("distance_not_squared", "You did not square the difference of the means.",
     {"distance": lambda d, v_1, v_2: d / v_2}),
    ("distance_over_variance_1",
     "You divided the squared difference of means by variance_1; it is over variance_2.",
     {"distance": lambda d, v_1, v_2: d.square() / v_1}),
    ("distance_not_divided",
     "You did not divide the squared difference of the means by variance_2.",
     {"distance": lambda d, v_1, v_2: d.square()}),
    ("no_distance", "You left out the difference of the means.",
     {"distance": lambda d, v_1, v_2: torch.zeros_like(d)}),
    ("inverted_ratio",
     "You took variance_2 / variance_1; outside the logarithm it is variance_1 / variance_2.",
     {"spread": lambda v_1, v_2: v_2 / v_1}),
    ("total", "You summed over all numbers; expected the divergence of each.",
     {"after": torch.sum}),
    ("average", "You averaged over all numbers; expected the divergence of each.",
     {"after": torch.mean}),
    ("bits", "You returned bits; expected nats, without a division by log 2.",
     {"after": lambda kl: kl / math.log(2)}),
)  # fmt: skip
