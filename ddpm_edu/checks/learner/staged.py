"""Notebooks made ready to run: copies under plain names, in the form of today, judged at the end.

What a folder or a file is called, who wrote it and in which encoding then makes no difference to
pytest and nbval.
"""

import json
import pathlib
import re
from dataclasses import dataclass

from ddpm_edu.course.notebooks import age, exercises_in, read_notebook


EXERCISE = "ddpm_edu_exercise"  # in the metadata of a cell that we append
JUDGE = "import ddpm_edu.checks.learner.at_the_end\n\nddpm_edu.checks.learner.at_the_end.judge({})"


@dataclass(frozen=True)
class Staged:
    """A notebook and the copy of it that runs.

    Args:
        path: of the notebook.
        copy: of its copy.
        age: by which notebooks are ordered, as in `oldest_first`.
        exercises: ids of those it holds.
        problem: why it cannot be run, or "".
    """

    path: pathlib.Path
    copy: pathlib.Path
    age: tuple = ()
    exercises: tuple[str, ...] = ()
    problem: str = ""


def stage(path: pathlib.Path, folder: pathlib.Path, names) -> Staged:
    """Copy a notebook to a folder, and append a cell for each exercise that it holds.

    Args:
        path: of the notebook.
        folder: made here.
        names: of all exercises.
    """
    copy = folder / f"book_{re.sub(r'[^A-Za-z0-9]+', '_', path.stem)[:40]}.ipynb"
    try:
        book, own_age = read_notebook(path), age(path)
        places = exercises_in(book, names)
    except (ValueError, OSError) as error:
        return Staged(path, copy, problem=str(error))
    cells = [cell for cell in book["cells"] if cell.get("cell_type") == "code"]
    for cell in cells:
        # Outputs are not compared, and half a letter (a cut emoji) cannot be sent to a kernel.
        source = cell["source"].encode(errors="replace").decode()
        cell.update(source=source, outputs=[], execution_count=None)
    last = {
        name: book["cells"][place.definitions[-1][0]]["source"] if place.definitions else None
        for name, place in places.items()
    }
    cells += [judging_cell(name, code) for name, code in last.items()]
    folder.mkdir()
    copy.write_text(json.dumps({**book, "cells": cells}), encoding="utf-8")
    return Staged(path, copy, own_age, tuple(places))


def judging_cell(name, code):
    return {
        "cell_type": "code",
        "id": f"judge-{name}",
        "metadata": {EXERCISE: name, "tags": ["raises-exception"]},
        "source": JUDGE.format(f"{name!r}, {code!r}"),
        "outputs": [],
        "execution_count": None,
    }
