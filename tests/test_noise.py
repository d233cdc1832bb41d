"""Controlled randomness holds for every way to draw."""

import pytest
import torch

from ddpm_edu.checks.worker.noise import ControlledNoise


NORMAL = {
    "randn": lambda: torch.randn(2, 3),
    "randn of a tuple, with generator": lambda: torch.randn((2, 3), generator=torch.Generator()),
    "randn_like": lambda: torch.randn_like(torch.empty(2, 3)),
    "normal": lambda: torch.normal(0.0, 1.0, (2, 3)),
    "normal of tensors": lambda: torch.normal(torch.zeros(2, 3), torch.ones(2, 3)),
    "normal_": lambda: torch.empty(2, 3).normal_(),
    "out=": lambda: torch.randn(2, 3, out=torch.empty(2, 3)),
    "requires_grad": lambda: torch.randn(2, 3, requires_grad=True),
}
UNIFORM = {
    "rand": lambda: torch.rand(2, 3),
    "rand_like": lambda: torch.rand_like(torch.empty(2, 3)),
    "uniform_": lambda: torch.empty(2, 3).uniform_(),
}


@pytest.mark.parametrize("draw", NORMAL.values(), ids=NORMAL)
@pytest.mark.parametrize(("policy", "value"), [("zeros", 0.0), ("ones", 1.0)])
def test_a_normal_draw_is_answered(draw, policy, value):
    with ControlledNoise(policy) as noise:
        drawn = draw()
    assert drawn.shape == (2, 3)
    assert (drawn == value).all()
    assert [d.distribution for d in noise.draws] == ["normal"]


@pytest.mark.parametrize("draw", UNIFORM.values(), ids=UNIFORM)
def test_a_uniform_draw_is_seen(draw):
    with ControlledNoise("stream") as noise:
        draw()
    assert [d.distribution for d in noise.draws] == ["uniform"]


WHOLE = {
    "randint": lambda: torch.randint(1, 6, (3,)),
    "randint by name": lambda: torch.randint(low=1, high=6, size=(3,)),
    "randint with generator": lambda: torch.randint(1, 6, (3,), generator=torch.Generator()),
    "randint_like": lambda: torch.randint_like(torch.empty(3), 1, 6),
    "random_": lambda: torch.empty(3).random_(1, 6),
    "multinomial": lambda: torch.multinomial(torch.ones(5), 3, replacement=True) + 1,
    "rand, floored": lambda: (torch.rand(3) * 5).long() + 1,
    "uniform_, floored": lambda: torch.empty(3).uniform_(0, 5).long() + 1,
    "a distribution": lambda: torch.distributions.Categorical(torch.ones(5)).sample((3,)) + 1,
}


@pytest.mark.parametrize("draw", WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize(("policy", "value"), [("zeros", 1), ("ones", 5)])
def test_whole_numbers_take_the_ends_of_their_range(draw, policy, value):
    with ControlledNoise(policy):
        assert draw().tolist() == [value] * 3


@pytest.mark.parametrize("draw", WHOLE.values(), ids=WHOLE)
def test_whole_numbers_of_a_stream_reach_every_value_and_no_other(draw):
    with ControlledNoise("stream", seed=1):
        seen = {int(number) for _ in range(60) for number in draw()}
    assert seen == {1, 2, 3, 4, 5}


def test_a_distribution_is_answered():
    with ControlledNoise("ones"):
        assert torch.distributions.Normal(2.0, 3.0).sample((2,)).tolist() == [5, 5]
        assert torch.distributions.Normal(torch.zeros(2), 3.0).rsample().tolist() == [3, 3]


def test_weights_can_be_filled_meanwhile():
    with ControlledNoise("ones"):
        assert torch.nn.Linear(2, 3).weight.requires_grad
        assert torch.nn.init.normal_(torch.empty(1), 2, 3).item() == 5
        assert torch.nn.init.uniform_(torch.empty(1), b=5.0).item() == pytest.approx(5)


def test_a_draw_tells_whether_it_had_a_generator():
    with ControlledNoise("stream") as noise:
        torch.randn(2, generator=torch.Generator()), torch.randn(2)
    assert [draw.generator for draw in noise.draws] == [True, False]


@pytest.mark.parametrize("policy", ["zeros", "ones", "stream"])
def test_draws_are_answered_on_every_device(policy, device):
    with ControlledNoise(policy) as noise:
        drawn = torch.randn(4, device=device)
    assert drawn.device.type == device.type
    assert torch.equal(drawn.cpu().double(), noise.draws[0].values)


def test_mean_deviation_and_range_are_honoured():
    with ControlledNoise("ones"):
        assert torch.normal(2.0, 3.0, (1,)).item() == 5
        assert torch.normal(torch.tensor([2.0]), 3.0).item() == 5
        assert torch.empty(1).normal_(2, 3).item() == 5
        assert torch.empty(1).normal_(mean=2, std=3).item() == 5
        assert torch.empty(1).uniform_(2, 4).item() == pytest.approx(4)


def test_a_stream_does_not_repeat_and_depends_on_its_seed_alone():
    def draw(seed):
        with ControlledNoise("stream", seed):
            return torch.cat([torch.randn(50), torch.empty(50).normal_()])

    assert draw(0).unique().numel() == 100
    assert torch.equal(draw(0), draw(0))
    assert not torch.equal(draw(0), draw(1))


def test_it_holds_inside_modules_and_without_gradients():
    class Noisy(torch.nn.Module):
        def forward(self, x):
            return x + torch.randn_like(x)

    with ControlledNoise("ones"), torch.no_grad():
        assert Noisy()(torch.zeros(3)).tolist() == [1, 1, 1]
    with ControlledNoise("ones"), torch.inference_mode():
        assert Noisy()(torch.zeros(3)).tolist() == [1, 1, 1]


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="expected zeros, ones or stream, got 'twos'"):
        ControlledNoise("twos")
