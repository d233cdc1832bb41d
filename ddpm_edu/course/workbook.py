"""The learner's own copies of the exercises, and of the whole course."""

import os
import pathlib
import shutil

from ddpm_edu.files import whole_file


def fill_workbook(course: pathlib.Path) -> list[pathlib.Path]:
    """Copy the exercises that are missing from a course's workbook/ and return the copies."""
    return copy_missing(course / "exercises", course / "workbook")


def copy_course(root: pathlib.Path, folder: pathlib.Path) -> list[pathlib.Path]:
    """Copy the notebooks that are missing from a folder, so that it is a course of its own.

    Args:
        root: of the course to copy.
        folder: made if missing.
    Returns:
        The copies.
    """
    parts = ("notebooks", "exercises", "solutions")
    return [copy for part in parts for copy in copy_missing(root / part, folder / part)]


def copy_missing(source, folder):
    """Copy notebooks that are missing; one that is there may hold answers and is never touched."""
    folder.mkdir(parents=True, exist_ok=True)
    copies = []
    for notebook in sorted(source.glob("*.ipynb")):
        copy = folder / notebook.name
        if not os.path.lexists(copy):
            with whole_file(copy) as name:
                shutil.copyfile(notebook, name)
            copies.append(copy)
    return copies
