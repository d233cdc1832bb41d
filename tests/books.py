"""Small notebooks of exercises in several states, and what `ddpm-edu check` finds in a folder."""

import json
import os
import re
from unittest import mock

from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from ddpm_edu.checks.learner import notebook as learner
from ddpm_edu.checks.learner.display import REPORT
from ddpm_edu.checks.learner.scoreboard import kernel_environment, stage_all
from ddpm_edu.checks.learner.staged import EXERCISE
from ddpm_edu.checks.learner.verdicts import Verdict, counting
from ddpm_edu.course.notebooks import oldest_first, read_notebook
from ddpm_edu.course.paths import ROOT


NAMES = ["sample_by_t", "step_q", "snr"]


def cut(folder):
    """Return a notebook of the course cut down to imports and three exercises."""
    book = read_notebook(ROOT / folder / "01_forward_process.ipynb")
    parts = [rf'def {name}\(|check\("{name}"' for name in NAMES]
    wanted = re.compile("^(?:import torch|" + "|".join(parts) + ")", re.M)
    cells = [c for c in book["cells"] if c["cell_type"] == "code" and wanted.search(c["source"])]
    for cell in cells:
        cell.update(outputs=[], execution_count=None)
    return {**book, "cells": cells}


SOLVED, STUBS = cut("solutions"), cut("exercises")
HALF = {**SOLVED, "cells": [*SOLVED["cells"][:3], *STUBS["cells"][3:5], *SOLVED["cells"][5:]]}
WRONG = json.loads(json.dumps(SOLVED).replace("(1 - alpha_bar)", "alpha_bar"))
BOOKS = {"solved": SOLVED, "stubs": STUBS, "half solved": HALF, "one wrong": WRONG}


def verdicts_on(folder, scratch):
    """Return what `ddpm-edu check` finds, with IPython's shell in the place of its kernels."""
    found = []
    for staged in filter(lambda book: not book.problem, stage_all([folder], scratch)):
        shell, here = InteractiveShell(display_pub_class=CapturingDisplayPublisher), os.getcwd()
        shell.ast_node_interactivity = "none"
        learner.CHECKED.clear()  # as in a new kernel
        try:
            with mock.patch.dict(os.environ, kernel_environment(staged)):
                for cell in read_notebook(staged.copy)["cells"]:
                    shell.display_pub.outputs.clear()
                    shell.showtraceback = lambda *_, **__: None
                    shell.run_cell(cell["source"], silent=True)
                    if name := cell["metadata"].get(EXERCISE):
                        published = [o["data"].get(REPORT) for o in shell.display_pub.outputs]
                        reports = [json.loads(report) for report in published if report]
                        found.append(Verdict(staged.path, name, reports[-1] if reports else None))
        finally:
            os.chdir(here)
    age = oldest_first({verdict.notebook for verdict in found})
    found.sort(key=lambda verdict: age.index(verdict.notebook))
    return {name: (v.status, v.points) for name, v in counting(found).items()}


def put(book, folder, name="01_exercises.ipynb"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(book), encoding="utf-8")
    return folder
