"""Controlled randomness holds for every way to draw."""

import pytest
import torch

from ddpm_edu.checks.noise import ControlledNoise


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
    assert [d.law for d in noise.draws] == ["normal"]


@pytest.mark.parametrize("draw", UNIFORM.values(), ids=UNIFORM)
def test_a_uniform_draw_is_seen(draw):
    with ControlledNoise("stream") as noise:
        draw()
    assert [d.law for d in noise.draws] == ["uniform"]


def test_mean_deviation_and_range_are_honoured():
    with ControlledNoise("ones"):
        assert torch.normal(2.0, 3.0, (1,)).item() == 5
        assert torch.normal(torch.tensor([2.0]), 3.0).item() == 5
        assert torch.empty(1).normal_(2, 3).item() == 5
        assert torch.empty(1).normal_(mean=2, std=3).item() == 5
        assert torch.empty(1).uniform_(2, 4).item() == 4


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
    with pytest.raises(ValueError, match="wanted zeros, ones or stream, saw 'twos'"):
        ControlledNoise("twos")
