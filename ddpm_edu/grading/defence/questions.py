"""Three kinds of questions about a function: what comes out, what was changed, at which t it shows.

Each is made from one of the exercise's misconceptions, and all options from functions that ran.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.grading.defence import outcomes as results
from ddpm_edu.grading.defence.draws import T
from ddpm_edu.grading.defence.inputs import INPUTS
from ddpm_edu.grading.defence.outcomes import differ, outcomes, written
from ddpm_edu.grading.defence.over_time import one_row, over_time
from ddpm_edu.grading.defence.readings import EVERY_DRAW, PLAIN, READINGS


OPTIONS = 4
LETTERS = "ABCD"
RULES = "Exactly one of the four answers is right. Numbers are rounded to three digits."
CLEARLY = 1.25  # times the second largest difference
ALGORITHM_2 = 6  # the lesson whose functions draw noise themselves


@dataclass(frozen=True)
class Question:
    """A question with four options, one of them right.

    Args:
        exercise: id of the one it is about.
        kind: a key of KINDS.
        misconception: id of the one it is made from.
        text: what is asked.
        given: the input, a line for each argument.
        table: rows of the schedule (t, beta_t, alpha_t, alpha_bar_t), or none.
        options: all different.
        right: index of the right one.
        reason: what the other options stand for, for the key.
        code: the student's answer.
    """

    exercise: str
    kind: str
    misconception: str
    text: str
    given: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    options: tuple[str, ...]
    right: int
    reason: str
    code: str = ""

    @property
    def letter(self) -> str:
        return LETTERS[self.right]


def ask(exercise: Exercise, kind: str, source: random.Random, avoid, used) -> Question | None:
    """Make a question; None where none of this kind can be made.

    Args:
        exercise: that it is about.
        kind: a key of KINDS.
        source: of inputs and of the order of options.
        avoid: ids of misconceptions that it must not be made from.
        used: id of a misconception -> how often it was asked about; rare ones come first.
    """
    if exercise.id not in INPUTS:
        return None
    arguments = INPUTS[exercise.id](source)
    found = outcomes(exercise, arguments)
    names = [m.id for m in exercise.misconceptions if m.id in found and m.id not in avoid]
    source.shuffle(names)
    for name in sorted(names, key=used):
        if differ(found[name], found[None]):
            question = KINDS[kind](exercise, arguments, found, name, source)
            if question:
                return question
    return None


def unlike(found, taken, source, how_many):
    """Return names of outcomes that differ from those taken and from each other."""
    chosen = list(taken)
    others = [name for name in found if name not in taken]
    source.shuffle(others)
    for name in others:
        if all(differ(found[name], found[other]) for other in chosen):
            chosen.append(name)
    return chosen[len(taken) :][:how_many]


def message(exercise, name):
    return next(m.message for m in exercise.misconceptions if m.id == name)


def supposed(exercise, name):
    return (
        f"Suppose you change your function so that this is true of it: “{message(exercise, name)}”"
    )


def output_question(exercise, arguments, found, name, source):
    """Ask what a changed function returns; one of the options is what it returns as it is."""
    others = unlike(found, [name, None], source, OPTIONS - 2)
    texts = [written(found[n]) for n in (name, None, *others)]
    text = f"{supposed(exercise, name)} What is then its result for this input?"
    notes = ["", "the result as it is", *(message(exercise, n) for n in others)]
    return finished(exercise, "output", name, text, arguments, texts, notes, source)


def change_question(exercise, arguments, found, name, source):
    """Ask which change explains a result."""
    others = [n for n in unlike(found, [name, None], source, OPTIONS) if n][: OPTIONS - 1]
    texts = [message(exercise, n) for n in (name, *others)]
    before, after = written(found[None]), written(found[name])
    text = (
        f"For this input the result of your function is {before}. Changed in one place, "
        f"it is {after}. What is then true of your function?"
    )
    notes = ["", *(f"would give {written(found[n])}" for n in others)]
    return finished(exercise, "change", name, text, arguments, texts, notes, source)


def time_question(exercise, arguments, found, name, source):
    """Ask at which time a change shows most."""
    differences = over_time(exercise, arguments, found, name)
    if differences is None:
        return None
    first, second, *_ = sorted(differences.values(), reverse=True)
    if first <= CLEARLY * second:
        return None
    ordered = sorted(differences, key=lambda t: -differences[t])
    calls = f"Both are called with this input, once for each t from 1 to {T}."
    which = calls if "t" in arguments else "Both results are tables over t."
    text = (
        f"{supposed(exercise, name)} {which} "
        "At which t is the new result farthest from that of your function (largest difference)?"
    )
    notes = [f"a difference of {written(differences[t])}" for t in ordered]
    arguments = {n: v for n, v in one_row(exercise, arguments, 1).items() if n != "t"}
    texts = [f"t = {t}" for t in ordered]
    return finished(exercise, "time", name, text, arguments, texts, notes, source)


def finished(exercise, kind, name, text, arguments, texts, notes, source):
    """Put the options, the right one first, in an order of the seed; None if two look alike.

    Args:
        exercise: it is about.
        kind: a key of KINDS.
        name: id of the misconception that it is made from.
        text: what is asked.
        arguments: of the call.
        texts: of the options.
        notes: on each of them, for the key.
        source: of the order.
    """
    if len(texts) != OPTIONS or len(set(texts)) != OPTIONS:
        return None
    order = source.sample(range(OPTIONS), OPTIONS)
    noted = [(LETTERS[place], notes[n]) for place, n in enumerate(order) if notes[n]]
    reason = " ".join(f"{letter}: {note.rstrip('.')}." for letter, note in noted)
    given = results.shown(arguments)
    if "model" in arguments and exercise.lesson == ALGORITHM_2:
        given.append(EVERY_DRAW)
    given += READINGS.get(exercise.id, PLAIN).told
    return Question(
        exercise.id, kind, name, text, tuple(given), tuple(results.table(arguments)),
        tuple(texts[n] for n in order), order.index(0), reason,
    )  # fmt: skip


KINDS: dict[str, Callable] = {
    "output": output_question,
    "change": change_question,
    "time": time_question,
}
