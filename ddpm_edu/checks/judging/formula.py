"""Formulas in the letters of the tables: their value at a time, and how they are written."""

import functools
import math
from dataclasses import dataclass

import torch


TOLERANCE = 1e-7  # relative; measured factors are good to 1e-10
CONSTANTS = {
    1.0: "", 2.0: "2", 0.5: "1/2", 3.0: "3", 4.0: "4", 0.25: "1/4", math.sqrt(2): "sqrt(2)",
    math.sqrt(0.5): "sqrt(1/2)",
}  # fmt: skip


@dataclass(frozen=True)
class Letters:
    """The numbers that formulas are made of, at each of some points.

    Args:
        values: name -> numbers; no one is a product of others.
        extras: further ones, of which a product has at most one.
        derived: (name, above, below) of a letter that is the quotient of two.
    """

    values: dict[str, torch.Tensor]
    extras: dict[str, torch.Tensor]
    derived: tuple[str, str, str] | None = None

    def at(self, name):
        """Return a letter's numbers."""
        return self.values[name] if name in self.values else self.extras[name]


@dataclass(frozen=True)
class Formula:
    """A sum of products: (constant, {letter: power}) for each; without any it is 0."""

    products: tuple[tuple[float, dict[str, float]], ...]
    derived: tuple[str, str, str] | None = None

    def at(self, letters: Letters) -> torch.Tensor:
        """Return its value at each point."""
        total = torch.zeros_like(next(iter(letters.values.values())))
        for constant, powers in self.products:
            factors = [letters.at(name) ** power for name, power in powers.items()]
            total = total + constant * functools.reduce(torch.mul, factors, torch.ones_like(total))
        return total

    def words(self) -> str:
        """Write it as a learner would."""
        text = ""
        if len(self.products) == 1 and alone(*self.products[0]):
            return next(iter(self.products[0][1]))
        for constant, powers in self.products:
            product = written(abs(constant), simplest(powers, self.derived))
            sign = "-" if constant < 0 else ("+" if text else "")
            text += f" {sign} {product}" if text else sign + product
        return text or "0"


def tidy(constant):
    near = [c for c in CONSTANTS if abs(abs(constant) / c - 1) < TOLERANCE]
    return math.copysign(near[0], constant) if near else constant


def is_simple(constant):
    return abs(constant) in CONSTANTS


def size(powers):
    return sum(map(abs, powers.values()))


def alone(constant, powers):
    return constant == 1.0 and list(powers.values()) == [1.0]


def simplest(powers, derived):
    """Write the quotient of two letters as the letter that it is, where that is shorter."""
    if derived is None:
        return powers
    name, above, below = derived

    def rewritten(power):
        moved = {above: powers.get(above, 0) - power, below: powers.get(below, 0) + power}
        return {**powers, **moved, name: power}

    choices = [rewritten(number / 2) for number in (0, 1, -1, 2, -2, 3, -3, 4, -4)]
    best = min(choices, key=size)
    return {letter: power for letter, power in best.items() if power}


def written(constant, powers):
    above = [power_of(name, power) for name, power in powers.items() if power > 0]
    below = [power_of(name, -power) for name, power in powers.items() if power < 0]
    if below_the_line := {0.5: "2", 0.25: "4"}.get(constant):
        below = [below_the_line, *below]
    elif constant != 1.0:
        above = [CONSTANTS.get(constant, f"{constant:.6g}"), *above]
    top, bottom = " ".join(above) or "1", " ".join(below)
    return f"{top} / ({bottom})" if len(below) > 1 else (f"{top} / {bottom}" if below else top)


def power_of(name, power):
    if power == 0.5:
        return f"sqrt({name})"
    whole = f"({name})" if " " in name else name
    shown = f"{power:g}" if power == int(power) else f"({int(2 * power)}/2)"
    return whole if power == 1 else f"{whole}^{shown}"
