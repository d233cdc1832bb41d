"""A course of nbgrader in a folder: its commands, and what students hand in."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

from ddpm_edu.course.answers import solved, source_of
from ddpm_edu.course.definitions import definitions


ROOT = Path(__file__).parents[1]
ASSIGNMENT = "02_posterior"


def nbgrader(folder, *arguments):
    """Run a command of nbgrader in a folder and return what it wrote."""
    # alembic, which makes its database, is looked for on the path
    bin_folder = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": os.pathsep.join([bin_folder, os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        **{f"JUPYTER_{kind}_DIR": str(folder / ".jupyter") for kind in ("CONFIG", "RUNTIME")},
        "IPYTHONDIR": str(folder / ".ipython"),
    }
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def hand_in(folder, student, change):
    """Hand in what was released, with the source of each answer changed by (id, stub) -> code."""
    released = folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    book = json.loads(released.read_text())
    for cell in book["cells"]:
        settings = cell["metadata"].get("nbgrader", {})
        if settings.get("solution"):
            stub = "".join(cell["source"])
            cell["source"] = change(settings["grade_id"], stub)
    path = folder / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(book))


def right(name, stub):
    """Answer rightly."""
    return solved(source_of(name)[1])


def noisy(name, stub):
    """Answer rightly, with a warning that goes to stderr while the answer runs."""
    code = right(name, stub)
    [place] = definitions(code, name)
    heard = f"\n\n_quiet_{name} = {name}\n\ndef {name}(*args):\n    import sys, warnings\n"
    said = "    warnings.warn('odd')\n    print('hm', file=sys.stderr)\n"
    return code[: place.end] + heard + said + f"    return _quiet_{name}(*args)\n"


def points(folder):
    """Return (student, points, most) of each line of the exported grades."""
    with open(folder / "grades.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in rows}
