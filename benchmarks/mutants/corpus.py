"""The corpus: single and double edits of every solution, always the same for a seed."""

import ast
import functools
import hashlib
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.mutants.edits import Edit, edited, edits
from benchmarks.mutants.kinds import kinds_of, parsed
from ddpm_edu.checks.catalogue import CATALOGUE


@dataclass(frozen=True)
class Mutant:
    """A solution with one or two edits.

    Args:
        exercise: its id.
        family: what kind of edits these are.
        what: was edited, in words.
        code: of the function alone.
    """

    exercise: str
    family: str
    what: str
    code: str

    @property
    def digest(self) -> str:
        return hashlib.sha1(self.code.encode()).hexdigest()[:12]

    @property
    def program(self) -> str:
        return f"{above(self.exercise)}\n{self.code}"


@functools.cache
def above(name):
    """Return what a solution needs, its imports."""
    return parsed(name)[0]


def singles(name, seed: int = 0) -> Iterator[Mutant]:
    """Return every single edit of a solution, each once, in an order drawn by a seed."""
    _, function = parsed(name)
    order = list(edits_of(name))
    random.Random(f"{seed} {name} singles").shuffle(order)
    return unique(name, function, ([edit] for edit in order), set())


@functools.cache
def edits_of(name) -> tuple[Edit, ...]:
    lines_above, function = parsed(name)
    return tuple(edits(function, kinds_of(lines_above, function, CATALOGUE[name])))


def unique(name, function, pairs, seen):
    """Make mutants of lists of edits; those whose code was there before are left out."""
    seen = seen | {ast.unparse(function)}
    for some in pairs:
        code = edited(function, *some)
        if code not in seen:
            seen.add(code)
            family = " and ".join(edit.family for edit in some)
            yield Mutant(name, family, "; ".join(edit.what for edit in some), code)


def doubles(name, count: int, seed: int) -> list[Mutant]:
    """Return a number of drawn pairs of edits of different places."""
    _, function = parsed(name)
    source, found = random.Random(f"{seed} {name}"), []
    all_edits = edits_of(name)
    pairs = iter(lambda: source.sample(all_edits, 2), None)
    apart = (pair for pair in pairs if place(pair[0]) != place(pair[1]))
    for mutant in unique(name, function, apart, set()):
        found.append(mutant)
        if len(found) == count:
            break
    return found


def place(edit):
    return edit.number, edit.field


def corpus(names=tuple(CATALOGUE), seed: int = 0, sample: int | None = None) -> list[Mutant]:
    """Return the mutants of exercises in an order that any beginning represents.

    Args:
        names: of exercises.
        seed: of the drawing.
        sample: how many; None: all single edits, and as many double ones for each exercise.
    """
    found, share = [], None if sample is None else -(-sample // len(names))
    for name in names:
        if share is None:
            single = list(singles(name, seed))
            count = len(single)
        else:
            count = -(-share // 4)
            single = list(itertools.islice(singles(name, seed), share - count))
        known = {mutant.code for mutant in single}
        found += single + [m for m in doubles(name, count, seed) if m.code not in known]
    random.Random(seed).shuffle(found)
    return found[:sample]
