"""Which product of powers of a schedule's letters is this factor? It is searched for, not guessed.

At each of several points (times of several schedules) a factor and all letters are known numbers.
The logarithm of a product is linear in its powers, so that all of them are tried at once.
"""

import functools
import itertools
from dataclasses import dataclass

import torch

from ddpm_edu.checks.judging.formula import (
    TOLERANCE,
    Formula,
    Letters,
    is_simple,
    size,
    tidy,
)


FEWEST = 4  # points: with fewer, a wrong product may fit by chance
MOST = 5.0  # sum of all powers of a product, each of them at most 2
MOST_OF_MANY = 3.0  # where there are six letters
MOST_IN_SUM = 2.0


def find(choices: dict, values: torch.Tensor):
    """Return (formula, choice) of the simplest formula that has these values, or None.

    A product in any choice of letters comes before one with an extra, and that before a sum.

    Args:
        choices: name -> Letters: the letters at t, those at t - 1 and so on.
        values: (P,) one for each point.
    """
    if len(values) and (values == 0).all():
        return Formula(()), next(iter(choices))
    search = functools.cache(lambda name: search_in(choices[name], values))
    for method in (Search.plain, Search.with_extra, Search.sums):
        for name in choices:
            if (found := search(name)) and (candidates := method(found)):
                return Formula(min(candidates, key=cost), choices[name].derived), name
    return None


def search_in(letters, values):
    """Prepare the search at the points where all logarithms exist; None where they are too few."""
    table = torch.stack(list(letters.values.values()), dim=1)
    usable = values.isfinite() & (values != 0) & table.isfinite().all(1) & (table != 0).all(1)
    if usable.sum() < FEWEST:
        return None
    known = Letters(
        {name: value[usable] for name, value in letters.values.items()},
        {name: value[usable] for name, value in letters.extras.items()},
    )
    powers = exponents(table.shape[1], MOST if table.shape[1] < 6 else MOST_OF_MANY)
    return Search(known, values[usable], powers, powers @ table[usable].abs().log().T)


@dataclass(frozen=True)
class Search:
    """All products of letters at the usable points, by their logarithms."""

    letters: Letters
    values: torch.Tensor
    powers: torch.Tensor
    logarithms: torch.Tensor

    @functools.cached_property
    def sorted(self):
        """Ratios to the first point, the point that tells most apart, and an order by it."""
        ratios = self.logarithms - self.logarithms[:, :1]
        column = int((ratios.amax(0) - ratios.amin(0)).argmax())
        return ratios, column, *ratios[:, column].sort()

    def products(self, targets):
        """Return (number of target, constant, {letter: power}) for each product that fits."""
        ratios, column, keys, order = self.sorted
        wanted = targets.abs().log()
        wanted = wanted - wanted[:, :1]
        low, high = (
            torch.searchsorted(keys, wanted[:, column].contiguous() + sign * TOLERANCE)
            for sign in (-1, 1)
        )
        found, names = [], list(self.letters.values)
        for target in ((high > low) & targets.isfinite().all(1)).nonzero().flatten().tolist():
            rows = order[low[target] : high[target]]
            fits = ((ratios[rows] - wanted[target]).abs() < TOLERANCE).all(1)
            for row in rows[fits].tolist():
                pairs = zip(names, self.powers[row].tolist(), strict=True)
                powers = {name: power for name, power in pairs if power}
                ratio = targets[target] / Formula(((1.0, powers),)).at(self.letters)
                if (ratio / ratio[0] - 1).abs().max() < TOLERANCE:  # signs too
                    found.append((target, tidy(ratio[0].item()), powers))
        return found

    def plain(self):
        return [((constant, powers),) for _, constant, powers in self.products(self.values[None])]

    def with_extra(self):
        choices = list(itertools.product(self.letters.extras, (1, 0.5, -0.5, -1, 2, -2)))
        if not choices:
            return []
        targets = torch.stack([self.values / self.letters.extras[name] ** p for name, p in choices])
        return [
            ((constant, {choices[number][0]: choices[number][1], **powers}),)
            for number, constant, powers in self.products(targets)
            if is_simple(constant) and size(powers) <= MOST_IN_SUM + 1
        ]

    def sums(self):
        short = self.powers.abs().sum(1) <= MOST_IN_SUM
        first = self.logarithms[short].exp()
        choices = [(row, sign) for row in range(len(first)) for sign in (1.0, -1.0)]
        values = self.values
        targets = torch.cat([values - first, values + first], dim=1).reshape(-1, len(values))
        # what is left after two numbers that nearly cancel is rounding
        targets[(targets.abs() < 1e-6 * values.abs()).any(1)] = torch.nan
        names, powers = list(self.letters.values), self.powers[short].tolist()
        sums = []
        for number, constant, second in self.products(targets):
            row, sign = choices[number]
            one = {name: power for name, power in zip(names, powers[row], strict=True) if power}
            if is_simple(constant) and size(second) <= MOST_IN_SUM + 1:
                pair = (sign, one), (constant, second)
                sums.append(pair if sign > 0 or constant < 0 else pair[::-1])  # 1 - x, not -x + 1
        return sums


def cost(products):
    """Order formulas: small powers, few brackets and simple constants come first."""
    constants = [abs(constant) for constant, _ in products]
    return (
        5.0 * sum(not is_simple(constant) for constant in constants)
        + 0.75 * sum(constant != 1.0 for constant in constants)
        + sum(size(powers) for _, powers in products)
        + 0.5 * sum(" " in name for _, powers in products for name in powers),
        products[0][0] < 0,
    )


@functools.cache
def exponents(count: int, most: float) -> torch.Tensor:
    """Return all powers of letters, in halves, whose sizes sum to at most `most`; small first."""

    def vectors(count, left):
        if not count:
            yield ()
            return
        for power in range(-min(4, left), min(4, left) + 1):
            for rest in vectors(count - 1, left - abs(power)):
                yield (power, *rest)

    table = torch.tensor(list(vectors(count, int(2 * most))), dtype=torch.float64) / 2
    return table[table.abs().sum(1).argsort(stable=True)]
