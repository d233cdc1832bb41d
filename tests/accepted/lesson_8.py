"""Right answers to lesson 8 as different learners write them."""

import math

import numpy as np
import torch

from ddpm_edu import predict_x0, sample_by_t, sample_q


def like(x, value):
    """Shape (B,) so that it multiplies x row by row."""
    return value.reshape(len(value), *[1] * (x.dim() - 1))


def times_rounded(num_timesteps, num_steps):
    return torch.linspace(num_timesteps, 0, num_steps + 1).round().long()


def times_truncated(num_timesteps: int, num_steps: int) -> torch.Tensor:
    return torch.from_numpy(
        np.linspace(0, num_timesteps, num_steps + 1).astype(np.int64)[::-1].copy()
    )


def times_whole(num_timesteps, num_steps):
    return num_timesteps - torch.arange(num_steps + 1) * num_timesteps // num_steps


def times_half_up(num_timesteps, num_steps):
    i = torch.arange(num_steps, -1, -1)
    return (2 * i * num_timesteps + num_steps) // (2 * num_steps)


def times_listed(num_timesteps, num_steps):
    return torch.tensor([round(num_timesteps * (1 - i / num_steps)) for i in range(num_steps + 1)])


def times_up(num_timesteps, num_steps):
    stride = num_timesteps / num_steps
    return torch.tensor(
        [math.ceil(num_timesteps - i * stride) for i in range(num_steps)] + [0], dtype=torch.long
    )


def step_by_formula(x_t, t, t_prev, eps, schedule, eta=0.0, noise=None):
    now, prev = (sample_by_t(schedule.alphas_bar, s, x_t.shape) for s in (t, t_prev))
    sigma = eta * torch.sqrt((1 - prev) / (1 - now)) * torch.sqrt(1 - now / prev)
    x_0 = (x_t - (1 - now).sqrt() * eps) / now.sqrt()
    mean = prev.sqrt() * x_0 + (1 - prev - sigma**2).sqrt() * eps
    if eta == 0:
        return mean
    if noise is None:
        noise = torch.randn_like(x_t)
    return mean + sigma * noise


def step_always_drawn(x_t, t, t_prev, eps, schedule, eta=0.0, noise=None, clip=False):
    """Draw the noise first, and multiply it by 0 where there is none."""
    z = torch.empty_like(x_t).normal_() if noise is None else noise
    table = torch.cumprod(1 - schedule.betas, 0)
    now, prev = like(x_t, table[t]), like(x_t, table[t_prev])
    variance = eta**2 * (1 - prev) / (1 - now) * (1 - now / prev)
    x_0 = predict_x0(x_t, t, eps, schedule)
    return x_0 * prev**0.5 + eps * (1 - prev - variance).clamp(min=0) ** 0.5 + z * variance**0.5


def step_by_jump(x_t, t, t_prev, eps, schedule, eta=0.0, noise=None):
    """Use that without noise it is Eq. 4 with the predicted noise; float64 inside."""
    exact = schedule.to(dtype=torch.float64)
    x, e = x_t.double(), eps.double()
    x_0 = predict_x0(x, t, e, exact)
    if not eta:
        clean = like(x, t_prev == 0)
        return torch.where(clean, x_0, sample_q(x_0, t_prev.clamp(min=1), exact, e)).to(x_t.dtype)
    now, prev = like(x, exact.alphas_bar[t]), like(x, exact.alphas_bar[t_prev])
    full = ((1 - prev) * (prev - now) / (prev * (1 - now))).sqrt()
    z = torch.normal(torch.zeros_like(x), torch.ones_like(x)) if noise is None else noise.double()
    result = (
        prev.sqrt() * x_0 + (1 - prev - (eta * full) ** 2).clamp(min=0).sqrt() * e + eta * full * z
    )
    return result.to(x_t.dtype)


def step_from_x_t(x_t, t, t_prev, eps, schedule, eta=0.0, noise=None):
    """Collect what stands before x_t and before eps."""
    now, prev = like(x_t, schedule.alphas_bar[t]), like(x_t, schedule.alphas_bar[t_prev])
    sigma = eta * ((1 - prev) / (1 - now) * (now / prev).neg().add(1)).sqrt()
    ratio = (prev / now).sqrt()
    factor = (1 - prev - sigma.square()).sqrt() - ratio * (1 - now).sqrt()
    result = ratio * x_t
    result += factor * eps
    if eta > 0:
        result += sigma * (
            torch.randn(x_t.shape, dtype=x_t.dtype, device=x_t.device) if noise is None else noise
        )
    return result


def step_in_a_loop(x_t, t, t_prev, eps, schedule, eta=0.0, noise=None):
    """Take one row at a time."""
    rows = []
    for i in range(len(x_t)):
        now, prev = schedule.alphas_bar[t[i]].item(), schedule.alphas_bar[t_prev[i]].item()
        sigma = eta * math.sqrt((1 - prev) / (1 - now) * (1 - now / prev))
        x_0 = (x_t[i] - math.sqrt(1 - now) * eps[i]) / math.sqrt(now)
        row = math.sqrt(prev) * x_0 + math.sqrt(max(1 - prev - sigma**2, 0)) * eps[i]
        if sigma > 0:
            row = row + sigma * (torch.randn_like(x_t[i]) if noise is None else noise[i])
        rows.append(row)
    return torch.stack(rows)


class Guide:
    """A callable with a step of its own."""

    def __call__(self, eps_cond, eps_uncond, guidance):
        return eps_uncond + (guidance + 1) * (eps_cond - eps_uncond)


def guided_in_place(eps_cond, eps_uncond, guidance):
    result = eps_cond - eps_uncond
    result *= guidance
    return result.add_(eps_cond)


def velocity_by_table(x_0, eps, t, schedule):
    alpha_bar = sample_by_t(schedule.alphas_bar, t, x_0.shape)
    return alpha_bar.sqrt() * eps - (1 - alpha_bar).sqrt() * x_0


def velocity_by_jump(x_0, eps, t, schedule):
    """Noise the noise with minus the data."""
    return sample_q(eps, t, schedule, -x_0)


def velocity_by_angle(x_0, eps, t, schedule):
    angle = like(x_0, torch.acos(schedule.alphas_bar.double().sqrt())[t])
    return (angle.cos() * eps - angle.sin() * x_0).to(x_0.dtype)


def velocity_from_betas(x_0, eps, t, schedule):
    table = torch.exp(torch.log(1 - schedule.betas).cumsum(dim=0))
    rows = [
        table[time] ** 0.5 * e - (1 - table[time]) ** 0.5 * x
        for x, e, time in zip(x_0, eps, t, strict=True)
    ]
    return torch.stack(rows)


ACCEPTED = {
    "ddim_timesteps": [
        times_rounded,
        times_truncated,
        times_whole,
        times_half_up,
        times_listed,
        times_up,
    ],
    "ddim_step": [step_by_formula, step_always_drawn, step_by_jump, step_from_x_t, step_in_a_loop],
    "guided_noise": [
        lambda eps_cond, eps_uncond, guidance: (1 + guidance) * eps_cond - guidance * eps_uncond,
        lambda eps_cond, eps_uncond, guidance: torch.lerp(eps_uncond, eps_cond, 1.0 + guidance),
        Guide(),
        guided_in_place,
    ],
    "velocity": [velocity_by_table, velocity_by_jump, velocity_by_angle, velocity_from_betas],
}
