"""Controlled randomness: every draw is answered from the check's own source, counted, and its law is known.

"zeros" makes a sampler give its mean, "ones" its mean plus its deviation, whatever the order, the seed or the
function used to draw; "stream" gives random numbers that are all different, so that sharing a draw shows.
"""

from dataclasses import dataclass

import torch
from torch.overrides import TorchFunctionMode


@dataclass(frozen=True)
class Draw:
    """One call of a random function: the law it asked for and the standardised numbers it was given."""

    law: str  # "normal" or "uniform"
    values: torch.Tensor


LAWS = {
    **dict.fromkeys((torch.randn, torch.randn_like, torch.normal, torch.Tensor.normal_), "normal"),
    **dict.fromkeys((torch.rand, torch.rand_like, torch.Tensor.uniform_), "uniform"),
}


class ControlledNoise(TorchFunctionMode):
    """Answer draws from a policy while active; `draws` tells what was asked."""

    def __init__(self, policy: str, seed: int = 0):
        super().__init__()
        if policy not in ("zeros", "ones", "stream"):
            raise ValueError(f"noise: wanted zeros, ones or stream, saw {policy!r}")
        self.policy, self.draws = policy, []
        self.source = torch.Generator().manual_seed(seed)

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function not in LAWS:
            return function(*args, **kwargs)
        state = torch.get_rng_state()
        drawn = function(*args, **kwargs)  # for its shape, dtype and device, and for the error of a wrong call
        torch.set_rng_state(state)
        standard = self.numbers(drawn, LAWS[function])
        self.draws.append(Draw(LAWS[function], standard.detach().cpu().double()))
        drawn.detach().copy_(scaled(function, standard, args, kwargs))
        return drawn

    def numbers(self, like, law):
        if self.policy != "stream":
            return torch.full_like(like, float(self.policy == "ones"), requires_grad=False)
        draw = torch.randn if law == "normal" else torch.rand
        return draw(like.shape, generator=self.source, dtype=torch.float64).to(like)


def scaled(function, standard, args, kwargs):
    """Apply the mean and deviation, or the range, that the call asked for."""

    def option(position, name, default):
        return kwargs.get(name, args[position] if len(args) > position else default)

    if function is torch.normal:
        return standard * option(1, "std", 1.0) + option(0, "mean", 0.0)
    if function is torch.Tensor.normal_:
        return standard * option(2, "std", 1.0) + option(1, "mean", 0.0)
    if function is torch.Tensor.uniform_:
        low, high = option(1, "from", 0.0), option(2, "to", 1.0)
        return standard * (high - low) + low
    return standard
