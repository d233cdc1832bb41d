r"""Exact noise predictors: for Gaussian data and mixtures the best possible model is a formula.

They make samplers testable without training: with Gaussian data the whole reverse chain stays
Gaussian, so its final mean and standard deviation can be computed and compared.
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

    $\epsilon^*(x, t) = \sqrt{1-\bar\alpha_t}\,
    \frac{x - \sqrt{\bar\alpha_t}\,m}{\bar\alpha_t s^2 + 1 - \bar\alpha_t}$,
    the mean of $\epsilon$ given $x_t$ (Eq. 4 is a linear Gaussian model)

    Args:
        mean: m.
        std: s >= 0; 0 is a single point.
        schedule: of the noise that is to be predicted.

    >>> from ddpm_edu import linear_schedule
    >>> oracle = GaussianOracle(0.5, 0.3, NoiseSchedule(linear_schedule(10)))
    >>> oracle(torch.zeros(2, 3), torch.tensor([1, 10])).shape
    torch.Size([2, 3])
    """

    mean: float
    std: float
    schedule: NoiseSchedule

    def __call__(
        self, x_t: Float[Tensor, " b *dims"], t: Int[Tensor, " b"]
    ) -> Float[Tensor, " b *dims"]:
        alpha_bar_t = at(self.schedule.alphas_bar, t, x_t)
        one_minus_alpha_bar_t = at(self.schedule.one_minus_alphas_bar, t, x_t)
        variance_t = alpha_bar_t * self.std**2 + one_minus_alpha_bar_t  # of x_t
        return one_minus_alpha_bar_t.sqrt() * (x_t - alpha_bar_t.sqrt() * self.mean) / variance_t

    def chain_moments(self, variances: Float[Tensor, " steps"]) -> tuple[float, float]:
        r"""Compute mean and standard deviation of what Algorithm 2 samples with this oracle.

        Without clipping each step is affine in $x_t$, so mean and variance pass through it exactly:
        no sampling, no tolerance.

        Args:
            variances: (T+1,) $\sigma_t^2$, as schedule.posterior_variance or schedule.betas; entry
                1 is not used, since no noise is added at t = 1.
        """
        exact = GaussianOracle(self.mean, self.std, self.schedule.to("cpu", torch.float64))
        mean, variance = 0.0, 1.0
        for t in range(exact.schedule.num_timesteps, 0, -1):
            # what the step makes of 0 and of 1: from these two, the straight line through both
            points, times = torch.tensor([0.0, 1.0], dtype=torch.float64), torch.tensor([t, t])
            means = mean_from_noise(points, times, exact(points, times), exact.schedule)
            at_0, at_1 = means.tolist()
            added = float(variances[t]) if t > 1 else 0.0
            mean, variance = at_0 + (at_1 - at_0) * mean, (at_1 - at_0) ** 2 * variance + added
        return mean, variance**0.5


@dataclass(frozen=True)
class MixtureOracle:
    r"""The optimal noise predictor when $x_0$ is a mixture of K round Gaussians in d dimensions.

    At time t the data are again a mixture; $\epsilon^*$ averages the predictors of the components,
    each weighted by its probability given $x_t$.

    Args:
        means: (K, d) centres.
        std: of every component, in every direction, >= 0.
        weights: (K,) shares that sum to 1.
        schedule: of the noise that is to be predicted.

    >>> from ddpm_edu import linear_schedule
    >>> schedule = NoiseSchedule(linear_schedule(10))
    >>> oracle = MixtureOracle(torch.eye(2), 0.1, torch.tensor([0.5, 0.5]), schedule)
    >>> oracle(torch.zeros(3, 2), torch.tensor([1, 5, 10])).shape
    torch.Size([3, 2])
    """

    means: Float[Tensor, " k d"]
    std: float
    weights: Float[Tensor, " k"]
    schedule: NoiseSchedule

    def __call__(self, x_t: Float[Tensor, " b d"], t: Int[Tensor, " b"]) -> Float[Tensor, " b d"]:
        means, weights = self.means.to(x_t), self.weights.to(x_t)
        alpha_bar_t = at(self.schedule.alphas_bar, t, x_t)
        one_minus_alpha_bar_t = at(self.schedule.one_minus_alphas_bar, t, x_t)
        variance = alpha_bar_t * self.std**2 + one_minus_alpha_bar_t  # (B, 1), of each component
        offsets = x_t[:, None] - alpha_bar_t.sqrt()[..., None] * means  # (B, K, d)
        logits = weights.log() - offsets.square().sum(-1) / (2 * variance)
        offset = (logits.softmax(1)[..., None] * offsets).sum(1)  # (B, d), the average
        return one_minus_alpha_bar_t.sqrt() * offset / variance
