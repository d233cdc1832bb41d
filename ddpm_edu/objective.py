r"""Why predicting the noise is enough: $x_0$, the mean and the loss, all from $\epsilon_\theta$."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.forward import sample_q
from ddpm_edu.inputs import checked
from ddpm_edu.schedule import NoiseSchedule, at


@checked
def kl_gaussians(
    mean_1: Float[Tensor, " *#dims"],
    variance_1: Float[Tensor, " *#dims"],
    mean_2: Float[Tensor, " *#dims"],
    variance_2: Float[Tensor, " *#dims"],
) -> Float[Tensor, " *#dims"]:
    r"""Compute the Kullback-Leibler divergence of one Gaussian from another, element by element.

    $\mathrm{KL}(N_1 \| N_2) = \frac{1}{2}\left(\frac{(\mu_1 - \mu_2)^2}{\sigma_2^2}
    + \frac{\sigma_1^2}{\sigma_2^2} - 1 - \log\frac{\sigma_1^2}{\sigma_2^2}\right)$,
    of which Ho et al. 2020, Eq. 5, is a sum

    Args:
        mean_1: of the Gaussian that the average is over; all shapes broadcast.
        variance_1: its variance, positive.
        mean_2: of the Gaussian compared with.
        variance_2: its variance, positive.
    Returns:
        Nats, in the joint shape; 0 where the Gaussians are equal.

    >>> kl_gaussians(*map(torch.tensor, (1.0, 1.0, 0.0, 1.0)))
    tensor(0.5000)
    """
    ratio = variance_1 / variance_2
    return ((mean_1 - mean_2).square() / variance_2 + ratio - 1 - ratio.log()) / 2


@checked
def predict_x0(
    x_t: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    eps: Float[Tensor, " b *dims"],
    schedule: NoiseSchedule,
) -> Float[Tensor, " b *dims"]:
    r"""Estimate the clean data from the noise in x_t: Eq. 4 solved for x_0, not clipped.

    $\hat x_0 = (x_t - \sqrt{1-\bar\alpha_t}\,\epsilon) / \sqrt{\bar\alpha_t}$
    (Ho et al. 2020, Eq. 15)

    Args:
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, any mixture.
        eps: (B, ...) the noise, true or predicted.
        schedule: of T steps.
    Returns:
        (B, ...); where the prediction is wrong, values may lie outside [-1, 1].

    >>> from ddpm_edu import linear_schedule
    >>> x_t, t = torch.zeros(2, 3), torch.tensor([1, 10])
    >>> predict_x0(x_t, t, x_t, NoiseSchedule(linear_schedule(10))).shape
    torch.Size([2, 3])
    """
    alpha_bar_t = at(schedule.alphas_bar, t, x_t)
    one_minus_alpha_bar_t = at(schedule.one_minus_alphas_bar, t, x_t)
    return (x_t - one_minus_alpha_bar_t.sqrt() * eps) / alpha_bar_t.sqrt()


@checked
def mean_from_noise(
    x_t: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    eps: Float[Tensor, " b *dims"],
    schedule: NoiseSchedule,
) -> Float[Tensor, " b *dims"]:
    r"""Compute the mean of the reverse step from the noise in x_t.

    $\mu_\theta = \frac{1}{\sqrt{\alpha_t}}\left(x_t
    - \frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\,\epsilon_\theta\right)$   (Ho et al. 2020, Eq. 11)

    It is Eq. 7 at the x_0 of Eq. 15, as long as that is not clipped.

    Args:
        x_t: (B, ...) data at time t.
        t: (B,) times 1..T, any mixture.
        eps: (B, ...) the predicted noise.
        schedule: of T steps.
    Returns:
        (B, ...) the mean of x_{t-1}.

    >>> from ddpm_edu import linear_schedule
    >>> x_t, t = torch.zeros(2, 3), torch.tensor([1, 10])
    >>> mean_from_noise(x_t, t, x_t, NoiseSchedule(linear_schedule(10))).shape
    torch.Size([2, 3])
    """
    alpha_t, beta_t = at(schedule.alphas, t, x_t), at(schedule.betas, t, x_t)
    one_minus_alpha_bar_t = at(schedule.one_minus_alphas_bar, t, x_t)
    return (x_t - beta_t / one_minus_alpha_bar_t.sqrt() * eps) / alpha_t.sqrt()


@checked
def compute_loss(
    model,
    x_0: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    schedule: NoiseSchedule,
    noise: Float[Tensor, " b *dims"] | None = None,
) -> Float[Tensor, ""]:
    r"""Compute the simplified loss: how far the predicted noise is from the noise that was added.

    $L_\text{simple} = \| \epsilon - \epsilon_\theta(x_t, t) \|^2$,
    averaged over all elements   (Ho et al. 2020, Eq. 14)

    Args:
        model: model(x_t, t) -> predicted noise, of the shape of x_t.
        x_0: (B, ...) clean data, images in [-1, 1].
        t: (B,) times 1..T.
        schedule: of T steps.
        noise: (B, ...) standard Gaussian; drawn here when None.
    Returns:
        Scalar, about 1 for a model that predicts zeros.

    >>> from ddpm_edu import linear_schedule
    >>> x_0, t = torch.zeros(2, 3), torch.tensor([1, 10])
    >>> schedule = NoiseSchedule(linear_schedule(10))
    >>> compute_loss(lambda x_t, t: x_t, x_0, t, schedule, noise=x_0).item()
    0.0
    """
    noise = torch.randn_like(x_0) if noise is None else noise
    eps = predict_noise(model, sample_q(x_0, t, schedule, noise), t)
    return torch.nn.functional.mse_loss(eps, noise)


@checked
def vlb_weight(t: Int[Tensor, " b"], schedule: NoiseSchedule) -> Float[Tensor, " b"]:
    r"""Compute the weight that the variational bound gives to the squared error of each step.

    $\frac{\beta_t^2}{2 \sigma_t^2 \alpha_t (1 - \bar\alpha_t)}
    = \frac{\beta_t}{2 \alpha_t (1 - \bar\alpha_t)}$ at $\sigma_t^2 = \beta_t$
    (Ho et al. 2020, Eq. 12)

    Args:
        t: (B,) times 1..T.
        schedule: of T steps.
    Returns:
        (B,), nats per unit of squared error; Eq. 14 replaces it by 1.

    >>> from ddpm_edu import linear_schedule
    >>> round(vlb_weight(torch.tensor([1]), NoiseSchedule(linear_schedule(1000))).item(), 5)
    0.50005
    """
    return schedule.betas[t] / (2 * schedule.alphas[t] * schedule.one_minus_alphas_bar[t])


def predict_noise(model, x_t, t):
    """Call the model and check its output, which would broadcast silently if its shape were wrong.

    Returns:
        The prediction in the dtype of the data: under autocast a model answers in half precision.
    """
    return answer_of(model, x_t, t, "predicted noise of the shape of x_t")


def answer_of(model, x, time, expected):
    """Call a model, and raise a ValueError that says what was expected if its shape is not x's."""
    answer = model(x, time)
    if not isinstance(answer, Tensor) or answer.shape != x.shape:
        got = tuple(answer.shape) if isinstance(answer, Tensor) else type(answer).__name__
        raise ValueError(f"model: expected {expected}, {tuple(x.shape)}, got {got}")
    return answer.to(x.dtype)
