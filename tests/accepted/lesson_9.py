"""Right answers to lesson 9 as different learners write them."""

import torch
from torch.nn import functional as F

from ddpm_edu import euler_step, predict_x0, sample_by_t


def like(x, value):
    """Shape (B,) so that it multiplies x row by row."""
    return value.reshape(len(value), *[1] * (x.dim() - 1))


def loss_by_formula(model, x_0, s, noise):
    share = like(x_0, s)
    x_s = (1 - share) * x_0 + share * noise
    return ((model(x_s, s) - (noise - x_0)) ** 2).mean()


def loss_from_the_data(model, x_0, s, noise):
    """Go from x_0 a share of the velocity."""
    target = noise - x_0
    return F.mse_loss(model(x_0 + like(x_0, s) * target, s), target)


def loss_by_lerp(model, x_0, s, noise):
    predicted = model(torch.lerp(x_0, noise, like(x_0, s)), s)
    return (predicted + x_0 - noise).square().sum() / x_0.numel()


def loss_by_rows(model, x_0, s, noise):
    """Mix one row at a time; the mean of means of equal rows is the mean."""
    x_s = torch.stack([(1 - a) * x + a * e for a, x, e in zip(s, x_0, noise, strict=True)])
    errors = model(x_s, s) - noise + x_0
    return errors.reshape(len(s), -1).square().mean(1).mean()


def loss_in_double(model, x_0, s, noise):
    share = like(x_0, s).double()
    x_s = ((1 - share) * x_0.double() + share * noise.double()).to(x_0.dtype)
    velocity = (noise - x_0).detach()
    return torch.nn.MSELoss()(model(x_s, s), velocity)


def velocity_by_estimate(x_t, t, eps, schedule):
    return eps - predict_x0(x_t, t, eps, schedule)


def velocity_by_factors(x_t, t, eps, schedule):
    a = sample_by_t(schedule.alphas_bar, t, x_t.shape)
    return (1 + (1 / a - 1).sqrt()) * eps - a.rsqrt() * x_t


def velocity_by_fraction(x_t, t, eps, schedule):
    bar = torch.cumprod(1 - schedule.betas, 0)
    signal, rest = like(x_t, bar[t].sqrt()), like(x_t, (1 - bar[t]).sqrt())
    return ((signal + rest) * eps - x_t) / signal


def velocity_on_the_path(x_t, t, eps, schedule):
    """Rescale to the straight path; there the velocity is (eps - x_s) / (1 - s)."""
    a = sample_by_t(schedule.alphas_bar, t, x_t.shape)
    scale = a.sqrt() + (1 - a).sqrt()
    s = (1 - a).sqrt() / scale
    return (eps - x_t / scale) / (1 - s)


def velocity_from_circle(x_t, t, eps, schedule):
    """Turn the v of lesson 8."""
    a = sample_by_t(schedule.alphas_bar, t, x_t.shape)
    signal, rest = a**0.5, (1 - a) ** 0.5
    v = (eps - rest * x_t) / signal
    return (signal + rest) * v - (signal - rest) * x_t


def heun_by_formula(model, x_s, s, s_prev):
    h = like(x_s, s_prev - s)
    first = model(x_s, s)
    return x_s + h / 2 * (first + model(x_s + h * first, s_prev))


def heun_from_euler(model, x_s, s, s_prev):
    """Correct Euler's step by half of what the velocity has changed."""
    h = like(x_s, s_prev) - like(x_s, s)
    first = model(x_s, s)
    euler = x_s + h * first
    return euler + h * (model(euler, s_prev) - first) / 2


def heun_by_points(model, x_s, s, s_prev):
    """Take the mean of two Euler steps from x_s."""
    kept = {}

    def remembering(x, time):
        kept["first"] = model(x, time)
        return kept["first"]

    euler = euler_step(remembering, x_s, s, s_prev)
    h = like(x_s, s_prev - s)
    return (euler + x_s + h * model(euler, s_prev)) / 2


def heun_by_rows(model, x_s, s, s_prev):
    first = model(x_s, s)
    moved = [x + (b - a) * v for x, v, a, b in zip(x_s, first, s, s_prev, strict=True)]
    second = model(torch.stack(moved), s_prev)
    rows = [
        x + (b - a) * torch.stack([v, w]).mean(0)
        for x, v, w, a, b in zip(x_s, first, second, s, s_prev, strict=True)
    ]
    return torch.stack(rows)


class Heun:
    """A callable."""

    def __call__(self, model, x_s, s, s_prev):
        h = (s - s_prev).view(-1, *[1] * (x_s.ndim - 1))
        slopes = [model(x_s, s)]
        slopes.append(model(x_s - h * slopes[0], s_prev))
        return x_s - 0.5 * h * sum(slopes)


ACCEPTED = {
    "flow_loss": [
        loss_by_formula,
        loss_from_the_data,
        loss_by_lerp,
        loss_by_rows,
        loss_in_double,
    ],
    "velocity_from_noise": [
        velocity_by_estimate,
        velocity_by_factors,
        velocity_by_fraction,
        velocity_on_the_path,
        velocity_from_circle,
    ],
    "heun_step": [heun_by_formula, heun_from_euler, heun_by_points, heun_by_rows, Heun()],
}
