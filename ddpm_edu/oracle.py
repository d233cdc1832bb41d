r"""Exact noise predictors: for Gaussian data and mixtures, the best possible model has a closed form.

They make samplers testable without training: with Gaussian data the whole reverse chain stays Gaussian, so
its final mean and deviation can be computed and compared.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.objective import mean_from_noise
from ddpm_edu.schedule import NoiseSchedule, at


@dataclass(frozen=True)
class GaussianOracle:
    r"""The optimal noise predictor when every coordinate of $x_0$ is $N(m, s^2)$, independently.

    $\epsilon^*(x, t) = \sqrt{1-\bar\alpha_t}\,\frac{x - \sqrt{\bar\alpha_t}\,m}{\bar\alpha_t s^2 + 1 - \bar\alpha_t}$,
    the mean of $\epsilon$ given $x_t$ (Eq. 4 is a linear Gaussian model)

    Args:
        mean: m.
        std: s >= 0; 0 is a single point.
        schedule: tells the noise at every t.

    >>> from ddpm_edu import linear_schedule
    >>> oracle = GaussianOracle(0.5, 0.3, NoiseSchedule(linear_schedule(10)))
    >>> oracle(torch.zeros(2, 3), torch.tensor([1, 10])).shape
    torch.Size([2, 3])
    """

    mean: float
    std: float
    schedule: NoiseSchedule

    def __call__(self, x_t: Float[Tensor, " b *dims"], t: Int[Tensor, " b"]) -> Float[Tensor, " b *dims"]:
        signal, noise = at(self.schedule.alphas_bar, t, x_t), at(self.schedule.one_minus_alphas_bar, t, x_t)
        return noise.sqrt() * (x_t - signal.sqrt() * self.mean) / (signal * self.std**2 + noise)

    def chain_moments(self, variances: Float[Tensor, " steps"]) -> tuple[float, float]:
        r"""Give mean and standard deviation of what Algorithm 2, unclipped, makes with this oracle.

        Each step is affine in $x_t$, so moments pass through it exactly: no sampling, no tolerance.

        Args:
            variances: (T+1,) $\sigma_t^2$, as schedule.posterior_variance or schedule.betas; entry 1 is not
                used, since no noise is added at t = 1.
        """
        exact = GaussianOracle(self.mean, self.std, self.schedule.to("cpu", torch.float64))
        mean, variance = 0.0, 1.0
        for t in range(exact.schedule.num_timesteps, 0, -1):
            points, times = torch.tensor([0.0, 1.0], dtype=torch.float64), torch.tensor([t, t])
            offset, end = mean_from_noise(points, times, exact(points, times), exact.schedule).tolist()
            added = float(variances[t]) if t > 1 else 0.0
            mean, variance = offset + (end - offset) * mean, (end - offset) ** 2 * variance + added
        return mean, variance**0.5


@dataclass(frozen=True)
class MixtureOracle:
    r"""The optimal noise predictor when $x_0$ is a mixture of K round Gaussians in d dimensions.

    At time t the data are again a mixture; $\epsilon^*$ averages the components' predictors by how probable
    each component is for the $x_t$ seen.

    Args:
        means: (K, d) centres.
        std: of every component, in every direction, >= 0.
        weights: (K,) shares that sum to 1.
        schedule: tells the noise at every t.

    >>> from ddpm_edu import linear_schedule
    >>> oracle = MixtureOracle(torch.eye(2), 0.1, torch.tensor([0.5, 0.5]), NoiseSchedule(linear_schedule(10)))
    >>> oracle(torch.zeros(3, 2), torch.tensor([1, 5, 10])).shape
    torch.Size([3, 2])
    """

    means: Float[Tensor, " k d"]
    std: float
    weights: Float[Tensor, " k"]
    schedule: NoiseSchedule

    def __call__(self, x_t: Float[Tensor, " b d"], t: Int[Tensor, " b"]) -> Float[Tensor, " b d"]:
        means, weights = self.means.to(x_t), self.weights.to(x_t)
        signal, noise = at(self.schedule.alphas_bar, t, x_t), at(self.schedule.one_minus_alphas_bar, t, x_t)
        variance = signal * self.std**2 + noise  # (B, 1), of every component at time t
        offsets = x_t[:, None] - signal.sqrt()[..., None] * means  # (B, K, d)
        logits = weights.log() - offsets.square().sum(-1) / (2 * variance)
        return noise.sqrt() * (logits.softmax(1)[..., None] * offsets).sum(1) / variance
