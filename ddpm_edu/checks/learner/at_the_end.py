"""The verdict on an answer as it stands when all cells of its notebook have run.

`ddpm-edu check` appends a cell for each exercise that calls `judge`, so that no exercise gets lost
with its check: deleted, commented out, hidden by a magic, or stopped by an error above it.
"""

import ast
import builtins
import contextlib

import torch

from ddpm_edu.checks.learner import display
from ddpm_edu.checks.learner.handed_out import find
from ddpm_edu.checks.learner.notebook import CHECKED, judged
from ddpm_edu.checks.report import Status
from ddpm_edu.course.definitions import as_python, definitions
from ddpm_edu.course.statements import at_top_level, parsed


DEFINITIONS = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.Assign, ast.AnnAssign, ast.AugAssign),
)


def judge(exercise_id: str, cell: str | None) -> None:
    """Publish the report on an answer, found by its name.

    Args:
        exercise_id: of the exercise.
        cell: code of the last cell that defines it, for where that did not run: below `%%timeit`,
            or after an error.
    """
    namespace = getattr(builtins, "get_ipython")().user_ns  # noqa: B009  IPython puts it there
    function = namespace.get(exercise_id)
    checked = CHECKED.get(exercise_id)
    if not is_answer(function):  # deleted, or the name now stands for something else
        function = checked[0] if checked else defined(exercise_id, cell, namespace)
    if checked and checked[0] is function:
        return display.publish_again(checked[1], is_new=False)
    report, _ = judged(find(exercise_id), function)
    if report.status == Status.NOT_ATTEMPTED and checked and not is_former(*checked):
        return display.publish_again(checked[1], is_new=False)  # check("snr", my_snr)
    return display.publish_again(report, is_new=True)


def is_answer(value) -> bool:
    """Tell a learner's function from what else a name may stand for: a module's, a layer, a class.

    The course's own comes by `from ddpm_edu import *`.
    """
    is_ours = (getattr(value, "__module__", None) or "").split(".")[0] == "ddpm_edu"
    return callable(value) and not is_ours and not isinstance(value, type | torch.nn.Module)


def is_former(function, report) -> bool:
    """Tell an answer that the one of its name has replaced from one under a name of its own."""
    return getattr(function, "__name__", None) == report.exercise


def defined(exercise_id, cell, namespace):
    """Run what a cell defines, and nothing else in it; return the function, or a stub without."""
    if cell is None:
        return stub
    tree = parsed(as_python(cell) or "")
    if tree is None:  # an unfinished line: what there is of the function alone
        last = definitions(cell, exercise_id)[-1]
        tree = ast.parse(cell[last.start : last.end])
    for statement in at_top_level(tree.body):
        if isinstance(statement, DEFINITIONS):
            module = ast.Module([statement], type_ignores=[])
            with contextlib.suppress(Exception):  # such as an example that fails
                exec(compile(module, f"<{exercise_id}>", "exec"), namespace)
    function = namespace.get(exercise_id)
    return function if is_answer(function) else stub


def stub():
    """Stand for an answer that is not there."""
