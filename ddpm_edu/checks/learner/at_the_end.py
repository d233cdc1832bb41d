"""The verdict on an answer as it stands when all cells of its notebook have run.

`ddpm-edu check` appends a cell for each exercise that calls `judge`, so that no exercise gets lost
with its check: deleted, commented out, hidden by a magic, or stopped by an error above it.
"""

import builtins

from ddpm_edu.checks.learner import display
from ddpm_edu.checks.learner.handed_out import find
from ddpm_edu.checks.learner.notebook import CHECKED, judged
from ddpm_edu.checks.learner.progress_file import Entry, Progress
from ddpm_edu.checks.report import Status
from ddpm_edu.checks.worker.answers import answer, is_former
from ddpm_edu.course.definitions import parts_of


def judge(exercise_id: str, cell: str | None) -> None:
    """Publish the report on an answer, found by its name.

    Args:
        exercise_id: of the exercise.
        cell: code of the last cell that defines it, for where that did not run.
    """
    namespace = getattr(builtins, "get_ipython")().user_ns  # noqa: B009  IPython puts it there
    checked, former = CHECKED.get(exercise_id, (None, None))
    parts = parts_of(cell, exercise_id) if cell else []
    function = answer(exercise_id, namespace, checked, parts)
    if former and checked is function:
        return display.publish_again(former, known_of(exercise_id), is_new=False)
    report, entry = judged(find(exercise_id), function)
    if report.status == Status.NOT_ATTEMPTED and former and not is_former(checked, exercise_id):
        return display.publish_again(former, entry, is_new=False)  # check("snr", my_snr)
    return display.publish_again(report, entry, is_new=True)


def known_of(exercise_id):
    return Progress(tell=display.note).read().get(exercise_id, Entry())
