"""Denoising diffusion from the paper to your own samples: a course that checks itself.

Time is 1..T; every table has T+1 entries, entry 0 is the clean image; images are (B, C, H, W) in
[-1, 1].
"""

import os


__version__ = "0.2.0"

# Before torch loads its threads: by default they spin for milliseconds while they wait for each
# other, and where another program keeps a core busy, a small network takes many times as long. A
# shorter spin costs nothing elsewhere.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")

from ddpm_edu import checks
from ddpm_edu.classifier import load_classifier, load_guided_features
from ddpm_edu.data import load_images
from ddpm_edu.ddim import ddim_step, ddim_timesteps, guided_noise
from ddpm_edu.flow import (
    euler_step,
    flow_loss,
    flow_path,
    flow_time,
    heun_step,
    velocity_from_noise,
)
from ddpm_edu.flow_models import FlowFromNoise, flow_process, load_flow
from ddpm_edu.forward import sample_q, snr, step_q, velocity
from ddpm_edu.likelihood import (
    bits_per_dim,
    bound_term,
    discretized_nll,
    prior_term,
    variational_bound,
)
from ddpm_edu.metrics import feature_moments, frechet_distance, precision_recall
from ddpm_edu.objective import compute_loss, kl_gaussians, mean_from_noise, predict_x0, vlb_weight
from ddpm_edu.oracle import GaussianOracle, MixtureOracle
from ddpm_edu.posterior import posterior_mean, posterior_variance, product_of_gaussians
from ddpm_edu.pretrained import load_model, load_pretrained, save_model
from ddpm_edu.sampling import reverse_process, sample_p, sample_p_unclipped, sampling
from ddpm_edu.schedule import (
    NoiseSchedule,
    cosine_schedule,
    cumulative_alphas,
    linear_schedule,
    sample_by_t,
)
from ddpm_edu.training import sample_timesteps, stratified_timesteps, train, train_step, update_ema
from ddpm_edu.unet import UNet, self_attention, timestep_embedding
from ddpm_edu.velocity_unet import VelocityUNet, log_normal_timesteps, velocity_loss


def __getattr__(name):
    """Load what checks answers when it is first used."""
    if name not in ("CheckFailed", "check", "hint", "progress", "ready", "solution"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(checks, name)
