"""Three questions for each student, about answers of theirs that passed."""

import collections
import dataclasses
import pathlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ddpm_edu.checks.report import Status
from ddpm_edu.checks.run import exercises
from ddpm_edu.grading.defence.inputs import INPUTS
from ddpm_edu.grading.defence.questions import KINDS, Question, ask
from ddpm_edu.grading.result import Result, read_results


HOW_MANY = 3
# What XML has no letters for, and half letters, as of a cut emoji, which are no UTF-8.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Exam:
    """What one student is asked.

    Args:
        student: as in the results.
        questions: three, or as many as could be made.
        remark: why there are fewer, or "".
    """

    student: str
    questions: tuple[Question, ...]
    remark: str = ""


def exams(folder: pathlib.Path, seed: int = 0) -> Iterator[Exam]:
    """Make the questions for each student of a folder of results, in the order of names.

    The same results and the same seed make the same questions. What few were asked about comes
    first, so that students get different ones as far as there are any.

    Args:
        folder: of results, as `ddpm-edu grade` writes it.
        seed: of the choice and of the numbers.
    Raises:
        ValueError: there are no results.
    """
    used: collections.Counter[tuple[str, str, str]] = collections.Counter()
    for exam in (examine(result, seed, used) for result in read_results(folder)):
        used.update((q.exercise, q.kind, q.misconception) for q in exam.questions)
        yield exam


def examine(result: Result, seed: int, used) -> Exam:
    """Make one student's questions: different exercises and kinds before the same again."""
    source = random.Random(f"{seed} {result.student}")  # a text is hashed alike in every process
    known = {exercise.id: exercise for exercise in exercises()}
    passed = [e for e in result.exercises if e.status == Status.PASSED and e.code.strip()]
    answers = {e.id: writable(e.code) for e in passed if e.id in INPUTS and e.id in known}
    pairs = [(name, kind) for name in answers for kind in KINDS]
    source.shuffle(pairs)
    questions: list[Question] = []
    while pairs and len(questions) < HOW_MANY:
        names, kinds = [q.exercise for q in questions], [q.kind for q in questions]
        pair = min(pairs, key=lambda pair: (names.count(pair[0]), kinds.count(pair[1])))
        name, kind = pair
        asked = {q.misconception for q in questions if q.exercise == name}
        times = lambda m, name=name, kind=kind: used[name, kind, m]  # noqa: E731
        question = ask(known[name], kind, source, asked, times)
        if question is None:
            pairs.remove(pair)
        else:
            questions.append(dataclasses.replace(question, code=answers[name]))
    student = writable(result.student)
    return Exam(student, tuple(questions), remark(result, questions, passed, answers))


def writable(text: str) -> str:
    """Return a text that any file can hold."""
    return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def remark(result, questions, passed, answers) -> str:
    """Say why there are fewer questions than three."""
    if len(questions) == HOW_MANY:
        return ""
    number = f"{result.student}: {len(questions)} of {HOW_MANY} questions"
    if not passed:
        return f"{number}, since no answer passed"
    return f"{number}; {len(answers)} of {len(passed)} answers that passed can be asked about"
