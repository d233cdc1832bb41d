"""Right answers to lesson 2 as different learners write them."""

import torch
import torch.nn.functional as F


def like(x, value):
    """Shape (B,) so that it multiplies x row by row."""
    return value.reshape(len(value), *[1] * (x.dim() - 1))


def product_by_precision(mean_a, variance_a, mean_b, variance_b):
    precision = 1 / variance_a + 1 / variance_b
    mean = (mean_a / variance_a + mean_b / variance_b) / precision
    return mean, 1 / precision


def product_over_sum(mean_a, variance_a, mean_b, variance_b):
    total = variance_a + variance_b
    return (mean_a * variance_b + mean_b * variance_a) / total, variance_a * variance_b / total


def product_by_gain(mean_a, variance_a, mean_b, variance_b):
    """Update by a gain, as a Kalman filter does."""
    gain = variance_a / (variance_a + variance_b)
    return [mean_a + gain * (mean_b - mean_a), (1 - gain) * variance_a]


def product_by_square(mean_a, variance_a, mean_b, variance_b):
    """Complete the square of p x^2 - 2 q x."""
    p_a, p_b = variance_a.double().reciprocal(), variance_b.double().reciprocal()
    p, q = p_a + p_b, p_a * mean_a + p_b * mean_b
    return (q / p).to(mean_a.dtype), (1 / p).to(variance_a.dtype)


def product_in_place(mean_a, variance_a, mean_b, variance_b):
    variance = variance_a.reciprocal() + variance_b.reciprocal()
    variance.reciprocal_()
    mean = mean_a / variance_a + mean_b / variance_b
    mean *= variance
    return mean, variance


def variance_padded(schedule):
    bar = schedule.alphas_bar
    return F.pad((1 - bar[:-1]) / (1 - bar[1:]) * schedule.betas[1:], (1, 0))


def variance_with_where(schedule):
    before = torch.cat([torch.ones_like(schedule.alphas_bar[:1]), schedule.alphas_bar[:-1]])
    below = torch.where(schedule.betas > 0, 1 - schedule.alphas_bar, 1.0)
    return (1 - before) / below * (1 - schedule.alphas)


def variance_by_precision(schedule):
    """Multiply q(x_t | x_{t-1}) and q(x_{t-1} | x_0): precisions add."""
    bar, alpha, beta = schedule.alphas_bar, schedule.alphas, schedule.betas
    precision = 1 / (1 - bar[:-1]) + alpha[1:] / beta[1:]
    return torch.cat([beta[:1] * 0, 1 / precision])


def variance_in_a_loop(schedule):
    result = torch.zeros_like(schedule.betas)
    for t in range(1, schedule.num_timesteps + 1):
        result[t] = (
            (1 - schedule.alphas_bar[t - 1]) / (1 - schedule.alphas_bar[t]) * schedule.betas[t]
        )
    return result


def variance_with_own_tables(schedule):
    alphas_bar = torch.cumprod(1 - schedule.betas.double(), 0)
    before = alphas_bar.roll(1)
    before[0] = 1
    result = schedule.betas.double() * (1 - before) / (1 - alphas_bar)
    return result.nan_to_num(0.0).to(schedule.betas.dtype)


def variance_by_logarithms(schedule):
    rest = (1 - schedule.to(dtype=torch.float64).alphas_bar).log()
    exact = torch.exp(rest[:-1] - rest[1:] + schedule.betas[1:].double().log())
    return torch.cat([exact.new_zeros(1), exact]).to(schedule.betas.dtype)


def mean_by_eq_7(x_0, x_t, t, schedule):
    beta, alpha = like(x_0, schedule.betas[t]), like(x_0, schedule.alphas[t])
    now, before = like(x_0, schedule.alphas_bar[t]), like(x_0, schedule.alphas_bar[t - 1])
    return (before.sqrt() * beta * x_0 + alpha.sqrt() * (1 - before) * x_t) / (1 - now)


def mean_with_alphas(x_0, x_t, t, schedule):
    alpha = like(x_0, schedule.alphas[t])
    now = like(x_0, schedule.alphas_bar[t])
    before = now / alpha
    return (
        torch.sqrt(before) * (1 - alpha) / (1 - now) * x_0
        + torch.sqrt(alpha) * (1 - before) / (1 - now) * x_t
    )


def mean_by_product(x_0, x_t, t, schedule):
    """Multiply two Gaussians, in the form that stays finite where one is certain."""
    alpha, beta = like(x_0, schedule.alphas[t]), like(x_0, schedule.betas[t])
    before = like(x_0, schedule.alphas_bar[t - 1])
    gain = (1 - before) / (1 - before + beta / alpha)
    expected = before.sqrt() * x_0
    return expected + gain * (x_t / alpha.sqrt() - expected)


def mean_by_noise(x_0, x_t, t, schedule):
    """Use Eq. 11 at the noise that leads from x_0 to x_t."""
    bar = like(x_0, schedule.alphas_bar.double()[t])
    eps = (x_t - bar.sqrt() * x_0) / (1 - bar).sqrt()
    alpha = like(x_0, schedule.alphas.double()[t])
    return ((x_t - (1 - alpha) / (1 - bar).sqrt() * eps) / alpha.sqrt()).to(x_t.dtype)


def mean_row_by_row(x_0, x_t, t, schedule):
    result = torch.empty_like(x_t)
    for i, time in enumerate(t.tolist()):
        if time == 1:
            result[i] = x_0[i]
            continue
        below = 1 - schedule.alphas_bar[time]
        result[i] = schedule.alphas_bar[time - 1].sqrt() * schedule.betas[time] / below * x_0[i]
        result[i] += (
            schedule.alphas[time].sqrt() * (1 - schedule.alphas_bar[time - 1]) / below * x_t[i]
        )
    return result


def mean_with_where(x_0, x_t, t, schedule, eps=1e-20):
    bar = schedule.alphas_bar
    before = torch.cat([bar.new_ones(1), bar[:-1]])
    first = before.sqrt() * schedule.betas / (1 - bar).clamp(min=eps)
    second = schedule.alphas.sqrt() * (1 - before) / (1 - bar).clamp(min=eps)
    mean = like(x_0, first[t]) * x_0 + like(x_0, second[t]) * x_t
    return torch.where(like(x_0, t) == 1, x_0, mean)


ACCEPTED = {
    "product_of_gaussians": [
        product_by_precision,
        product_over_sum,
        product_by_gain,
        product_by_square,
        product_in_place,
    ],
    "posterior_variance": [
        variance_padded,
        variance_with_where,
        variance_by_precision,
        variance_in_a_loop,
        variance_with_own_tables,
        variance_by_logarithms,
    ],
    "posterior_mean": [
        mean_by_eq_7,
        mean_with_alphas,
        mean_by_product,
        mean_by_noise,
        mean_row_by_row,
        mean_with_where,
    ],
}
