"""Lessons, and other notebooks, as pages that open anywhere and are read to those who cannot see.

OUT/notebooks/01_forward_process.html is the page of notebooks/01_forward_process.ipynb: folders
keep their names, so that an exercise and its lesson, which have one name, do not meet.
"""

import os
import pathlib

from ddpm_edu.course.notebooks import exercise_notebooks, read_notebook
from ddpm_edu.course.paths import lesson_folder, lesson_notebook
from ddpm_edu.files import whole_file, writable_folder


def export(names, folder) -> list[pathlib.Path]:
    """Write the pages of notebooks and return their paths.

    Args:
        names: lessons (2, "02" or "02_posterior"), notebooks or folders; none for all lessons.
        folder: made if missing.
    Raises:
        ValueError: no such notebook, a file that is none, two whose pages would have one path, or
            a folder that cannot be written.
    """
    from ddpm_edu.course.export.page import page

    found = [path for name in names or [lesson_folder()] for path in notebooks_of(name)]
    folder = writable_folder(folder)
    books = {path.resolve(): read_notebook(path) for path in found}
    pages = pages_of(books, folder)
    for path, book in books.items():
        place = pages[path].parent
        addresses = {other: relative(pages[other], place) for other in pages}
        with whole_file(pages[path]) as name:
            name.write_text(page(book, path, addresses.get), encoding="utf-8")
    return list(pages.values())


def relative(path, folder):
    return pathlib.Path(os.path.relpath(path, folder)).as_posix()


def notebooks_of(name):
    """Return the notebooks of a path, or of a lesson that is named by number or name."""
    if pathlib.Path(name).exists():
        return exercise_notebooks(name)
    return [lesson_notebook(name)]


def pages_of(paths, folder):
    """Return notebook -> its page."""
    pages = {path: folder / path.parent.name / f"{path.stem}.html" for path in paths}
    for path, place in pages.items():
        same = [str(other) for other in pages if pages[other] == place]
        if len(same) > 1:
            raise ValueError(f"{path}: expected one notebook for {place}, got {', '.join(same)}")
    return pages
