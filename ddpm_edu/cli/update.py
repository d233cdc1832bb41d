"""The command that brings a new version of the course: update."""

import pathlib
import subprocess
import sys
from typing import Annotated

import typer

from ddpm_edu.cli.app import app


Copy = Annotated[
    pathlib.Path | None,
    typer.Argument(help="A copy made by `lab --copy-to`; without: the course itself."),
]
Pip = Annotated[bool, typer.Option("--pip", help="Install the newest version by pip first.")]
Fill = Annotated[pathlib.Path | None, typer.Option(hidden=True)]
INSTALL = ("-m", "pip", "install", "--upgrade", "ddpm-edu[lab]")


@app.command()
def update(folder: Copy = None, pip: Pip = False, fill: Fill = None):
    """Bring a new version of the course; your answers stay, and a backup is made first."""
    from ddpm_edu.course.paths import ROOT, is_checkout

    if fill is not None:
        return fill_from(ROOT, fill)
    if pip and is_checkout(ROOT):
        raise ValueError(f"--pip: expected an installed course, got a checkout, {ROOT}")
    if pip:
        course = learners_copy(folder)
        run(*INSTALL)
        return run("-m", "ddpm_edu", "update", str(course))
    if folder is None and is_checkout(ROOT):
        return update_repository(ROOT)
    update_learners_copy(ROOT, folder)


def run(*arguments):
    """Run Python anew, since this process still has the old version."""
    code = subprocess.call([sys.executable, *arguments])
    if code:
        raise typer.Exit(code)


def fill_from(root, folder):
    from ddpm_edu.course.backup import Backup
    from ddpm_edu.course.update import update_workbook

    update_workbook(root, Backup(root, folder), typer.echo)


def update_repository(root):
    from ddpm_edu.course.update import update_checkout

    def fill(backup):
        run("-m", "ddpm_edu", "update", "--fill", str(backup.folder))

    packages = [root / name for name in ("pyproject.toml", "constraints.txt")]
    before = [path.read_bytes() for path in packages]
    try:
        is_new = update_checkout(root, fill, typer.echo)
        typer.echo("this is the new version" if is_new else "there is no newer version")
    finally:  # without them the new version may have failed to fill the workbook
        if before != [path.read_bytes() for path in packages]:
            command = f"{sys.executable} -m pip install -c constraints.txt -e .[lab]"
            typer.echo(f"it needs other packages: `make lab` installs them, or: {command}")


def learners_copy(folder) -> pathlib.Path:
    """Return the copy of the course that is named, or is here, above or in ddpm-edu/."""
    here = pathlib.Path.cwd()
    for course in [folder.absolute()] if folder else [here, here.parent, here / "ddpm-edu"]:
        if all((course / part).is_dir() for part in ("notebooks", "exercises")):
            return course
    expected = "expected a copy of the course, as `ddpm-edu lab` makes it"
    raise ValueError(f"{folder or here}: {expected}, got none")


def update_learners_copy(root, folder):
    from ddpm_edu.course.update import update_copy

    if not (root / "exercises").is_dir():
        expected = "expected a git checkout or an installed ddpm-edu with its notebooks"
        raise ValueError(f"{root}: {expected}, got neither")
    course = learners_copy(folder)
    if course.resolve() == root.resolve():
        raise ValueError(f"{course}: expected a copy of the course, got the course itself")
    update_copy(root, course, typer.echo)
    command = f'{sys.executable} -m pip install --upgrade "ddpm-edu[lab]"'
    typer.echo(f"{course} has the version that is installed; a newer one: {command}")
