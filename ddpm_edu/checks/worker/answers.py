"""Which function is the answer to an exercise, when all cells of a notebook have run."""

import contextlib
import linecache

import torch


NAMES = set()  # of all exercises, told by the judge
CHECKED = {}  # exercise -> the function that a cell checked last
NOT_YET = "{} is judged when all cells have run."


def check(exercise_id, function):
    """Note which function a cell checks; the verdict comes later, from elsewhere.

    Raises:
        KeyError: there is no such exercise, as the learner's own `check` says.
    """
    if NAMES and exercise_id not in NAMES:
        raise KeyError(f"exercise: expected the name of one, got {exercise_id!r}")
    CHECKED[exercise_id] = function
    print(NOT_YET.format(exercise_id))


def no_help(*_, **__):
    """Stand for `hint`, `solution` and `progress`, which have nothing to say here.

    For `ready` too: None is no, so that cells which only draw take no time.
    """


CALLS = {
    "check": check,
    "CheckFailed": type("CheckFailed", (Exception,), {}),  # never raised here
    "hint": no_help,
    "solution": no_help,
    "progress": no_help,
    "ready": no_help,
}


def is_answer(value) -> bool:
    """Tell a learner's function from what else a name may stand for: a module's, a layer, a class.

    The course's own comes by `from ddpm_edu import *`.
    """
    is_ours = (getattr(value, "__module__", None) or "").split(".")[0] == "ddpm_edu"
    return callable(value) and not is_ours and not isinstance(value, type | torch.nn.Module)


def is_former(function, exercise_id) -> bool:
    """Tell an answer that the one of its name has replaced from one under a name of its own."""
    return getattr(function, "__name__", None) == exercise_id


def answer(exercise_id: str, namespace: dict, checked, parts):
    """Return the function that counts as the answer.

    Args:
        exercise_id: also the name it should have.
        namespace: of the notebook, all of whose cells have run.
        checked: the function that a cell checked last, or None.
        parts: code of each statement that defines something in the last cell that defines it, for
            where that did not run: below `%%timeit`, or after an error.
    """
    function = namespace.get(exercise_id)
    if is_answer(function):
        return function
    if checked is not None:  # deleted, or the name now stands for something else
        return checked
    for number, part in enumerate(parts, 1):
        file = f"<{exercise_id}, part {number}>"
        linecache.cache[file] = len(part), None, part.splitlines(keepends=True), file
        with contextlib.suppress(Exception):  # such as an example that fails
            exec(compile(part, file, "exec"), namespace)
    function = namespace.get(exercise_id)
    return function if is_answer(function) else stub


def stub():
    """Stand for an answer that is not there."""
