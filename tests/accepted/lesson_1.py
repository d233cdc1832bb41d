"""Right answers to lesson 1 as different learners write them."""

import math
from functools import partial, wraps

import torch
import torch.nn.functional as F


def noisy_neighbour(function):
    """Decorate as a learner would who looks on: it prints, and changes nothing."""

    @wraps(function)
    def wrapper(*args, **kwargs):
        print("called", function.__name__)
        return function(*args, **kwargs)

    return wrapper


def like(x, value):
    """Shape (B,) so that it multiplies x row by row."""
    return value.view(-1, *[1] * (x.dim() - 1))


def linear_cat(num_timesteps, beta_start=1e-4, beta_end=0.02):
    betas = torch.linspace(beta_start, beta_end, num_timesteps, dtype=torch.float64)
    return torch.cat([torch.zeros(1, dtype=torch.float64), betas])


def linear_pad(num_timesteps: int, beta_start=1e-4, beta_end: float = 0.02) -> torch.Tensor:
    return F.pad(torch.linspace(beta_start, beta_end, num_timesteps, dtype=torch.double), (1, 0))


def linear_by_formula(num_timesteps, beta_start=1e-4, beta_end=0.02, dtype=torch.float64):
    t = torch.arange(num_timesteps + 1, dtype=dtype)
    betas = beta_start + (beta_end - beta_start) * (t - 1) / max(num_timesteps - 1, 1)
    betas[0] = 0
    return betas


def linear_in_a_loop(num_timesteps, beta_start=1e-4, beta_end=0.02):
    betas = [0.0]
    for t in range(num_timesteps):
        share = t / (num_timesteps - 1) if num_timesteps > 1 else 0.0
        betas.append((1 - share) * beta_start + share * beta_end)
    return torch.tensor(betas, dtype=torch.float64)


def alphas_cumprod(betas):
    alphas = 1 - betas
    return alphas, torch.cumprod(alphas, dim=0)


def alphas_by_logarithm(betas):
    exact = betas.double()
    return [1 - betas, torch.log1p(-exact).cumsum(0).exp().to(betas.dtype)]


def alphas_in_place(betas):
    bar = torch.ones_like(betas)
    for t in range(1, len(betas)):
        bar[t] = bar[t - 1] * (1 - betas[t])
    return torch.ones_like(betas) - betas, bar


def look_up_view(values, t, x_shape):
    return values[t].view(len(t), *([1] * (len(x_shape) - 1)))


def look_up_gather(values, t, x_shape):
    return values.gather(-1, t).reshape((t.shape[0],) + (1,) * (len(x_shape) - 1))


def look_up_unsqueezed(values, t, x_shape):
    picked = torch.index_select(values, 0, t)
    while picked.ndim < len(x_shape):
        picked = picked.unsqueeze(-1)
    return picked


def look_up_in_a_loop(values, t, x_shape):
    return torch.stack([values[int(time)] for time in t]).reshape(-1, *(1 for _ in x_shape[1:]))


class LookUp:
    def __call__(self, values, t, x_shape):
        return values[t][(...,) + (None,) * (len(x_shape) - 1)]


@noisy_neighbour
def step_with_betas(x_prev, t, schedule, noise):
    beta = like(x_prev, schedule.betas[t])
    return torch.sqrt(1 - beta) * x_prev + torch.sqrt(beta) * noise


def step_with_alphas(x_prev, t, schedule, noise):
    alpha = like(x_prev, schedule.alphas[t])
    return alpha**0.5 * x_prev + (1 - alpha) ** 0.5 * noise


def step_in_float64(x_prev, t, schedule, noise):
    beta = like(x_prev, schedule.betas.double()[t])
    x_t = x_prev.double() * (1 - beta).sqrt()
    x_t += noise.double() * beta.sqrt()
    return x_t.to(x_prev.dtype)


def step_row_by_row(x_prev, t, schedule, noise):
    rows = []
    for i, time in enumerate(t.tolist()):
        beta = schedule.betas[time].item()
        rows.append(math.sqrt(1 - beta) * x_prev[i] + math.sqrt(beta) * noise[i])
    return torch.stack(rows)


def step_in_place(x_prev, t, schedule, noise, scale=1.0):
    out = x_prev.clone()
    out.mul_(like(out, schedule.alphas[t]).sqrt()).add_(like(out, schedule.betas[t]).sqrt() * noise)
    return out * scale


def jump_by_table(x_0, t, schedule, noise):
    bar = like(x_0, schedule.alphas_bar[t])
    return bar.sqrt() * x_0 + (1 - bar).sqrt() * noise


def jump_with_own_table(x_0, t, schedule, noise):
    bar = torch.cumprod(1 - schedule.betas.double(), 0)
    a = like(x_0, bar[t])
    return (torch.sqrt(a) * x_0 + torch.sqrt(1 - a) * noise).to(x_0.dtype)


def jump_or_rows(x_0, t, schedule, noise):
    if (t == t[0]).all():
        a = schedule.alphas_bar[t[0]]
        return a.sqrt() * x_0 + (1 - a).sqrt() * noise
    rows = zip(x_0.split(1), t.split(1), noise.split(1), strict=True)
    return torch.cat([jump_or_rows(x, time, schedule, z) for x, time, z in rows])


def jump_step_by_step(x_0, t, schedule, noise):
    """Follow the mean through t single steps, and add noise of the variance they leave."""
    mean, variance = x_0.clone(), torch.zeros(len(t), dtype=torch.float64, device=x_0.device)
    for time in range(1, int(t.max()) + 1):
        going, beta = t >= time, schedule.betas[time]
        mean = torch.where(like(x_0, going), (1 - beta).sqrt() * mean, mean)
        variance = torch.where(going, (1 - beta) * variance + beta, variance)
    return mean + like(x_0, variance).sqrt().to(x_0.dtype) * noise


def cosine_by_ratio(num_timesteps, s=0.008, max_beta=0.999):
    t = torch.linspace(0, num_timesteps, num_timesteps + 1, dtype=torch.float64)
    bar = torch.cos((t / num_timesteps + s) / (1 + s) * torch.pi * 0.5) ** 2
    bar = bar / bar[0]
    betas = 1 - bar[1:] / bar[:-1]
    return F.pad(betas.clip(0, max_beta), (1, 0))


def cosine_in_a_loop(num_timesteps, s=0.008, max_beta=0.999):
    def f(t):
        return math.cos((t / num_timesteps + s) / (1 + s) * math.pi / 2) ** 2

    betas = [min(1 - f(t) / f(t - 1), max_beta) for t in range(1, num_timesteps + 1)]
    return torch.tensor([0.0, *betas], dtype=torch.float64)


def cosine_by_difference(num_timesteps, s=0.008, max_beta=0.999):
    t = torch.arange(num_timesteps + 1).double() / num_timesteps
    bar = (1 + torch.cos((t + s) / (1 + s) * math.pi)) / 2  # the double angle
    betas = torch.zeros_like(bar)
    betas[1:] = torch.minimum((bar[:-1] - bar[1:]) / bar[:-1], torch.tensor(max_beta))
    return betas


def snr_by_table(t, schedule):
    bar = schedule.alphas_bar[t]
    return bar / (1 - bar)


def snr_by_odds(t, schedule):
    return 1 / (1 / schedule.alphas_bar[t] - 1)


def snr_by_logarithms(t, schedule):
    bar = torch.cumprod(1 - schedule.betas.double(), dim=0)[t]
    return (bar.log() - torch.log1p(-bar)).exp().to(schedule.betas.dtype)


STEPS = [step_with_betas, step_with_alphas, step_in_float64, step_row_by_row]
RATIOS = [snr_by_table, snr_by_odds, snr_by_logarithms]
ACCEPTED = {
    "linear_schedule": [linear_cat, linear_pad, linear_by_formula, linear_in_a_loop],
    "cumulative_alphas": [alphas_cumprod, alphas_by_logarithm, alphas_in_place],
    "sample_by_t": [look_up_view, look_up_gather, look_up_unsqueezed, look_up_in_a_loop, LookUp()],
    "step_q": [*STEPS, partial(step_in_place, scale=1.0)],
    "sample_q": [jump_by_table, jump_with_own_table, jump_or_rows, jump_step_by_step],
    "cosine_schedule": [cosine_by_ratio, cosine_in_a_loop, cosine_by_difference],
    "snr": [*RATIOS, lambda t, s: s.alphas_bar[t].div(1 - s.alphas_bar[t])],
}
