"""Bring a new version of the course to a learner, and keep every answer.

The order makes it safe to interrupt: what may be touched is in backups/ before anything is touched,
each file is replaced whole, and each step finds out from the files what is left to do.
"""

import json
import os
import pathlib

from filelock import FileLock, Timeout

from ddpm_edu.course.backup import FOLDER, Backup, copy_whole
from ddpm_edu.course.checkout import Checkout
from ddpm_edu.course.copies import (
    Outcome,
    adopt,
    bring_up_to_date,
    described,
    is_untouched,
    make_copy,
    read_book,
    record,
    version,
)
from ddpm_edu.course.paths import NOTEBOOKS
from ddpm_edu.course.workbook import (
    PARTS,
    fill_lessons,
    fill_workbook,
    rename_workbook,
    update_copies,
    workbook_names,
)
from ddpm_edu.files import unused, writable_folder


def update_checkout(root: pathlib.Path, fill, tell) -> bool:
    """Bring a git checkout to the version of its upstream, then what was copied from it.

    Args:
        root: of the checkout.
        fill: called with the backup after the new version is there, to run its `update_workbook`.
        tell: called with a line for each thing that a learner would want to know.
    Returns:
        Whether there was a new version.
    Raises:
        ValueError: no git, no checkout, no upstream, or commits that the upstream does not have.
    """
    checkout = Checkout(root)
    with one_update(root):
        checkout.free()
        checkout.fetch()
        backup, is_new = Backup(root), checkout.has_news()
        in_the_way, edited = checkout.in_the_way(), checkout.edited()
        written = {path for path in edited if is_written_in(checkout, path)}
        untracked = {path for path in in_the_way if checkout.shipped(path) is None}
        changed = [
            path
            for path in sorted(written | untracked | (in_the_way & edited))
            if os.path.lexists(root / path)
        ]
        if is_new or written:
            places = [*changed, "workbook", "lessons"]
            backup.keep_all([root / place for place in places])
            tell(f"your files are copied to {backup.folder.relative_to(root)}")
        rename_workbook(root, tell)
        for path in sorted(written):
            carry(root / path, backup, tell)
        for path in changed:
            kept = backup.folder.relative_to(root) / path
            tell(f"{path} was changed here and is put back; with your changes it is {kept}")
        checkout.put_back(written | in_the_way)
        adopt_workbook(root)
        checkout.merge()
        fill(backup)
    return is_new


def one_update(course):
    """Return a lock that only one update of a course can hold."""
    lock = FileLock(writable_folder(course / FOLDER) / ".lock", timeout=0)
    try:
        return lock.acquire()
    except Timeout:
        raise ValueError(f"{course}: another update is at work") from None


def is_written_in(checkout, path) -> bool:
    """Tell an exercise that was written in exercises/ itself, not only run there."""
    exercise = checkout.root / path
    here = read_book(exercise)
    if exercise not in workbook_names(checkout.root) or here is None:
        return False
    shipped = json.loads(checkout.shipped(path) or '{"cells": []}')
    return described(here) != described(shipped)


def carry(exercise: pathlib.Path, backup: Backup, tell):
    """Copy answers that were written in exercises/ itself to workbook/, where answers live."""
    course = backup.course
    workbook, mine = course / "workbook", read_book(exercise)
    copy = workbook / workbook_names(course)[exercise]
    there = {path: read_book(path) for path in workbook.glob(NOTEBOOKS)}
    if any(book and described(book) == described(mine) for book in there.values()):
        return
    if os.path.lexists(copy) and not (there.get(copy) and is_untouched(there[copy])):
        copy = unused(copy)
    copy_whole(exercise, copy)
    tell(f"your answers in exercises/{exercise.name} are now in workbook/{copy.name}")
    notes = exercise.parent / "progress.json"
    if notes.is_file() and not os.path.lexists(workbook / notes.name):
        copy_whole(notes, workbook / notes.name)


def adopt_workbook(course):
    """Write records into copies from before there were any, before their originals change."""
    for notebook, name in workbook_names(course).items():
        adopt(course / "workbook" / name, notebook)


def update_workbook(course: pathlib.Path, backup: Backup, tell):
    """Bring what is new in exercises/ to workbook/, and in a checkout's notebooks/ to lessons/.

    A notebook that nobody wrote in is replaced; in others the text that nobody changed is. Where
    the course changed a cell that the learner changed too, the learner's notebook stays as it is,
    and the new one comes beside it.
    """
    for copy in fill_workbook(course, tell):
        tell(f"added workbook/{copy.name}")
    for notebook, name in workbook_names(course).items():
        copy = course / "workbook" / name
        outcome = bring_up_to_date(notebook, copy, backup.keep)
        if outcome is Outcome.REPLACED:
            tell(f"workbook/{name} is the new version; you had written nothing in it")
        elif outcome is Outcome.MERGED:
            tell(f"workbook/{name} has new text; your answers are as they were")
        elif outcome is Outcome.KEPT:
            put_beside(notebook, copy, tell)
    if (course / "lessons").is_dir():
        fill_lessons(course, tell, backup)


def put_beside(notebook, copy, tell):
    """Put the new version of an exercise beside the learner's, unless it is there already."""
    new = read_book(notebook)
    others = [read_book(path) for path in copy.parent.glob(NOTEBOOKS)]
    if new and any(book and record(book) == version(new) for book in others):
        return
    beside = unused(copy.with_stem(f"{copy.stem}-new"))
    make_copy(notebook, beside)
    tell(f"workbook/{copy.name} stays as you left it; its new version is workbook/{beside.name}")


def update_copy(root: pathlib.Path, course: pathlib.Path, tell):
    """Bring a copy of the course, as `copy_course` makes it, to the version that is installed.

    Args:
        root: of the course that is installed.
        course: the copy.
        tell: called with a line for each thing that a learner would want to know.
    """
    with one_update(course):
        backup = Backup(course)
        backup.keep_all([course / part for part in (*PARTS, "workbook")])
        tell(f"your files are copied to {backup.folder}")
        rename_workbook(course, tell)
        for exercise in workbook_names(course):
            book = read_book(exercise)
            if book and record(book) and not is_untouched(book):
                carry(exercise, backup, tell)
        adopt_workbook(course)
        for part in PARTS:
            update_copies(root / part, course / part, backup, tell)
        update_workbook(course, backup, tell)
