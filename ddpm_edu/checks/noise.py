"""Controlled randomness: every draw is answered from the check's own source, counted, and its law is known.

"zeros" makes a sampler give its mean, "ones" its mean plus its deviation, whatever the order, the seed or the
function used to draw; uniform and whole numbers then take the ends of their range. "stream" gives random numbers
that are all different, so that sharing a draw shows.
"""

from dataclasses import dataclass

import torch
from torch.overrides import TorchFunctionMode


@dataclass(frozen=True)
class Draw:
    """One call of a random function: its law, the standardised numbers it was given, and its generator.

    Args:
        law: "normal", "uniform" or "whole".
        values: the numbers, flat.
        generator: whether one was given.
        again: whether its state was that of an earlier draw, so that without control the same numbers would come.
    """

    law: str
    values: torch.Tensor
    generator: bool = False
    again: bool = False


POLICIES = ("zeros", "ones", "stream")
T = torch.Tensor
LAWS = {
    **dict.fromkeys((torch.randn, torch.randn_like, torch.normal, T.normal_), "normal"),
    **dict.fromkeys((torch.rand, torch.rand_like, T.uniform_, torch.bernoulli, T.bernoulli, T.bernoulli_), "uniform"),
    **dict.fromkeys((torch.randint, torch.randint_like, T.random_, torch.multinomial, T.multinomial), "whole"),
}
# These would call the method unseen; their arguments: (tensor, a, b, generator).
INIT = {torch.nn.init.normal_: (T.normal_, "mean", "std"), torch.nn.init.uniform_: (T.uniform_, "a", "b")}


class ControlledNoise(TorchFunctionMode):
    """Answer draws from a policy while active; `draws` tells what was asked."""

    def __init__(self, policy: str, seed: int = 0):
        super().__init__()
        if policy not in POLICIES:
            raise ValueError(f"noise: wanted zeros, ones or stream, saw {policy!r}")
        self.policy, self.draws, self.states = policy, [], set()
        self.source = torch.Generator().manual_seed(seed)

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function not in LAWS and function not in INIT:  # nearly always: even `x.shape` comes by here
            return function(*args, **kwargs)
        gradients = torch.is_grad_enabled() and function not in INIT  # weights may be filled, though they ask for them
        if function in INIT:
            function, *names = INIT[function]
            args = (*args, *(kwargs[name] for name in ("tensor", *names)[len(args) :] if name in kwargs))
            kwargs = {"generator": kwargs.get("generator")}
        given = kwargs.get("generator")
        state = given and bytes(given.get_state().tolist())
        with torch.set_grad_enabled(gradients):
            drawn = function(*args, **kwargs)  # for its shape, dtype and device, and for the error of a wrong call
        law = LAWS[function]
        numbers = self.numbers(drawn, law)
        answer = ANSWERS.get(function, lambda numbers, call: numbers)(numbers, Call(function, args, kwargs, drawn))
        with torch.no_grad():
            drawn.detach().copy_(answer)
        again = given is not None and state in self.states
        self.states.add(state)
        seen = numbers if law == "normal" else drawn
        self.draws.append(
            Draw(law, seen.detach().to("cpu", torch.float64, copy=True).flatten(), given is not None, again)
        )
        return drawn

    def numbers(self, like, law):
        """Give standard numbers of the shape drawn: Gaussian, or in [0, 1)."""
        dtype = like.dtype if like.is_floating_point() else torch.float64
        device = "cpu" if like.device.type == "mps" and dtype == torch.float64 else like.device
        if self.policy == "stream":
            draw = torch.randn if law == "normal" else torch.rand
            numbers = draw(like.shape, generator=self.source, dtype=torch.float64).to(dtype)
            return (numbers if law == "normal" else numbers.clamp(max=1 - torch.finfo(dtype).eps)).to(device)
        last = 1.0 if law == "normal" else 1 - torch.finfo(dtype).eps / 2  # the largest number that rand can give
        return torch.full(like.shape, last if self.policy == "ones" else 0.0, dtype=dtype, device=device)


@dataclass(frozen=True)
class Call:
    """A call of a random function: its options by name or place."""

    function: object
    args: tuple
    kwargs: dict
    drawn: torch.Tensor

    def option(self, place, name, default):
        return self.kwargs.get(name, self.args[place] if len(self.args) > place else default)


def gaussian(numbers, call):
    first = 0 if call.function is torch.normal else 1  # a method has its tensor first
    return numbers * call.option(first + 1, "std", 1.0) + call.option(first, "mean", 0.0)


def between(numbers, call):
    low, high = call.option(1, "from", 0.0), call.option(2, "to", 1.0)
    return numbers * (high - low) + low


def whole(numbers, call):
    """Spread [0, 1) over low..high-1; randint and random_ take (high) or (low, high)."""
    skipped = 0 if call.function is torch.randint else 1
    places = [value for value in call.args[skipped:] if isinstance(value, int)][:2]
    low, high = (places if len(places) == 2 else (0, *places, None)[:2]) if places else (0, None)
    low = call.kwargs.get("low", call.kwargs.get("from", low))
    high = call.kwargs.get("high", call.kwargs.get("to", high))
    if high is None:  # random_() takes all that the dtype holds
        return call.drawn
    return (numbers * (high - low) + low).floor().clamp(max=high - 1)


def toss(numbers, call):
    chance = call.option(1, "p", 0.5) if call.function is T.bernoulli_ else call.args[0]
    return (numbers < chance).to(call.drawn.dtype)


def category(numbers, call):
    """Invert the distribution function of each row; without replacement the order is left to torch."""
    weights = call.option(0, "input", None)
    if not call.option(2, "replacement", False):
        return call.drawn
    edges = (weights / weights.sum(-1, keepdim=True)).cumsum(-1).to(numbers.dtype)
    return torch.searchsorted(edges, numbers, right=True).clamp(max=weights.shape[-1] - 1)


ANSWERS = {
    torch.normal: gaussian,
    T.normal_: gaussian,
    T.uniform_: between,
    torch.randint: whole,
    torch.randint_like: whole,
    T.random_: whole,
    torch.bernoulli: toss,
    T.bernoulli: toss,
    T.bernoulli_: toss,
    torch.multinomial: category,
    T.multinomial: category,
}
