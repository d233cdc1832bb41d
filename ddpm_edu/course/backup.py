"""A dated folder under backups/ with what an update is about to change."""

import os
import pathlib
import shutil
import time

from ddpm_edu.files import unused, whole_file, writable_folder


FOLDER = "backups"
UNFINISHED = ".unfinished-"


class Backup:
    """One folder of backups/, made when something is first kept in it.

    Args:
        course: whose files are kept, each under its path in the course.
        folder: to go on with; by default a new one with the time of day.
    """

    def __init__(self, course: pathlib.Path, folder: pathlib.Path | None = None):
        stamp = time.strftime("%Y%m%d-%H%M%S")
        self.course = course
        self.folder = folder or unused(course / FOLDER / stamp)

    def keep(self, path: pathlib.Path) -> pathlib.Path:
        """Copy a file here unless it is here already; return the copy's path."""
        kept = self.folder / path.relative_to(self.course)
        if not os.path.lexists(kept):
            copy_whole(path, kept)
        return kept

    def keep_all(self, paths):
        """Copy files and folders, all of them or, when this is stopped on the way, none."""
        for left_over in (self.course / FOLDER).glob(f"{UNFINISHED}*"):
            shutil.rmtree(left_over)
        part = self.folder.with_name(UNFINISHED + self.folder.name)
        writable_folder(part)
        for path in paths:
            copy = part / path.relative_to(self.course)
            if path.is_dir():
                shutil.copytree(path, copy, symlinks=True, copy_function=copy_whole)
            elif os.path.lexists(path):
                copy_whole(path, copy)
        os.rename(part, self.folder)


def copy_whole(source, copy):
    """Copy a file and its times to where none is; a link stays a link."""
    source, copy = pathlib.Path(source), pathlib.Path(copy)
    if source.is_symlink():
        writable_folder(copy.parent)
        copy.symlink_to(os.readlink(source))
        return
    with whole_file(copy) as name:
        shutil.copy2(source, name)
