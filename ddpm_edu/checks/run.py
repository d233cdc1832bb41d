"""From an exercise and a function to a report."""

import dataclasses
import dis
import inspect
import time
from typing import Any

import torch

from ddpm_edu.checks.caller import observe
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.compare import Expectation
from ddpm_edu.checks.diagnosis import Trial, diagnose
from ddpm_edu.checks.exercise import Case, Exercise
from ddpm_edu.checks.judge import judge
from ddpm_edu.checks.plain import kind
from ddpm_edu.files import nearest


SECONDS = 10.0  # for a whole check


@dataclasses.dataclass(frozen=True)
class Report:
    """What a check found.

    Args:
        exercise: its id.
        status: passed, wrong, crashed, not_attempted or timed_out.
        score: share of the cases that hold, 0..1.
        points: earned, out of the exercise's.
        misconception: id of the mistake recognised, or None; "a+b" for two at once.
        feedback: what the learner reads, plain text.
        seconds: that the check took.
        cases: (name, what was found wrong or None) for each case.
        printed: what the answer wrote in its first case.
        picture: what to draw beside it, or None: {"t", "wanted", "seen"} tensors.
    """

    exercise: str
    status: str
    score: float
    points: float
    misconception: str | None
    feedback: str
    seconds: float
    cases: tuple[tuple[str, str | None], ...] = ()
    printed: str = ""
    picture: dict[str, Any] | None = dataclasses.field(default=None, compare=False, repr=False)


def exercises() -> list[Exercise]:
    """Give all exercises in course order."""
    return list(CATALOGUE.values())


def find(exercise_id: str) -> Exercise:
    """Give an exercise by its id, or a KeyError that suggests the nearest one."""
    if exercise_id not in CATALOGUE:
        raise KeyError(f"exercise: wanted {nearest(exercise_id, list(CATALOGUE))}, saw {exercise_id!r}")
    return CATALOGUE[exercise_id]


def run_check(exercise_id: str, function, seed: int = 0) -> Report:
    """Judge a function; nothing is shown and nothing the function does is raised.

    Args:
        exercise_id: as in `exercises()`.
        function: the learner's.
        seed: of the cases.
    Raises:
        KeyError: an id that is none.
    """
    exercise, begin = find(exercise_id), time.perf_counter()
    if complaint := not_a_function(exercise, function):
        return Report(exercise.id, "crashed", 0.0, 0.0, None, complaint, time.perf_counter() - begin)
    if does_nothing(function):
        return not_attempted(exercise, begin)

    def call(case, seconds):
        return observe(function, case, seed, exercise.spellings, seconds)

    return check_with(exercise, call, seed, begin)


def check_with(exercise: Exercise, call, seed: int, begin: float) -> Report:
    """Judge whatever answers call(case, seconds) -> Observation: a function here, or one in another process."""
    trials = []
    for case in exercise.cases(seed):
        left = SECONDS - (time.perf_counter() - begin)
        expected = expect(exercise, case, seed)
        seen = call(case, left)
        trials.append(Trial(case, expected, seen, best(exercise, case, expected, seen, seed)))
        if trials[-1].found and trials[-1].found.kind == "timed out":
            break  # the rest would take as long again
    if all(trial.found and trial.found.kind == "not written" for trial in trials):
        return not_attempted(exercise, begin)
    return report(exercise, trials, seed, begin)


def expect(exercise: Exercise, case: Case, seed: int, reference=None) -> Expectation:
    """Observe the reference on a case."""
    seen = observe(reference or exercise.reference, case, seed)
    recovered = exercise.recovered and (lambda seen: exercise.recovered(case, seen))
    return Expectation(seen, recovered, exercise.canonical or (lambda output: output), exercise.over_t)


def best(exercise, case, expected, seen, seed):
    """Judge by the reference, and where that objects by each other function that is also right."""
    found = judge(case, expected, seen)
    others = (expect(exercise, case, seed, right) for right in exercise.also_right if found)
    return None if any(judge(case, other, seen) is None for other in others) else found


def report(exercise, trials, seed, begin) -> Report:
    failed = [trial for trial in trials if trial.found]
    total = len(exercise.cases(seed))
    score = (len(trials) - len(failed)) / total
    status = status_of(failed)
    mistakes = diagnose(exercise, trials, seed) if failed and status != "timed_out" else ()
    lines = [f"{exercise.id}: {len(trials) - len(failed)} of {total} cases hold"]
    if failed:
        first = failed[0]
        lines += [f"First: {first.case.name}: {first.found.text}", *(mistake.message for mistake in mistakes)]
        lines.append(f"Read again: {exercise.equation}")
    return Report(
        exercise=exercise.id,
        status=status,
        score=score,
        points=round(score * exercise.points, 2),
        misconception="+".join(mistake.id for mistake in mistakes) or None,
        feedback="\n".join(lines),
        seconds=time.perf_counter() - begin,
        cases=tuple((trial.case.name, trial.found and trial.found.text) for trial in trials),
        printed=(failed or trials)[0].seen.printed,
        picture=picture(failed[0]) if failed else None,
    )


def status_of(failed):
    """Name the outcome: what stopped with an error in every failing case has crashed."""
    if not failed:
        return "passed"
    if any(trial.found.kind == "timed out" for trial in failed):
        return "timed_out"
    return "crashed" if all(trial.seen.failure for trial in failed) else "wrong"


def picture(trial):
    """Give what the first failing case wanted and saw, where both are tensors of one shape."""
    wanted, seen = trial.expected.seen.output, trial.seen.output
    if trial.found.kind != "values" or not isinstance(wanted, torch.Tensor) or not isinstance(seen, torch.Tensor):
        return None
    t = trial.case.arguments.get("t")
    return {"t": torch.arange(len(wanted)) if trial.expected.over_t else t, "wanted": wanted, "seen": seen}


def not_attempted(exercise, begin):
    return Report(exercise.id, "not_attempted", 0.0, 0.0, None, "not written yet", time.perf_counter() - begin)


def not_a_function(exercise, function):
    """Say what was handed in instead of a function, or that it takes other arguments; None when all is well."""
    wanted = f"wanted a function {exercise.id}{exercise.signature}"
    if inspect.isclass(function):
        return f"{wanted}, saw the class {function.__name__}; hand in a function, or an object of the class"
    if not callable(function):
        return f"{wanted}, saw {kind(function)}; write check({exercise.id!r}, {exercise.id})"
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None  # some callables have no signature to read
    try:
        signature.bind(*names(exercise))
    except TypeError as error:
        return f"{wanted}, saw {getattr(function, '__name__', 'one')}{signature}: {error}"
    return None


def names(exercise):
    return [name.split("=")[0].strip() for name in exercise.signature.strip("()").split(",")]


def does_nothing(function) -> bool:
    """Tell a body of `pass` or `...` from an answer: it only loads a constant and returns it."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    nothing = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP", "COPY_FREE_VARS"}
    returned = code and {const for const in code.co_consts if not isinstance(const, str)}
    return code is not None and returned <= {None, ...} and {i.opname for i in dis.get_instructions(code)} <= nothing
