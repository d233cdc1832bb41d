"""Functions of other libraries in the place of a learner's: their code, our signatures.

Their time is 0-based, t here is t there + 1, and their tables are float32; they get ours. What is
left out differs by design: schedules of fixed ends or in float32, likelihoods by an approximate
normal distribution, samplers that weigh the loss.
"""

import importlib
import importlib.util
from types import SimpleNamespace

import torch
from others_in_sigma import IN_SIGMA
from torch.nn import functional as F


MODULES = {
    "diffusers": ("diffusers.schedulers", "diffusers.models.embeddings"),
    "denoising_diffusion_pytorch": ("denoising_diffusion_pytorch.learned_gaussian_diffusion",),
    "smalldiffusion": ("smalldiffusion",),
}


def loaded(library):
    """Import what is called below, which takes longer than a check may; tell if it is there."""
    if importlib.util.find_spec(library) is None:
        return False
    for name in MODULES[library]:
        importlib.import_module(name)
    return True


def ddpm(schedule, clipping=False):
    from diffusers.schedulers import DDPMScheduler

    scheduler = DDPMScheduler(schedule.num_timesteps, variance_type="fixed_small",
                              clip_sample=clipping)  # fmt: skip
    scheduler.alphas_cumprod = schedule.alphas_bar[1:].clone()
    scheduler.one = torch.ones((), dtype=schedule.betas.dtype)
    return scheduler


def add_noise(x_0, t, schedule, noise):
    return ddpm(schedule).add_noise(x_0, noise, t - 1)


def get_velocity(x_0, eps, t, schedule):
    return ddpm(schedule).get_velocity(x_0, eps, t - 1)


@torch.no_grad()
def ddpm_step(model, x_t, t, schedule, clipping=True):
    eps, scheduler = model(x_t, t), ddpm(schedule, clipping)
    rows = [
        # it asks for two axes at least
        scheduler.step(eps[row, None, None], int(t[row]) - 1, x_t[row, None, None]).prev_sample[0]
        for row in range(len(t))
    ]
    return torch.cat(rows).to(x_t.dtype)


def ddpm_step_unclipped(model, x_t, t, schedule):
    return ddpm_step(model, x_t, t, schedule, clipping=False)


def ddim_of_diffusers(x_t, t, t_prev, eps, schedule, eta=0.0, noise=None):
    from diffusers.schedulers import DDIMScheduler

    rows = []
    for row, (now, then) in enumerate(zip(t.tolist(), t_prev.tolist(), strict=True)):
        scheduler = DDIMScheduler(now - then, clip_sample=False)
        scheduler.num_inference_steps = 1  # its step is as long as this makes it
        scheduler.alphas_cumprod = schedule.alphas_bar[1:]
        scheduler.final_alpha_cumprod = schedule.alphas_bar[0]
        given = None if noise is None or eta == 0 else noise[row, None]
        step = scheduler.step(eps[row, None], now - 1, x_t[row, None], eta=eta,
                              variance_noise=given)  # fmt: skip
        rows.append(step.prev_sample)
    return torch.cat(rows).to(x_t.dtype)


def embedding_of_diffusers(t, dim, max_period=10_000):
    from diffusers.models.embeddings import get_timestep_embedding

    return get_timestep_embedding(t, dim, downscale_freq_shift=0, max_period=max_period)


def embedding_of_lucidrains(t, dim, max_period=10_000):
    from denoising_diffusion_pytorch.denoising_diffusion_pytorch import SinusoidalPosEmb

    return F.pad(SinusoidalPosEmb(dim, max_period)(t), (0, dim % 2))


def cosine_of_lucidrains(num_timesteps, s=0.008, max_beta=0.999):
    from denoising_diffusion_pytorch.denoising_diffusion_pytorch import cosine_beta_schedule

    return F.pad(cosine_beta_schedule(num_timesteps, s).clamp(max=max_beta), (1, 0))


def look_up_of_lucidrains(values, t, x_shape):
    from denoising_diffusion_pytorch.denoising_diffusion_pytorch import extract

    return extract(values, t, x_shape)


def diffusion(schedule):
    """Return what GaussianDiffusion's methods need of it, with its formulas for the tables."""
    betas, bar, before = schedule.betas[1:], schedule.alphas_bar[1:], schedule.alphas_bar[:-1]
    return SimpleNamespace(
        immiscible=False,
        sqrt_alphas_cumprod=bar.sqrt(),
        sqrt_one_minus_alphas_cumprod=(1 - bar).sqrt(),
        sqrt_recip_alphas_cumprod=(1 / bar).sqrt(),
        sqrt_recipm1_alphas_cumprod=(1 / bar - 1).sqrt(),
        posterior_variance=betas * (1 - before) / (1 - bar),
        posterior_log_variance_clipped=(betas * (1 - before) / (1 - bar)).clamp(min=1e-20).log(),
        posterior_mean_coef1=betas * before.sqrt() / (1 - bar),
        posterior_mean_coef2=(1 - before) * (1 - betas).sqrt() / (1 - bar),
    )


def of_lucidrains(method, schedule, *arguments):
    from denoising_diffusion_pytorch import GaussianDiffusion

    return getattr(GaussianDiffusion, method)(diffusion(schedule), *arguments)


def q_sample(x_0, t, schedule, noise):
    return of_lucidrains("q_sample", schedule, x_0, t - 1, noise)


def predict_start_from_noise(x_t, t, eps, schedule):
    return of_lucidrains("predict_start_from_noise", schedule, x_t, t - 1, eps)


def predict_v(x_0, eps, t, schedule):
    return of_lucidrains("predict_v", schedule, x_0, t - 1, eps)


def q_posterior(x_0, x_t, t, schedule):
    return of_lucidrains("q_posterior", schedule, x_0, x_t, t - 1)[0]


@torch.no_grad()
def p_sample(model, x_t, t, schedule, clipping=True):
    x_0 = predict_start_from_noise(x_t, t, model(x_t, t), schedule)
    if clipping:
        x_0.clamp_(-1.0, 1.0)
    mean, _, log_variance = of_lucidrains("q_posterior", schedule, x_0, x_t, t - 1)
    is_noisy = (t > 1).reshape(-1, *(1,) * (x_t.ndim - 1))
    return mean + (0.5 * log_variance).exp() * is_noisy * torch.randn_like(x_t)


def normal_kl(mean_1, variance_1, mean_2, variance_2):
    from denoising_diffusion_pytorch.learned_gaussian_diffusion import normal_kl

    return normal_kl(mean_1, variance_1.log(), mean_2, variance_2.log())


def attend(q, k, v):
    from denoising_diffusion_pytorch.attend import Attend

    return Attend()(q, k, v)


OTHERS = {
    "diffusers": [
        ("sample_q", add_noise),
        ("velocity", get_velocity),
        ("sample_p", ddpm_step),
        ("repair_sampler", ddpm_step),
        ("sample_p_unclipped", ddpm_step_unclipped),
        ("ddim_step", ddim_of_diffusers),
        ("timestep_embedding", embedding_of_diffusers),
    ],
    "denoising_diffusion_pytorch": [
        ("cosine_schedule", cosine_of_lucidrains),
        ("sample_by_t", look_up_of_lucidrains),
        ("timestep_embedding", embedding_of_lucidrains),
        ("sample_q", q_sample),
        ("predict_x0", predict_start_from_noise),
        ("velocity", predict_v),
        ("posterior_mean", q_posterior),
        ("sample_p", p_sample),
        ("kl_gaussians", normal_kl),
        ("self_attention", attend),
    ],
    "smalldiffusion": IN_SIGMA,
}
