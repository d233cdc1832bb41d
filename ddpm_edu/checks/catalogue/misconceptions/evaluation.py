"""Misconceptions about the Frechet distance."""

import torch

from ddpm_edu.checks.catalogue.templates import same, variations


def matrix_root(m):
    """Return the square root of a matrix with positive eigenvalues, symmetric or not."""
    # Found on the CPU, since not every device has eig.
    values, vectors = torch.linalg.eig(m.cpu())
    return (vectors * values.sqrt() @ torch.linalg.inv(vectors)).real.to(m)


def triangle_root(m):
    """Return the root of what eigh makes of a matrix: it mirrors the lower triangle."""
    return matrix_root(m.tril() + m.tril(-1).T)


def singular_root(m):
    """Return a matrix whose trace is the sum of the roots of singular values."""
    return torch.linalg.svdvals(m.cpu()).sqrt().diag().to(m)


def distance(
    means=lambda difference: difference.square().sum(),
    cov=same,
    sizes=lambda a, b: a + b,
    product=lambda a, b: a @ b,
    root=matrix_root,
    factor=-2.0,
    take=torch.trace,
    after=same,
):
    """Build frechet_distance from its terms; `take` makes a matrix a number, as a trace does."""

    def function(mean_1, cov_1, mean_2, cov_2):
        a, b = cov(cov_1), cov(cov_2)
        return after(means(mean_1 - mean_2) + take(sizes(a, b) + factor * root(product(a, b))))

    return function


COMBINED = (
    ("mean_not_squared", "You took the length of mean_1 - mean_2; D has its square.",
     {"means": lambda d: d.square().sum().sqrt()}),
    ("mean_of_squares", "You averaged the squares of mean_1 - mean_2; D has their sum.",
     {"means": lambda d: d.square().mean()}),
    ("no_cross_term", "You left out the cross term, -2 tr (C_1 C_2)^(1/2).", {"factor": 0.0}),
    ("cross_not_doubled", "You subtracted the cross term once; it counts twice.", {"factor": -1.0}),
    ("cross_added", "You added the cross term; it is subtracted.", {"factor": 2.0}),
    ("elementwise_root",
     "You took the root of each element of C_1 C_2 (torch.sqrt); D has the root of the matrix.",
     {"root": torch.sqrt}),
    ("no_root", "You took the trace of C_1 C_2 itself; D has the trace of its root.",
     {"root": same}),
    ("elementwise_product",
     "You multiplied C_1 and C_2 element by element (*); their matrix product is @.",
     {"product": lambda a, b: a * b}),
    ("first_twice", "You multiplied C_1 by itself; the cross term has C_1 C_2.",
     {"product": lambda a, b: a @ a}),
    ("trace_of_roots",
     "You took the trace of R_1 R_2, of the roots of C_1 and C_2; "
     "their product is not the root of C_1 C_2. Sum its singular values.",
     {"product": lambda a, b: matrix_root(a) @ matrix_root(b), "root": same}),
    ("singular_values",
     "You summed the roots of the singular values of C_1 C_2; its eigenvalues are expected, "
     "or the singular values of the product of the roots.",
     {"root": singular_root}),
    ("eigh_of_product",
     "You passed C_1 C_2 to eigh, which reads one triangle only; the product is not symmetric.",
     {"root": triangle_root}),
    ("variances_only", "You used the variances only; the covariances off the diagonal count too.",
     {"cov": lambda c: c.diag().diag()}),
    ("first_trace_only", "You have tr C_1 only; D has tr C_1 + tr C_2.", {"sizes": lambda a, b: a}),
    ("sum_of_elements", "You summed all elements of the matrix; a trace sums its diagonal.",
     {"take": torch.sum}),
    ("root_of_result",
     "You took the root of the whole; D, as it is reported, is the square of the distance.",
     {"after": torch.sqrt}),
    ("complex_kept",
     "Your result is complex (torch.linalg.eigvals gives complex numbers); take its real part.",
     {"after": lambda d: torch.complex(d, torch.zeros_like(d))}),
)  # fmt: skip
# Rare: leaving them out of pairs keeps a check fast.
ALONE = (
    ("absolute_differences",
     "You summed the absolute differences of the means; D sums their squares.",
     {"means": lambda d: d.abs().sum()}),
    ("squared_after_sum",
     "You summed mean_1 - mean_2 before squaring, so that differences cancel; square first.",
     {"means": lambda d: d.sum().square()}),
    ("no_mean_term", "You left out the distance of the means.", {"means": lambda d: 0.0}),
    ("root_of_trace", "You took the root of the trace of C_1 C_2; D has the trace of the root.",
     {"root": lambda m: torch.diag_embed(m.trace().sqrt() / len(m) * m.new_ones(len(m)))}),
    ("sum_for_product", "You took the root of C_1 + C_2; under the root stands their product.",
     {"product": lambda a, b: a + b}),
    ("second_twice", "You multiplied C_2 by itself; the cross term has C_1 C_2.",
     {"product": lambda a, b: b @ b}),
    ("second_trace_only", "You have tr C_2 only; D has tr C_1 + tr C_2.",
     {"sizes": lambda a, b: b}),
    ("sizes_subtracted", "You subtracted C_2 from C_1; they are added.",
     {"sizes": lambda a, b: a - b}),
    ("mean_of_diagonal", "You averaged the diagonal; a trace sums it.",
     {"take": lambda m: m.diag().mean()}),
    ("determinant", "You took the determinant; D has the trace.", {"take": torch.linalg.det}),
    ("one_element", "You returned a tensor of shape (1,); expected a scalar, shape ().",
     {"after": lambda d: d.reshape(1)}),
)  # fmt: skip
DISTANCE = variations(distance, *COMBINED, alone=ALONE)
