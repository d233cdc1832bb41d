"""prove() accepts what is equal and shows both sides of what is not."""

import pytest
import sympy
import torch

from ddpm_edu.proofs import NotProven, prove


x = sympy.symbols("x")


def test_equal_formulas_are_proven_and_the_paper_is_named(capsys):
    prove("1.2", (x + 1) ** 2, x**2 + 2 * x + 1, paper="Eq. 4")
    line = "Eq. 1.2 proven: the difference of both sides simplifies to 0 (the paper's Eq. 4)\n"
    assert capsys.readouterr().out == line


def test_other_formulas_are_not_and_both_sides_are_shown():
    with pytest.raises(
        NotProven,
        match=r"Eq. 1.2 does not hold\n  left:  x \+ 1\n  right: x\n  their difference: 1",
    ):
        prove("1.2", x + 1, x)


def test_every_pair_of_formulas_counts():
    prove("1.2", (x, x * x), (x, x**2))
    with pytest.raises(NotProven, match=r"right: x\*\*3"):
        prove("1.2", (x, x * x), (x, x**3))
    with pytest.raises(ValueError, match="shorter"):
        prove("1.2", (x, x * x), (x,))


def test_values_are_compared_relative_to_the_largest(capsys):
    prove("1.3", torch.tensor([100.0, 1e-9]), [100.0, 0.0], within=1e-9)
    assert (
        capsys.readouterr().out
        == "Eq. 1.3 checked: 2 values of both sides agree to 1e-09 of the largest\n"
    )
    with pytest.raises(NotProven, match="expected 1e-12"):
        prove("1.3", torch.tensor([100.0, 1e-9]), [100.0, 0.0], within=1e-12)


@pytest.mark.parametrize("wrong", [torch.ones(1), torch.ones(3, 1), torch.full((3,), torch.nan)])
def test_neither_broadcasting_nor_nan_proves_anything(wrong):
    with pytest.raises(NotProven):
        prove("1.3", wrong, torch.ones(3), within=1e-3)
    with pytest.raises(NotProven):
        prove("1.3", wrong.expand(9, *wrong.shape), torch.ones(3), false_alarm=1e-6)


def test_draws_are_compared_with_their_mean(generator, capsys):
    draws = torch.randn(10_000, 2, generator=generator) + torch.tensor([0.0, 3.0])
    prove("1.4", draws, [0.0, 3.0], false_alarm=1e-6)
    assert capsys.readouterr().out == (
        "Eq. 1.4 checked: 2 means of 10,000 draws within 5.0 standard errors "
        "(false-alarm rate 1e-06)\n"
    )
    with pytest.raises(NotProven, match="standard errors of 10,000 draws"):
        prove("1.4", draws, [0.0, 3.1], false_alarm=1e-6)  # off by 10 standard errors


def test_a_true_law_fails_as_often_as_is_said(generator):
    # false-alarm rate 1e-6: of 4,000 tries at a rate of 0.05, 200 fail, with a standard deviation
    # of 13.8; z < 4.9
    failures = 0
    for draws in torch.randn(4000, 200, 3, generator=generator):
        try:
            prove("1.5", draws, torch.zeros(3), false_alarm=0.05)
        except NotProven:
            failures += 1
    assert 132 <= failures <= 268
