"""prove() accepts what is equal and shows both sides of what is not."""

import pytest
import sympy
import torch

from ddpm_edu.proofs import NotProven, prove


x = sympy.symbols("x")


def test_equal_formulas_are_proven(capsys):
    prove("1.2", (x + 1) ** 2, x**2 + 2 * x + 1)
    assert capsys.readouterr().out == "Eq. 1.2 proven: the difference of both sides simplifies to 0\n"


def test_other_formulas_are_not():
    with pytest.raises(NotProven, match=r"Eq. 1.2: .* their difference is 1"):
        prove("1.2", x + 1, x)


def test_values_are_compared_relative_to_the_largest(capsys):
    prove("1.3", torch.tensor([100.0, 1e-9]), [100.0, 0.0], within=1e-9)
    assert "proven" in capsys.readouterr().out
    with pytest.raises(NotProven, match="wanted 1e-12"):
        prove("1.3", torch.tensor([100.0, 1e-9]), [100.0, 0.0], within=1e-12)


@pytest.mark.parametrize("wrong", [torch.ones(1), torch.ones(3, 1), torch.full((3,), torch.nan)])
def test_neither_broadcasting_nor_nan_proves_anything(wrong):
    with pytest.raises(NotProven):
        prove("1.3", wrong, torch.ones(3), within=1e-3)
