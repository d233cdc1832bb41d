"""Copies of notebooks that know what they were copied from.

The metadata of a notebook of the course lists its cells, each with a hash of its text as it was
shipped; `tools.build` writes it. Copies have it too, wherever they are and whatever their name. By
this an update tells what a person wrote from what the course did.
"""

import difflib
import hashlib
import json
import os
import pathlib
import shutil
from enum import StrEnum

from ddpm_edu.files import whole_file


KEY = "ddpm_edu"  # in the metadata of a notebook


class Outcome(StrEnum):
    """What became of a copy when its original was compared with it."""

    ADDED = "added"
    CURRENT = "current"
    REPLACED = "replaced"  # nobody had changed it
    MERGED = "merged"  # what a person changed and what the course changed are different cells
    KEPT = "kept"  # both changed the same cells, or the file cannot be compared


def read_book(path: pathlib.Path) -> dict | None:
    """Return a notebook as it is stored, or None for what is none that can be compared."""
    try:
        book = json.loads(path.read_text(encoding="utf-8"))
        described(book)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return book


def described(book) -> list[str]:
    """Return what a record says of each cell: its id, and a hash of its kind and text."""
    return [f"{cell.get('id')} {fingerprint(cell)}" for cell in book["cells"]]


def fingerprint(cell):
    text = f"{cell['cell_type']}\n{''.join(cell['source'])}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def record(book) -> list[str] | None:
    """Return what a notebook says of the cells it was shipped with; None if it says nothing."""
    cells = book.get("metadata", {}).get(KEY, {}).get("shipped")
    is_record = isinstance(cells, list) and all(
        isinstance(cell, str) and " " in cell for cell in cells
    )
    return cells if is_record else None


def version(book) -> list[str]:
    """Return what a notebook of the course was shipped with; without a record, what it has."""
    return record(book) or described(book)


def recorded(book, original):
    """Write into a notebook what its original was shipped with."""
    book.setdefault("metadata", {})[KEY] = {"shipped": version(original)}
    return book


def make_copy(source: pathlib.Path, copy: pathlib.Path):
    """Copy a notebook as it is."""
    with whole_file(copy) as name:
        shutil.copyfile(source, name)


def write_book(book, path):
    """Write a notebook that is there anew, whole.

    Its time of change stays: an update must not make an old answer the newest.
    """
    times = path.stat()
    with whole_file(path) as name:
        text = json.dumps(book, indent=1, ensure_ascii=False) + "\n"
        name.write_text(text, encoding="utf-8", errors="surrogatepass")
        os.utime(name, ns=(times.st_atime_ns, times.st_mtime_ns))


def is_untouched(book) -> bool:
    """Tell whether the text of a notebook is as it was shipped; outputs do not count."""
    return record(book) == described(book)


def adopt(copy: pathlib.Path, original: pathlib.Path):
    """Write into a copy without a record that of its original, the best guess there is.

    A wrong guess does no harm: text that differs from what the record says counts as a person's.
    """
    book, shipped = read_book(copy), read_book(original)
    if book and shipped and not copy.is_symlink() and record(book) is None:
        write_book(recorded(book, shipped), copy)


def bring_up_to_date(source: pathlib.Path, copy: pathlib.Path, keep) -> Outcome:
    """Bring what is new in a notebook to its copy without touching what a person wrote there.

    Args:
        source: the notebook.
        copy: of it; made if missing.
        keep: called with the copy before it is replaced, to keep it elsewhere.
    """
    if not os.path.lexists(copy):
        make_copy(source, copy)
        return Outcome.ADDED
    new, old = read_book(source), read_book(copy)
    if new is None or old is None or copy.is_symlink():
        same = copy.is_file() and copy.read_bytes() == source.read_bytes()
        return Outcome.CURRENT if same else Outcome.KEPT
    if version(new) in (record(old), described(old)):
        return Outcome.CURRENT
    if is_untouched(old):
        keep(copy)
        make_copy(source, copy)
        return Outcome.REPLACED
    merged = merge(old, new)
    if merged is None:
        return Outcome.KEPT
    keep(copy)
    write_book(recorded(merged, new), copy)
    return Outcome.MERGED


def merge(mine: dict, new: dict) -> dict | None:
    """Return a copy with the text of a newer version where its owner had changed nothing.

    Cells that the owner changed, added or moved stay as they are, outputs too. None if the newer
    version changed a cell that the owner changed as well, or if the copy has no record.
    """
    shipped = [entry.split(" ", 1) for entry in record(mine) or []]
    if not shipped or not all(cell.get("id") for cell in new["cells"]):
        return None
    place = {cell_id: number for number, (cell_id, _) in enumerate(shipped)}
    here = {place[cell.get("id")]: cell for cell in mine["cells"] if cell.get("id") in place}
    becomes, follow = changes([text for _, text in shipped], new["cells"], set(here))
    cells = list(follow[-1])
    for cell in mine["cells"]:
        number = place.get(cell.get("id"))
        if number is None or cell is not here[number]:
            cells.append(cell)
            continue
        successor, text = becomes.get(number), shipped[number][1]
        if successor is not None and fingerprint(successor) == text:
            cells.append({**cell, "id": successor["id"]})
        elif fingerprint(cell) != text:
            return None
        elif successor is not None:
            cells.append(successor)
        cells += follow[number]
    return {**new, "metadata": mine.get("metadata", {}), "cells": cells}


def changes(shipped, cells, here):
    """Compare what was shipped with what is shipped now.

    Returns:
        For the number of a shipped cell the cell that it became; and the new cells that follow it,
        or the last one before it that is still here (-1: the beginning).
    """
    becomes, follow = {}, {number: [] for number in (-1, *here)}
    texts = [fingerprint(cell) for cell in cells]
    for _, i, i_end, j, j_end in difflib.SequenceMatcher(
        None, shipped, texts, autojunk=False
    ).get_opcodes():
        paired = min(i_end - i, j_end - j)
        becomes |= {i + k: cells[j + k] for k in range(paired)}
        after = max(number for number in follow if number < i_end)
        follow[after] += cells[j + paired : j_end]
    return becomes, follow
