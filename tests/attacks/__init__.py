"""Hostile and odd submissions, in the groups of what grading promises, each with its result."""

import json
from dataclasses import dataclass, field


IMPORTS = "import torch\nimport ddpm_edu\nfrom ddpm_edu import check, hint, progress, solution"
RIGHT = """def sample_q(x_0, t, schedule, noise):
    a = schedule.alphas_bar[t].reshape(-1, *[1] * (x_0.ndim - 1))
    return a.sqrt() * x_0 + (1 - a).sqrt() * noise"""
WRONG = """def sample_q(x_0, t, schedule, noise):
    return x_0 + 3 * noise"""
SNR = """def snr(t, schedule):
    return schedule.alphas_bar[t] / (1 - schedule.alphas_bar[t])"""
CHECK = 'check("sample_q", sample_q)'
NEVER = "never"  # any status but "passed", and no points


@dataclass
class Attack:
    """A submission and what it must get.

    Args:
        name: of the student's folder.
        cells: sources of code cells.
        sample_q, snr: expected statuses; None: any, the attack may well spoil it.
        readable: whether anything could be judged.
        files: more files in the folder: name -> bytes or text; a notebook among them may take the
            place of the cells.
        words: that the remarks, cells or feedback must contain.
        make: prepares the folder in another way.
    """

    name: str
    cells: list = field(default_factory=list)
    sample_q: str | None = "passed"
    snr: str | None = "passed"
    readable: bool = True
    files: dict = field(default_factory=dict)
    words: str = ""
    make: object = None


def notebook(cells, **fields):
    """Return a notebook of format 4 as a dict."""
    made = [
        {
            **{"cell_type": "code", "id": f"c{number}", "metadata": {}, "outputs": []},
            **{"execution_count": None, "source": source},
        }
        for number, source in enumerate(cells)
    ]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | fields


def write(attack, folder):
    """Write a submission below a folder."""
    place = folder / attack.name
    place.mkdir(parents=True)
    if attack.cells:
        (place / "work.ipynb").write_text(json.dumps(notebook(attack.cells)), encoding="utf-8")
    for name, content in attack.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(data)
    if attack.make:
        attack.make(place)


def cells_around(*middle, answer=RIGHT):
    """Return a notebook's cells with some between the imports and the answers."""
    return [IMPORTS, *middle, SNR, answer, CHECK]
