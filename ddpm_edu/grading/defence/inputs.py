"""A call of each exercise, small enough for paper: two rows of two numbers, four steps."""

import random
from collections.abc import Callable
from typing import Any

from ddpm_edu.grading.defence import draws
from ddpm_edu.grading.defence.draws import (
    T,
    betas,
    levels,
    linear,
    model,
    numbers,
    one_step,
    positive,
    rows,
    schedule,
    shares,
    steep_model,
    steps_to_skip,
    two_times,
    velocity_model,
)


Draw = Callable[[random.Random], Any]


def each(**draws: Draw):
    """Draw each argument by itself, in the order of the signature."""
    return lambda source: {name: draw(source) for name, draw in draws.items()}


def fixed(value):
    return lambda source: value


def one_of(*values):
    return lambda source: source.choice(values)


GAUSSIAN_PAIR = {
    "mean_1": lambda s: numbers(s, 2), "variance_1": lambda s: positive(s, 2),
    "mean_2": lambda s: numbers(s, 2), "variance_2": lambda s: positive(s, 2),
}  # fmt: skip
NOISED = {"x_t": rows, "t": two_times, "eps": rows, "schedule": schedule}

# Exercise -> arguments. Where right answers differ (times drawn downwards, columns in another
# order) what is asked about is the same for all of them: see readings.py.
INPUTS: dict[str, Callable[[random.Random], dict[str, Any]]] = {
    "linear_schedule": each(
        num_timesteps=fixed(T), beta_start=one_of(0.05, 0.1, 0.15), beta_end=one_of(0.3, 0.4, 0.5)
    ),
    "cumulative_alphas": each(betas=betas),
    "sample_by_t": each(values=lambda s: numbers(s, 5), t=two_times, x_shape=fixed((2, 3))),
    "step_q": each(x_prev=rows, t=two_times, schedule=schedule, noise=rows),
    "sample_q": each(x_0=rows, t=two_times, schedule=schedule, noise=rows),
    "cosine_schedule": each(
        num_timesteps=one_of(3, 4), s=one_of(0.01, 0.05, 0.1), max_beta=one_of(0.6, 0.7, 0.8)
    ),
    "snr": each(t=two_times, schedule=schedule),
    "product_of_gaussians": each(
        mean_a=lambda s: numbers(s, 2), variance_a=lambda s: positive(s, 2),
        mean_b=lambda s: numbers(s, 2), variance_b=lambda s: positive(s, 2),
    ),
    "posterior_variance": each(schedule=schedule),
    "posterior_mean": each(x_0=rows, x_t=rows, t=two_times, schedule=schedule),
    "kl_gaussians": each(**GAUSSIAN_PAIR),
    "predict_x0": each(**NOISED),
    "mean_from_noise": each(**NOISED),
    "compute_loss": each(model=model, x_0=rows, t=two_times, schedule=schedule, noise=rows),
    "vlb_weight": each(t=two_times, schedule=schedule),
    "timestep_embedding": draws.times_to_embed,
    "residual_block_forward": draws.block_of_one_channel,
    "unet_forward": draws.unet_of_one_pixel,
    "sample_timesteps": draws.many_times,
    "train_step": draws.trained,
    "self_attention": each(**dict.fromkeys("qkv", lambda s: numbers(s, 1, 1, 2, 2))),
    "update_ema": each(ema_model=linear, model=linear, decay=one_of(0.6, 0.7, 0.8, 0.9)),
    "sample_p_unclipped": one_step,
    "sample_p": one_step,
    "repair_sampler": one_step,
    "sampling": each(model=steep_model, shape=fixed((1, 2)), schedule=schedule),
    "frechet_distance": each(
        mean_1=lambda s: numbers(s, 2), cov_1=lambda s: positive(s, 2).diag(),
        mean_2=lambda s: numbers(s, 2), cov_2=lambda s: positive(s, 2).diag(),
    ),
    "discretized_nll": each(
        x_0=levels, mean=lambda s: numbers(s, 2, 2, low=0.1, high=0.9),
        variance=lambda s: positive(s, 2, 2) / 10, num_levels=fixed(5),
    ),
    "bits_per_dim": each(nats=lambda s: positive(s, 2) * 10, x_shape=one_of((2, 1, 2, 3), (2, 5))),
    "ddim_timesteps": each(num_timesteps=one_of(12, 24, 36, 48, 60), num_steps=one_of(3, 4)),
    "ddim_step": steps_to_skip,
    "guided_noise": each(eps_cond=rows, eps_uncond=rows, guidance=one_of(0.5, 1.5, 2.0, 3.0)),
    "velocity": each(x_0=rows, eps=rows, t=two_times, schedule=schedule),
    "flow_loss": each(model=velocity_model, x_0=rows, s=shares(1, 9), noise=rows),
    "velocity_from_noise": each(**NOISED),
    "heun_step": each(model=velocity_model, x_s=rows, s=shares(6, 9), s_prev=shares(1, 4)),
}  # fmt: skip
