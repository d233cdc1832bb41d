"""Is this answer right; if not, which misconception is it?

The two sides of the wall are folders: `worker/` calls a learner's functions and imports no answer,
`judging/` knows what is right and calls none of the learner's functions. `run.py` joins them,
`catalogue/` holds the answers as data. `learner/` is what a learner meets: `check` in a notebook,
and `ddpm-edu check`, which runs notebooks in the open.

How a verdict comes about: `run.check_all_cases`, then `judging/rules.py`, `verdict.py` and
`diagnosis.py`; the data are in `exercise.py` and `worker/observation.py`.

All parts load when first used: a worker has no business with the answers.
"""

import importlib


HOMES = {
    "Report": "report",
    "Status": "report",
    "exercises": "run",
    "run_check": "run",
    "CheckFailed": "learner.notebook",
    "check": "learner.notebook",
    "hint": "learner.notebook",
    "progress": "learner.notebook",
    "ready": "learner.notebook",
    "solution": "learner.notebook",
}
__all__ = [
    "CheckFailed",
    "Report",
    "Status",
    "check",
    "exercises",
    "hint",
    "progress",
    "ready",
    "run_check",
    "solution",
]


def __getattr__(name):
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
