r"""Velocity models of the course's networks, and the sampler that runs them.

A network embeds whole times 1..T. A velocity model is called with real times s in [0, 1]; which
whole time the network is told, each class here says.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.flow import euler_step, flow_loss, flow_time, velocity_from_noise
from ddpm_edu.inputs import checked
from ddpm_edu.objective import predict_noise
from ddpm_edu.pretrained import load_model, shipped
from ddpm_edu.schedule import NoiseSchedule, at


@dataclass(frozen=True)
class FlowModel:
    r"""A network that was trained on velocities; it is told the whole time nearest to $T s$.

    Not s itself: the fastest column of the embedding turns by 1 radian for each unit of time, so
    that two times in [0, 1] would hardly differ.

    Args:
        network: network(x_s, t, labels) -> velocity, with t (B,) long; its schedule says T.

    >>> network = load_flow("mnist5k").network
    >>> FlowModel(network)(torch.zeros(2, 1, 28, 28), torch.tensor([0.5, 1.0])).shape
    torch.Size([2, 1, 28, 28])
    """

    network: Any

    def __call__(
        self,
        x_s: Float[Tensor, " b *dims"],
        s: Float[Tensor, " b"],
        labels: Int[Tensor, " b"] | None = None,
    ) -> Float[Tensor, " b *dims"]:
        t = (s * self.network.schedule.num_timesteps).round().long()
        return self.network(x_s, t, labels)


@dataclass(frozen=True)
class FlowFromNoise:
    r"""A noise predictor as a velocity model, without any training.

    $x_s (\sqrt{\bar\alpha_t} + \sqrt{1-\bar\alpha_t})$ is data at the time t whose $s_t$ is s. At
    the T times `flow_time(t)` the velocity is exact; in between the nearest of them is taken.

    Args:
        model: model(x_t, t) -> predicted noise.
        schedule: of T steps, for which the model was trained.

    >>> from ddpm_edu import linear_schedule
    >>> model = FlowFromNoise(lambda x_t, t: x_t, NoiseSchedule(linear_schedule(1000)))
    >>> model(torch.zeros(2, 3), torch.tensor([0.1, 1.0])).shape
    torch.Size([2, 3])
    """

    model: Any
    schedule: NoiseSchedule

    def __call__(
        self, x_s: Float[Tensor, " b *dims"], s: Float[Tensor, " b"]
    ) -> Float[Tensor, " b *dims"]:
        t = nearest_time(s, self.schedule)
        signal = at(self.schedule.alphas_bar, t, x_s).sqrt()
        x_t = x_s * (signal + at(self.schedule.one_minus_alphas_bar, t, x_s).sqrt())
        eps = predict_noise(self.model, x_t, t)
        return velocity_from_noise(x_t, t, eps, self.schedule)


def nearest_time(s: Float[Tensor, " b"], schedule: NoiseSchedule) -> Int[Tensor, " b"]:
    """Find the whole time 1..T whose `flow_time` is nearest to s.

    >>> from ddpm_edu import linear_schedule
    >>> nearest_time(torch.tensor([0.0, 0.5, 1.0]), NoiseSchedule(linear_schedule(1000))).tolist()
    [1, 259, 1000]
    """
    known = flow_time(torch.arange(1, schedule.num_timesteps + 1, device=s.device), schedule)
    return torch.searchsorted((known[1:] + known[:-1]) / 2, s.to(known.dtype).contiguous()) + 1


def load_flow(name: str, device: str = "cpu") -> FlowModel:
    """Load the velocity model shipped for a data set.

    Args:
        name: mnist5k.
        device: where it goes.
    Returns:
        The FlowModel: load_flow(name)(x_s, s) or, with labels (B,), load_flow(name)(x_s, s,
        labels); its network.card says how it was made.
    Raises:
        ValueError: an unknown name, or a damaged file.

    >>> load_flow("mnist5k").network.schedule.num_timesteps
    1000
    """
    return FlowModel(load_model(shipped(name, "flow"), device))


@checked
def flow_process(
    model, x_1: Float[Tensor, " b *dims"], num_steps: int, step=euler_step
) -> Iterator[Tensor]:
    r"""Go from noise to data in even steps of s, yielding every state.

    Args:
        model: model(x_s, s) -> predicted velocity, with s (B,).
        x_1: (B, ...) noise, where to begin.
        num_steps: how many steps to take, at least 1.
        step: euler_step or heun_step. The last step is Euler's in any case: at s = 0 the velocity
            is -x, whatever the noise was, and a mean with it would leave noise in the image.
    Yields:
        num_steps + 1 tensors (B, ...), without gradients.
    """
    yield x_1
    x_s, times = x_1, torch.linspace(1, 0, num_steps + 1).to(x_1)
    for s, s_prev in itertools.pairwise(times):
        take = step if s_prev > 0 else euler_step
        with torch.no_grad():  # not around the yield: it would hold while the caller computes
            x_s = take(model, x_s, s.expand(len(x_s)), s_prev.expand(len(x_s)))
        yield x_s


def flow_loss_at(model, x_0, t, schedule, noise):
    """Compute `flow_loss` at s = t / T, for a network of whole times: what `train` minimises."""

    def velocity(x_s, _):
        return model(x_s, t)

    return flow_loss(velocity, x_0, t / schedule.num_timesteps, noise)
