"""Controlled randomness: the check answers every draw itself, counts it and notes its distribution.

Three policies say which numbers an answer gets, whatever the order, the seed or the function it
draws with:

* "zeros" makes a sampler return its mean;
* "ones" makes it return its mean plus its standard deviation. Under both policies uniform and whole
  numbers take an end of their range: the lowest, the highest;
* "stream" gives random numbers that are all different, so that a draw used twice shows.

How: a TorchFunctionMode sees every call of torch while it is active. A draw first runs as written,
for its shape, dtype and device, and for the error of a wrong call; then its numbers are replaced.
"""

import hashlib
from dataclasses import dataclass

import torch
from torch.overrides import TorchFunctionMode

from ddpm_edu.checks.worker.observation import Draw


POLICIES = ("zeros", "ones", "stream")
T = torch.Tensor
BY_DISTRIBUTION = {
    "normal": (torch.randn, torch.randn_like, torch.normal, T.normal_),
    "uniform": (
        *(torch.rand, torch.rand_like, T.uniform_),
        *(torch.bernoulli, T.bernoulli, T.bernoulli_),
    ),
    "whole": (torch.randint, torch.randint_like, T.random_, torch.multinomial, T.multinomial),
}
DISTRIBUTIONS = {draw: name for name, draws in BY_DISTRIBUTION.items() for draw in draws}
# These would call the method unseen; their arguments: (tensor, a, b, generator).
INIT = {
    torch.nn.init.normal_: (T.normal_, "mean", "std"),
    torch.nn.init.uniform_: (T.uniform_, "a", "b"),
}


class ControlledNoise(TorchFunctionMode):
    """Answer draws from a policy while active; `draws` tells what was asked."""

    def __init__(self, policy: str, seed: int = 0):
        super().__init__()
        if policy not in POLICIES:
            raise ValueError(f"noise: expected zeros, ones or stream, got {policy!r}")
        self.policy, self.draws, self.states = policy, [], set()
        self.source = torch.Generator().manual_seed(seed)

    def __enter__(self):
        self.torchs_seed = torch.initial_seed()
        return super().__enter__()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function not in DISTRIBUTIONS and function not in INIT:
            return function(*args, **kwargs)  # nearly always: even `x.shape` comes by here
        # Weights may be filled although they require gradients.
        gradients = torch.is_grad_enabled() and function not in INIT
        if function in INIT:
            function, *names = INIT[function]
            given_by_name = ("tensor", *names)[len(args) :]
            args = (*args, *(kwargs[name] for name in given_by_name if name in kwargs))
            kwargs = {"generator": kwargs.get("generator")}
        state = self.state_of(kwargs.get("generator"))  # before it draws
        with torch.set_grad_enabled(gradients):
            drawn = function(*args, **kwargs)
        self.replace(drawn, RandomCall(function, args, kwargs, drawn), state)
        return drawn

    def state_of(self, generator):
        """Return a generator's state in short; that of torch's own only if it was seeded anew."""
        if generator is None:
            if torch.initial_seed() == self.torchs_seed:
                return ""
            generator = torch.default_generator
        return hashlib.sha1(bytes(generator.get_state().tolist())).hexdigest()

    def replace(self, drawn, call, state):
        """Put controlled numbers in the place of those drawn, and record the draw."""
        distribution = DISTRIBUTIONS[call.function]
        numbers = self.numbers(drawn, distribution)
        answer = ANSWERS.get(call.function, lambda numbers, call: numbers)(numbers, call)
        with torch.no_grad():
            drawn.detach().copy_(answer)
        again = state != "" and state in self.states
        self.states.add(state)
        values = (numbers if distribution == "normal" else drawn).detach()
        values = values.to("cpu", torch.float64, copy=True).flatten()
        given = call.kwargs.get("generator") is not None
        self.draws.append(Draw(distribution, values, given, again, state))

    def numbers(self, like, distribution):
        """Return standard numbers of the shape drawn: Gaussian, or in [0, 1)."""
        is_normal = distribution == "normal"
        dtype = like.dtype if like.is_floating_point() else torch.float64
        # MPS has no float64; these numbers become whole ones on their way there.
        device = "cpu" if like.device.type == "mps" and dtype == torch.float64 else like.device
        if self.policy == "stream":
            draw = torch.randn if is_normal else torch.rand
            numbers = draw(like.shape, generator=self.source, dtype=torch.float64).to(dtype)
            # Rounding to `dtype` may reach 1, which rand never does.
            below_one = 1 - torch.finfo(dtype).eps
            return (numbers if is_normal else numbers.clamp(max=below_one)).to(device)
        largest = 1.0 if is_normal else 1 - torch.finfo(dtype).eps / 2  # that rand can give
        value = 0.0 if self.policy == "zeros" else largest
        return torch.full(like.shape, value, dtype=dtype, device=device)


@dataclass(frozen=True)
class RandomCall:
    """A call of a random function, whose options are found by name or place."""

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
    bounds = call.args if call.function is torch.randint else call.args[1:]
    bounds = [value for value in bounds if isinstance(value, int)][:2]
    low = bounds[0] if len(bounds) == 2 else 0
    high = bounds[-1] if bounds else None
    low = call.kwargs.get("low", call.kwargs.get("from", low))
    high = call.kwargs.get("high", call.kwargs.get("to", high))
    if high is None:  # random_() takes all that the dtype holds
        return call.drawn
    return (numbers * (high - low) + low).floor().clamp(max=high - 1)


def toss(numbers, call):
    chance = call.option(1, "p", 0.5) if call.function is T.bernoulli_ else call.args[0]
    return (numbers < chance).to(call.drawn.dtype)


def category(numbers, call):
    """Invert each row's distribution function; without replacement the order is left to torch."""
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
