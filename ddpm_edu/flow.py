r"""Flow matching: straight paths from data to noise, and a network that answers with the velocity.

Here time is a real number: s = 0 is the clean image, s = 1 pure noise. A velocity model is called
as model(x_s, s), with s (B,). The papers count from noise to data; we keep the course's direction.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.inputs import check_range, check_times, checked
from ddpm_edu.objective import answer_of, predict_x0
from ddpm_edu.schedule import NoiseSchedule, spread


@checked
def flow_path(
    x_0: Float[Tensor, " b *dims"],
    s: Float[Tensor, " b"],
    noise: Float[Tensor, " b *dims"] | None = None,
) -> Float[Tensor, " b *dims"]:
    r"""Go a share s of the straight way from the data to the noise.

    $x_s = (1 - s)\,x_0 + s\,\epsilon$   (Liu et al. 2023, Sec. 2.1, with time reversed)

    Args:
        x_0: (B, ...) clean data, images in [-1, 1].
        s: (B,) times in [0, 1], any mixture.
        noise: (B, ...) standard Gaussian; drawn here when None.
    Returns:
        (B, ...) data at time s.

    >>> flow_path(torch.zeros(2, 3), torch.tensor([0.0, 0.5]), torch.ones(2, 3))[:, 0].tolist()
    [0.0, 0.5]
    """
    noise = torch.randn_like(x_0) if noise is None else noise
    share = rowwise(s, x_0)
    return (1 - share) * x_0 + share * noise


@checked
def flow_loss(
    model,
    x_0: Float[Tensor, " b *dims"],
    s: Float[Tensor, " b"],
    noise: Float[Tensor, " b *dims"] | None = None,
) -> Float[Tensor, ""]:
    r"""Compute how far the predicted velocity is from that of the straight path.

    $\| (\epsilon - x_0) - v_\theta(x_s, s) \|^2$, averaged over all elements   (Liu et al. 2023,
    Eq. 1; Lipman et al. 2023, Eq. 23 with $\sigma_{\min} = 0$; both with time reversed)

    Args:
        model: model(x_s, s) -> predicted velocity, of the shape of x_s.
        x_0: (B, ...) clean data, images in [-1, 1].
        s: (B,) times in [0, 1].
        noise: (B, ...) standard Gaussian; drawn here when None.
    Returns:
        Scalar; a model that predicts zeros has 1 plus the mean square of the data.

    >>> x_0, s, noise = torch.zeros(2, 3), torch.tensor([0.2, 0.9]), torch.ones(2, 3)
    >>> flow_loss(lambda x_s, s: torch.ones_like(x_s), x_0, s, noise).item()
    0.0
    """
    noise = torch.randn_like(x_0) if noise is None else noise
    predicted = predict_velocity(model, flow_path(x_0, s, noise), s)
    return torch.nn.functional.mse_loss(predicted, noise - x_0)


@checked
def velocity_from_noise(
    x_t: Float[Tensor, " b *dims"],
    t: Int[Tensor, " b"],
    eps: Float[Tensor, " b *dims"],
    schedule: NoiseSchedule,
) -> Float[Tensor, " b *dims"]:
    r"""Compute the velocity of the straight path on which x_t lies, once it is rescaled.

    $\epsilon - \hat x_0 = \frac{(\sqrt{\bar\alpha_t} + \sqrt{1-\bar\alpha_t})\,\epsilon
    - x_t}{\sqrt{\bar\alpha_t}}$ with $\hat x_0$ of Eq. 15   (Gao et al. 2024)

    Args:
        x_t: (B, ...) data at time t, not rescaled.
        t: (B,) times 1..T, any mixture.
        eps: (B, ...) the noise, true or predicted.
        schedule: of T steps.
    Returns:
        (B, ...) the velocity at $x_t / (\sqrt{\bar\alpha_t} + \sqrt{1-\bar\alpha_t})$ and at the
        time of `flow_time`.

    >>> from ddpm_edu import linear_schedule
    >>> x_t, t = torch.zeros(2, 3), torch.tensor([1, 10])
    >>> velocity_from_noise(x_t, t, x_t, NoiseSchedule(linear_schedule(10))).shape
    torch.Size([2, 3])
    """
    return eps - predict_x0(x_t, t, eps, schedule)


def flow_time(t: Int[Tensor, " b"], schedule: NoiseSchedule) -> Float[Tensor, " b"]:
    r"""Compute the time s at which the straight path has the signal-to-noise ratio of time t.

    $s_t = \frac{\sqrt{1-\bar\alpha_t}}{\sqrt{\bar\alpha_t} + \sqrt{1-\bar\alpha_t}}$
    (Gao et al. 2024)

    Args:
        t: (B,) times 0..T.
        schedule: of T steps.
    Returns:
        (B,) in [0, 1), growing with t.
    Raises:
        ValueError: times outside 0..T.

    >>> from ddpm_edu import linear_schedule
    >>> flow_time(torch.tensor([0, 1000]), NoiseSchedule(linear_schedule(1000)))
    tensor([0.0000, 0.9937])
    """
    check_times("t", t)
    check_range("t", t, 0, schedule.num_timesteps)
    noise = schedule.one_minus_alphas_bar[t].sqrt()
    return noise / (schedule.alphas_bar[t].sqrt() + noise)


@checked
def euler_step(
    model, x_s: Float[Tensor, " b *dims"], s: Float[Tensor, " b"], s_prev: Float[Tensor, " b"]
) -> Float[Tensor, " b *dims"]:
    r"""Follow the velocity at s straight on to s_prev: Euler's method, one call of the model.

    $x_{s'} = x_s + (s' - s)\,v_\theta(x_s, s)$   (Liu et al. 2023, Sec. 2.1, with time reversed)

    Args:
        model: model(x_s, s) -> predicted velocity.
        x_s: (B, ...) data at time s.
        s: (B,) times in [0, 1].
        s_prev: (B,) times in [0, 1], where to go.
    Returns:
        (B, ...) data at time s_prev.

    >>> s, s_prev = torch.tensor([1.0]), torch.tensor([0.5])
    >>> euler_step(lambda x_s, s: x_s, torch.tensor([[4.0]]), s, s_prev)
    tensor([[2.]])
    """
    return x_s + rowwise(s_prev - s, x_s) * predict_velocity(model, x_s, s)


@checked
def heun_step(
    model, x_s: Float[Tensor, " b *dims"], s: Float[Tensor, " b"], s_prev: Float[Tensor, " b"]
) -> Float[Tensor, " b *dims"]:
    r"""Go to s_prev with the mean of two velocities: Heun's method, two calls of the model.

    $x_{s'} = x_s + \frac{s' - s}{2}\left(v_\theta(x_s, s) + v_\theta(\bar x, s')\right)$ with
    Euler's $\bar x = x_s + (s' - s)\,v_\theta(x_s, s)$   (Karras et al. 2022, Algorithm 1)

    Args:
        model, x_s, s, s_prev: as for `euler_step`.
    Returns:
        (B, ...) data at time s_prev.

    >>> s, s_prev = torch.tensor([1.0]), torch.tensor([0.5])
    >>> heun_step(lambda x_s, s: x_s, torch.tensor([[4.0]]), s, s_prev)
    tensor([[2.5000]])
    """
    change, first = rowwise(s_prev - s, x_s), predict_velocity(model, x_s, s)
    second = predict_velocity(model, x_s + change * first, s_prev)
    return x_s + change * (first + second) / 2


def predict_velocity(model, x_s, s):
    """Call the model and check its output, as `predict_noise` does."""
    return answer_of(model, x_s, s, "predicted velocity of the shape of x_s")


def rowwise(values: Tensor, x: Tensor) -> Tensor:
    """Shape (B,) as (B, 1, ..., 1), to multiply x row by row, and cast it to the dtype of x."""
    return spread(values, x.ndim).to(x.dtype)
