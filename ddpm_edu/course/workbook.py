"""The learner's own copies: of the exercises, of the lessons, and of the whole course.

`workbook/` holds the exercises under names of their own, so that no tab looks like that of the
lesson. In a checkout `lessons/` holds the lessons: what is opened there, run and saved changes no
file that a new version brings.
"""

import os
import pathlib
import re

from ddpm_edu.course.backup import Backup
from ddpm_edu.course.copies import Outcome, bring_up_to_date, make_copy
from ddpm_edu.course.paths import NOTEBOOKS


PARTS = ("notebooks", "exercises", "solutions")


def no_news(line: str):
    """Tell nobody."""


def workbook_names(course: pathlib.Path) -> dict[pathlib.Path, str]:
    """Return for each notebook of exercises/ the name of its copy in workbook/.

    01_forward_process.ipynb becomes 01_exercises.ipynb; a second one of the same lesson, or one
    without a number, keeps its name.
    """
    names: dict[pathlib.Path, str] = {}
    for notebook in sorted((course / "exercises").glob(NOTEBOOKS)):
        numbered = re.match(r"(\d\d)_", notebook.name)
        name = f"{numbered[1]}_exercises.ipynb" if numbered else notebook.name
        names[notebook] = notebook.name if name in names.values() else name
    return names


def fill_workbook(course: pathlib.Path, tell=no_news) -> list[pathlib.Path]:
    """Copy the exercises that are missing from a course's workbook/ and return the copies.

    Those that are there under their former names are renamed first.

    Args:
        course: its folder.
        tell: called with a line for each file that is renamed or stands in the way.
    """
    rename_workbook(course, tell)
    return copy_missing(workbook_names(course), course / "workbook")


def rename_workbook(course: pathlib.Path, tell=no_news):
    """Rename what has the name of its original, as all of workbook/ once had; overwrite nothing."""
    for notebook, name in workbook_names(course).items():
        rename(course / "workbook" / notebook.name, course / "workbook" / name, tell)


def rename(old, new, tell):
    """Rename a file unless the new name is taken."""
    if old == new or not os.path.lexists(old):
        return
    if os.path.lexists(new):
        tell(f"workbook/{old.name} and {new.name} are both there and stay as they are")
        return
    os.rename(old, new)
    tell(f"renamed workbook/{old.name} to {new.name}")


def copy_course(root: pathlib.Path, folder: pathlib.Path) -> list[pathlib.Path]:
    """Copy the notebooks that are missing from a folder, so that it is a course of its own.

    Args:
        root: of the course to copy.
        folder: made if missing.
    Returns:
        The copies.
    """
    return [copy for part in PARTS for copy in copy_missing(names(root / part), folder / part)]


def names(folder):
    """Return the notebooks of a folder, and their names."""
    return {notebook: notebook.name for notebook in sorted(folder.glob(NOTEBOOKS))}


def copy_missing(notebooks, folder):
    """Copy notebooks that are missing; one that is there may hold answers and is never touched."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = {notebook: folder / name for notebook, name in notebooks.items()}
    missing = {notebook: copy for notebook, copy in missing.items() if not os.path.lexists(copy)}
    for notebook, copy in missing.items():
        make_copy(notebook, copy)
    return list(missing.values())


def fill_lessons(course: pathlib.Path, tell=no_news, backup: Backup | None = None):
    """Bring lessons/ of a checkout up to date with notebooks/; see `update_copies`."""
    update_copies(course / "notebooks", course / "lessons", backup or Backup(course), tell)


def update_copies(folder: pathlib.Path, copies: pathlib.Path, backup: Backup, tell=no_news):
    """Bring a folder of copies up to date; what is replaced is kept in a backup.

    What a person wrote in a copy stays there. Where the new version changed the same cells, the
    whole copy moves to the backup, which is told.
    """
    for notebook, name in names(folder).items():
        copy = copies / name
        if bring_up_to_date(notebook, copy, backup.keep) is not Outcome.KEPT:
            continue
        where = f"{copies.name}/{name}"
        if copy.is_symlink():
            tell(f"{where} is a link and stays as it is")
            continue
        kept = backup.keep(copy)
        make_copy(notebook, copy)
        tell(f"{where} is the new version; the old one is {kept.relative_to(backup.course)}")
