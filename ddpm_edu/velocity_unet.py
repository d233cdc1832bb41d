r"""A U-Net that works with the velocity and answers with the noise: `model(x_t, t) -> eps`, as any.

Near t = T the noise is nearly $x_t$ itself, and what the network knows of the image is in the last
digits of its answer. The velocity is nearly $-x_0$ there and nearly $\epsilon$ at small t, so that
its errors are worth about the same at all times (lesson 8). After as many steps of training the
samples are better: benchmarks/RESULTS.md.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.forward import sample_q
from ddpm_edu.objective import predict_noise
from ddpm_edu.schedule import NoiseSchedule, at
from ddpm_edu.training import stratified
from ddpm_edu.unet import UNet


# of ln sigma, where sigma is the ratio of noise to signal: about a digit's strokes are decided here
MEAN, DEVIATION = -0.6, 1.4


class VelocityUNet(UNet):
    r"""Predict the noise in x_t from the velocity that a U-Net names.

    $\epsilon_\theta = \sqrt{1-\bar\alpha_t}\,x_t + \sqrt{\bar\alpha_t}\,v_\theta(x_t, t)$
    (Salimans & Ho 2022, Sec. 4 and App. D)

    Args:
        schedule: of T steps, which says how much of x_t is noise.
        architecture: as for `UNet`.

    >>> from ddpm_edu import linear_schedule
    >>> model = VelocityUNet(NoiseSchedule(linear_schedule(1000)))
    >>> model(torch.zeros(2, 1, 28, 28), torch.tensor([1, 1000])).shape
    torch.Size([2, 1, 28, 28])
    """

    signal: Tensor
    noise: Tensor

    def __init__(self, schedule: NoiseSchedule, **architecture):
        super().__init__(**architecture)
        # they follow the model to devices and dtypes; files have the betas instead
        self.register_buffer("signal", schedule.alphas_bar.sqrt(), persistent=False)
        self.register_buffer("noise", schedule.one_minus_alphas_bar.sqrt(), persistent=False)

    def forward(
        self,
        x_t: Float[Tensor, " b c h w"],
        t: Int[Tensor, " b"],
        labels: Int[Tensor, " b"] | None = None,
    ) -> Float[Tensor, " b c h w"]:
        velocity = super().forward(x_t, t, labels)
        return at(self.noise, t, x_t) * x_t + at(self.signal, t, x_t) * velocity


def velocity_loss(
    model,
    x_0: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    schedule: NoiseSchedule,
    noise: Float[Tensor, " b *dims"],
) -> Float[Tensor, ""]:
    r"""Compute how far the velocity is off: the error of the noise, weighted.

    $\| v - v_\theta \|^2 = \| \epsilon - \epsilon_\theta \|^2 / \bar\alpha_t$, averaged over all
    elements

    Args:
        model: model(x_t, t) -> predicted noise, of the shape of x_t.
        x_0: (B, ...) clean data, images in [-1, 1].
        t: (B,) times 1..T.
        schedule: of T steps.
        noise: (B, ...) standard Gaussian.
    Returns:
        Scalar, to be minimised in place of `compute_loss`.

    >>> from ddpm_edu import linear_schedule
    >>> x_0, t = torch.zeros(2, 3), torch.tensor([1, 10])
    >>> schedule = NoiseSchedule(linear_schedule(10))
    >>> velocity_loss(lambda x_t, t: x_t, x_0, t, schedule, noise=x_0).item()
    0.0
    """
    eps = predict_noise(model, sample_q(x_0, t, schedule, noise), t)
    return ((eps - noise).square() / at(schedule.alphas_bar, t, x_0)).mean()


def log_normal_timesteps(
    batch_size: int, schedule: NoiseSchedule, generator: torch.Generator | None = None
) -> Int[Tensor, " b"]:
    r"""Draw more of the times at which an image takes shape, one from each of B equal parts.

    $\ln\sigma \sim N(-0.6, 1.4^2)$ with $\sigma = \sqrt{(1-\bar\alpha_t) / \bar\alpha_t}$, up to
    the spacing of the times   (as Karras et al. 2022, Table 1)

    Uniform times of the linear schedule are mostly ones at which hardly any image is left.

    Args:
        batch_size: B.
        schedule: of T steps; its device is that of the times.
        generator: on the schedule's device; torch's own when None.
    Returns:
        (B,) long in 1..T, rising.

    >>> from ddpm_edu import linear_schedule
    >>> log_normal_timesteps(4, NoiseSchedule(linear_schedule(1000))).shape
    torch.Size([4])
    """
    share = stratified(batch_size, generator, schedule.betas.device)
    log_sigma = MEAN + DEVIATION * math.sqrt(2) * torch.erfinv(2 * share - 1)
    levels = (schedule.one_minus_alphas_bar[1:] / schedule.alphas_bar[1:]).log() / 2
    return 1 + torch.searchsorted(levels, log_sigma.to(levels)).clamp(max=len(levels) - 1)
