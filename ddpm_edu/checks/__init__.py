"""Is this answer right; if not, which misconception is it?

The two sides of the wall are folders: `worker/` runs a learner's code and knows no answer,
`judging/` knows what is right and runs none of the learner's code. `run.py` joins them,
`catalogue/` holds the answers as data, `learner/` shows the outcome.

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
    "run_check",
    "solution",
]


def __getattr__(name):
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
