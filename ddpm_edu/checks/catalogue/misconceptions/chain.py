"""Misconceptions about the loop of Algorithm 2."""

import torch

from ddpm_edu.checks.catalogue.misconceptions.step import POSTERIOR
from ddpm_edu.checks.catalogue.templates import variations
from ddpm_edu.objective import predict_x0
from ddpm_edu.posterior import posterior_mean
from ddpm_edu.sampling import sample_p, sample_p_unclipped


def gaussian(shape, dtype):
    return torch.randn(shape, dtype=dtype)


def chain(
    times=lambda T: range(T, 0, -1),
    start=gaussian,
    begins=lambda x: [],
    step=sample_p,
    kept=lambda t, k: t <= k,
    result=lambda states, k: states,
    time_given=lambda t: t,
    silent=torch.no_grad,
    states=lambda x: x.cpu(),
):
    """Build Algorithm 2 from its loop, its start, its step and what it keeps."""

    def function(model, shape, schedule, image_noise_steps_to_keep=1):
        x = start(shape, dtype=schedule.betas.dtype)
        images_list = begins(x)
        with silent():
            for t in times(schedule.num_timesteps):
                x = step(model, x, torch.full(shape[:1], time_given(t)), schedule)
                if kept(t, image_noise_steps_to_keep):
                    images_list.append(states(x))
        return result(images_list, image_noise_steps_to_keep)

    return function


def with_gradients(model, x, t, schedule):
    mean = posterior_mean(predict_x0(x, t, model(x, t), schedule).clamp(-1, 1), x, t, schedule)
    return mean + POSTERIOR(schedule, t, x) * torch.randn_like(x)


def frozen_noise():
    """Build a step that draws its noise once for the whole chain."""
    kept = {}

    def step(model, x, t, schedule):
        if t[0] == schedule.num_timesteps:
            kept["z"] = torch.randn_like(x)
        return sample_p(model, x, t, schedule, noise=kept["z"])

    return step


def mean_only(model, x, t, schedule):
    return sample_p(model, x, t, schedule, noise=torch.zeros_like(x))


# What keeps the states of all times, x_T too.
ALL = {"begins": lambda x: [x], "kept": lambda t, k: True}
COMMON = (
    ("uniform_start", "x_T is drawn by rand; Algorithm 2 begins with Gaussian noise, randn.",
     {"start": lambda shape, dtype: torch.rand(shape, dtype=dtype)}),
    ("ascending", "The loop runs from 1 to T; the reverse process goes from T down to 1.",
     {"times": lambda T: range(1, T + 1)}),
    ("stops_at_2", "The loop stops at t = 2, so x_1 is returned as x_0.",
     {"times": lambda T: range(T, 1, -1), "kept": lambda t, k: t <= k + 1}),
    ("starts_below_T", "The loop starts at T - 1; x_T is denoised with t = T.",
     {"times": lambda T: range(T - 1, 0, -1)}),
    ("unclipped", "The steps do not clip; call sample_p with its default clipping.",
     {"step": sample_p_unclipped}),
    ("keeps_one_more", "One state too many is kept: x_0 counts as one of the k.",
     {"kept": lambda t, k: t <= k + 1},
     {**ALL, "result": lambda states, k: states[-k - 1:]}),
    ("reversed_states", "The states come in reverse; x_0 is the last of the list.",
     {"result": lambda states, k: states[::-1]}),
)  # fmt: skip
# Tried alone, since every pair runs whole chains.
RARE = (
    ("one_start_for_all", "All images begin with the same x_T; draw it with the whole shape.",
     {"start": lambda shape, dtype: torch.randn(shape[1:], dtype=dtype).expand(shape)}),
    ("starts_from_zeros", "x_T is zero; Algorithm 2 begins with Gaussian noise.",
     {"start": lambda shape, dtype: torch.zeros(shape, dtype=dtype)}),
    ("shifted_time", "The steps get t - 1; x_t goes with its own time t.",
     {"time_given": lambda t: max(t - 1, 1)}),
    ("same_noise_in_every_step", "One noise is used in every step; draw z anew each time.",
     {"step": frozen_noise()}),
    ("no_noise", "The steps add no noise; Algorithm 2 adds sigma_t z in every step but the last.",
     {"step": mean_only}),
    ("keeps_one_less", "One state too few is kept: x_0 counts as one of the k.",
     {"kept": lambda t, k: t < k}),
    ("keeps_the_first", "The first k states are kept; expected the last.",
     {"kept": lambda t, k: True, "result": lambda states, k: states[:k]}),
    ("keeps_x_before_the_step", "A state is kept before its step, so that x_0 is not among them.",
     {**ALL, "result": lambda states, k: states[-k - 1:-1]}),
    ("states_clamped", "The states are clamped; only the estimate of x_0 is, inside a step.",
     {"states": lambda x: x.cpu().clamp(-1, 1)}),
    ("states_rescaled", "The states are moved to [0, 1]; expected them as they are.",
     {"states": lambda x: (x.cpu() + 1) / 2},
     {"states": lambda x: ((x.cpu() + 1) / 2).clamp(0, 1)},
     {"states": lambda x: (x.cpu().clamp(-1, 1) + 1) / 2}),
    ("stacked", "You returned the states in one tensor; expected a list of them.",
     {"result": lambda states, k: torch.stack(states) if states else None},
     {"result": lambda states, k: torch.cat(states) if states else None}),
    ("keeps_all", "All states are kept; image_noise_steps_to_keep says how many.",
     {"kept": lambda t, k: True}),
    ("only_the_last", "Only the last state is kept, whatever image_noise_steps_to_keep says.",
     {"result": lambda states, k: states[-1:]}),
    ("tensor_returned", "You returned the last state alone; expected a list of states.",
     {"result": lambda states, k: states[-1] if states else None}),
    ("gradients_kept",
     "Gradients are kept through all steps, and with them the memory; use torch.no_grad().",
     {"step": with_gradients, "silent": torch.enable_grad}),
)  # fmt: skip
CHAIN = variations(chain, *COMMON, alone=RARE)
