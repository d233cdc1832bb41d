"""The command that opens the course: lab."""

import json
import os
import pathlib
import subprocess
import sys
from typing import Annotated

import typer

from ddpm_edu.cli.app import app, require


SETTINGS = pathlib.Path(__file__).parents[1] / "course/lab"  # no questions about news, and the like
CopyTo = Annotated[
    pathlib.Path | None,
    typer.Option(help="Work in a folder of your own: what is missing there is copied first."),
]


Options = Annotated[
    list[str] | None, typer.Argument(help="For JupyterLab, such as --port=9999 or --no-browser.")
]


@app.command(context_settings={"ignore_unknown_options": True})
def lab(options: Options = None, copy_to: CopyTo = None):
    """Open the course in JupyterLab; exercises that workbook/ lacks are copied there first.

    In a checkout the lessons are opened as copies too, in lessons/.
    """
    from ddpm_edu.course.paths import ROOT, is_checkout
    from ddpm_edu.course.workbook import copy_course, fill_lessons, fill_workbook
    from ddpm_edu.files import writable_folder

    require("jupyterlab")
    if copy_to is None and not is_checkout(ROOT):
        copy_to = pathlib.Path("ddpm-edu")  # an installed package is no place to write answers
    course = ROOT if copy_to is None else copy_to.absolute()
    writable_folder(course)
    copies = [] if copy_to is None else copy_course(ROOT, course)
    if copies:
        typer.echo(f"copied {len(copies)} notebooks to {course}")
    for copy in fill_workbook(course, typer.echo):
        typer.echo(f"added workbook/{copy.name}")
    if copy_to is None:
        fill_lessons(course, typer.echo)
    raise typer.Exit(open_jupyterlab(course, options or []))


def open_jupyterlab(course, options) -> int:
    """Run JupyterLab on a course until it ends; return its exit code."""
    from ddpm_edu.course.paths import LESSONS

    lessons = next(course / part for part in LESSONS if (course / part).is_dir())
    first = sorted(lessons.glob("*.ipynb"))[0]
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={course}",
        f"--LabApp.default_url=/lab/tree/{lessons.name}/{first.name}",
        f"--LabApp.app_settings_dir={SETTINGS}",
        f"--LabApp.extra_labextensions_path={SETTINGS / 'labextensions'}",
        # JupyterLab refuses to run as root, which is usual inside a container.
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
        *options,
    ]
    # Jupyter reads the configuration there besides the user's own.
    folders = [str(SETTINGS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(folders)}
    environment["DDPM_EDU_LAB"] = json.dumps(redirects(course))
    return become(command, environment)


def redirects(course) -> dict:
    """Say for the Jupyter server which paths of a course lead where; see its configuration."""
    from ddpm_edu.course.paths import is_checkout
    from ddpm_edu.course.workbook import workbook_names

    names = workbook_names(course)
    own = (course / "notebooks").glob("*.ipynb") if is_checkout(course) else ()
    return {
        "renamed": {f"workbook/{old.name}": f"workbook/{new}" for old, new in names.items()},
        "copied": {f"notebooks/{path.name}": f"lessons/{path.name}" for path in own},
        "read_only": ["solutions"] if is_checkout(course) else [],
    }


def become(command, environment) -> int:
    """Run a program in the place of this one, so that Ctrl-C and signals are its own."""
    if os.name == "posix":
        os.execve(command[0], command, environment)
    return subprocess.call(command, env=environment)  # Windows cannot; Ctrl-C reaches both
