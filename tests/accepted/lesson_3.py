"""Right answers to lesson 3 as different learners write them."""

import torch
import torch.nn.functional as F
from torch.distributions import Normal, kl_divergence

from ddpm_edu import posterior_mean, predict_x0, sample_q


def like(x, value):
    """Shape (B,) so that it multiplies x row by row."""
    return value.reshape(len(value), *[1] * (x.dim() - 1))


def kl_by_formula(mean_1, variance_1, mean_2, variance_2):
    distance, ratio = (mean_1 - mean_2) ** 2, variance_1 / variance_2
    return 0.5 * (distance / variance_2 + ratio - 1 - torch.log(ratio))


def kl_with_deviations(mean_1, variance_1, mean_2, variance_2):
    sigma_1, sigma_2 = variance_1.sqrt(), variance_2.sqrt()
    spread = (sigma_1**2 + (mean_1 - mean_2) ** 2) / (2 * sigma_2**2)
    return (sigma_2 / sigma_1).log() + spread - 1 / 2


def kl_with_log_variances(mean_1, variance_1, mean_2, variance_2):
    """Follow the code of the paper."""
    logvar_1, logvar_2 = variance_1.log(), variance_2.log()
    squares = (mean_1 - mean_2) ** 2 * torch.exp(-logvar_2)
    return 0.5 * (-1.0 + logvar_2 - logvar_1 + torch.exp(logvar_1 - logvar_2) + squares)


def kl_of_torch(mean_1, variance_1, mean_2, variance_2):
    return kl_divergence(Normal(mean_1, variance_1.sqrt()), Normal(mean_2, variance_2.sqrt()))


def kl_by_entropies(mean_1, variance_1, mean_2, variance_2):
    """Take the entropy off the cross entropy."""
    square = variance_1 + (mean_1 - mean_2).square()
    cross = 0.5 * (2 * torch.pi * variance_2).log() + square / (2 * variance_2)
    return cross - 0.5 * (2 * torch.pi * torch.e * variance_1).log()


def kl_in_place(mean_1, variance_1, mean_2, variance_2):
    ratio = variance_1 / variance_2
    kl = ratio - 1
    kl -= ratio.log_()
    kl += (mean_1 - mean_2).pow_(2).div_(variance_2)
    return kl.mul_(0.5)


def x_0_by_eq_15(x_t, t, eps, schedule):
    bar = like(x_t, schedule.alphas_bar[t])
    return (x_t - (1 - bar).sqrt() * eps) / bar.sqrt()


def x_0_by_two_factors(x_t, t, eps, schedule):
    """Follow the code of the paper."""
    inverse = 1 / schedule.alphas_bar
    return like(x_t, inverse.sqrt()[t]) * x_t - like(x_t, (inverse - 1).sqrt()[t]) * eps


def x_0_in_float64(x_t, t, eps, schedule):
    bar = like(x_t, torch.cumprod(1 - schedule.betas.double(), 0)[t])
    return ((x_t.double() - (1 - bar) ** 0.5 * eps.double()) * bar**-0.5).to(x_t.dtype)


def x_0_row_by_row(x_t, t, eps, schedule):
    rows = [
        (x - (1 - schedule.alphas_bar[time]).sqrt() * e) / schedule.alphas_bar[time].sqrt()
        for x, e, time in zip(x_t, eps, t.tolist(), strict=True)
    ]
    return torch.stack(rows)


def x_0_in_place(x_t, t, eps, schedule):
    """Take the noise out of a copy; a batch of one time needs no shapes."""
    if t.unique().numel() == 1:
        bar = schedule.alphas_bar[t[0]]
    else:
        bar = schedule.alphas_bar[t][(...,) + (None,) * (x_t.ndim - 1)]
    left = x_t.clone()
    left.sub_((1 - bar).sqrt() * eps).div_(bar.sqrt())
    return left


def mean_by_eq_11(x_t, t, eps, schedule):
    beta, alpha = like(x_t, schedule.betas[t]), like(x_t, schedule.alphas[t])
    return (x_t - beta / (1 - like(x_t, schedule.alphas_bar[t])).sqrt() * eps) / alpha.sqrt()


def mean_by_algorithm_2(x_t, t, eps, schedule):
    alpha, bar = like(x_t, schedule.alphas[t]), like(x_t, schedule.alphas_bar[t])
    return 1 / torch.sqrt(alpha) * (x_t - (1 - alpha) / torch.sqrt(1 - bar) * eps)


def mean_by_eq_7_and_15(x_t, t, eps, schedule):
    return posterior_mean(predict_x0(x_t, t, eps, schedule), x_t, t, schedule)


def mean_with_own_tables(x_t, t, eps, schedule):
    betas = schedule.betas.double()
    alphas = 1 - betas
    step = betas * (1 - alphas.cumprod(0)).rsqrt()
    step[0] = 0
    scale = alphas.rsqrt()[t].view(-1, *[1] * (x_t.ndim - 1))
    return (scale * (x_t - like(x_t, step[t]) * eps)).to(x_t.dtype)


def mean_by_addition(x_t, t, eps, schedule):
    alpha, bar = schedule.alphas[t], schedule.alphas_bar[t]
    share = like(x_t, (schedule.betas[t] ** 2 / (alpha * (1 - bar))) ** 0.5)
    return torch.addcmul(x_t / like(x_t, alpha) ** 0.5, share.expand_as(eps), eps, value=-1)


def loss_by_mse(model, x_0, t, schedule, noise):
    return F.mse_loss(model(sample_q(x_0, t, schedule, noise), t), noise)


def loss_by_hand(model, x_0, t, schedule, noise):
    bar = like(x_0, schedule.alphas_bar[t])
    x_t = bar.sqrt() * x_0 + (1 - bar).sqrt() * noise
    return ((noise - model(x_t, t)) ** 2).mean()


def loss_row_by_row(model, x_0, t, schedule, noise):
    eps = model(sample_q(x_0, t, schedule, noise), t)
    return torch.stack([(e - n).square().mean() for e, n in zip(eps, noise, strict=True)]).mean()


def loss_by_norm(model, x_0, t, schedule, noise=None):
    noise = torch.randn_like(x_0) if noise is None else noise
    difference = noise - model(sample_q(x_0, t, schedule, noise), t)
    return torch.linalg.vector_norm(difference) ** 2 / difference.numel()


class Loss(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.compare = torch.nn.MSELoss()

    def forward(self, model, x_0, t, schedule, noise):
        with torch.no_grad():
            x_t = sample_q(x_0, t, schedule, noise)
        return self.compare(model(x_t, t), noise)


def weight_cancelled(t, schedule):
    return schedule.betas[t] / (2 * schedule.alphas[t] * (1 - schedule.alphas_bar[t]))


def weight_by_eq_12(t, schedule, variance=None):
    variance = schedule.betas if variance is None else variance
    weight = schedule.betas**2 / (2 * variance * schedule.alphas * (1 - schedule.alphas_bar))
    return weight[t]


def weight_by_snr(t, schedule):
    """Use that beta / alpha = 1 / alpha - 1, and 1 / (1 - alpha_bar) = 1 + SNR."""
    signal = schedule.alphas_bar[t] / (1 - schedule.alphas_bar[t])
    return (1 / schedule.alphas[t] - 1) * (1 + signal) / 2


def weight_of_each(t, schedule):
    bar = torch.cumprod(1 - schedule.betas.double(), 0).tolist()
    betas = schedule.betas.double().tolist()
    weights = [betas[i] / (2 * (1 - betas[i]) * (1 - bar[i])) for i in t.tolist()]
    return torch.tensor(weights, dtype=schedule.betas.dtype, device=schedule.betas.device)


def weight_by_step_of_mean(t, schedule):
    """Square the factor of eps in Eq. 11, as Eq. 8 asks."""
    step = schedule.betas[t] / (schedule.alphas[t] * (1 - schedule.alphas_bar[t])).sqrt()
    return step.square() / (2 * schedule.betas[t])


WEIGHTS = [weight_cancelled, weight_by_eq_12, weight_by_snr, weight_of_each, weight_by_step_of_mean]
ACCEPTED = {
    "kl_gaussians": [
        kl_by_formula,
        kl_with_deviations,
        kl_with_log_variances,
        kl_of_torch,
        kl_by_entropies,
        kl_in_place,
    ],
    "predict_x0": [x_0_by_eq_15, x_0_by_two_factors, x_0_in_float64, x_0_row_by_row, x_0_in_place],
    "mean_from_noise": [
        mean_by_eq_11,
        mean_by_algorithm_2,
        mean_by_eq_7_and_15,
        mean_with_own_tables,
        mean_by_addition,
    ],
    "compute_loss": [loss_by_mse, loss_by_hand, loss_row_by_row, loss_by_norm, Loss()],
    "vlb_weight": WEIGHTS,
}
