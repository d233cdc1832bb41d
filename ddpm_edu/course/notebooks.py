"""Notebooks as learners have them: written by many programs, copied, renamed, half emptied."""

import json
import pathlib
import re
import secrets
import warnings
from dataclasses import dataclass
from typing import Any

from ddpm_edu.course.definitions import checked_in, definitions
from ddpm_edu.course.paths import NOTEBOOKS


ANNOUNCED = re.compile(r"^\| `(\w+)` \|", re.M)  # a row of the table that our notebooks begin with
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True)
class Place:
    """Where a notebook has an exercise.

    Args:
        definitions: (index of a code cell, where in it) for each that defines the function.
        checks: indices of the code cells that check it.
        in_text: whether a markdown cell holds its code, as where a cell was made one by mistake.
    """

    definitions: tuple = ()
    checks: tuple[int, ...] = ()
    in_text: bool = False


def exercise_notebooks(path) -> list[pathlib.Path]:
    """Return the notebooks of a folder, or the one named.

    Raises:
        ValueError: there is none.
    """
    path = pathlib.Path(path)
    inside = (book for book in path.glob(NOTEBOOKS) if not book.is_dir())
    found = [path] if path.is_file() else sorted(inside)
    if not found:
        raise ValueError(f"{path}: expected a notebook or a folder with notebooks, got none")
    return found


def oldest_first(paths) -> list[pathlib.Path]:
    """Return notebooks in the order in which they were changed, the newest last.

    Of those changed at the same time, as after a download, the one with the shortest name counts
    as the newest: `01_exercises.ipynb` before `01_exercises-Copy1.ipynb`.
    """
    return sorted(map(pathlib.Path, paths), key=age)


def age(path) -> tuple:
    """Return by what `oldest_first` orders notebooks."""
    return path.stat().st_mtime_ns, -len(path.name), path.name


def read_notebook(path) -> dict[str, Any]:
    """Read a notebook in the form of today, whichever program wrote it.

    Byte order marks, UTF-16, other line ends, format 3, missing fields and missing or double ids
    are mended.

    Raises:
        ValueError: a file that is no notebook.
    """
    content = pathlib.Path(path).read_bytes()
    try:
        book = json.loads(content)
        version = book.get("nbformat") if isinstance(book, dict) else None
        if version not in (3, 4) and version not in ("3", "4"):
            raise ValueError(f"format {version}; 3 and 4 can be read")
        return mended(as_format_4(book) if int(version) == 3 else book)
    except UNREADABLE as error:
        raise ValueError(f"{path}: expected a notebook, got {reason(content, error)}") from error


def as_format_4(book):
    """Convert a notebook of IPython's time."""
    import nbformat

    book.setdefault("metadata", {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on what is mended afterwards
        try:
            return nbformat.convert(nbformat.from_dict(book), 4)
        except nbformat.ValidationError as error:
            raise ValueError(f"format 3 that cannot be converted: {error}") from error


def reason(content, error):
    """Say why a file is no notebook."""
    if not content.strip():
        return "an empty file"
    if b"\n<<<<<<< " in content:
        return "marks of a merge conflict (<<<<<<<); keep one of the two versions"
    if isinstance(error, KeyError):
        return f"one without {error}"
    if isinstance(error, TypeError | AttributeError):
        return "cells that are none"
    return str(error).splitlines()[0]


def mended(book) -> dict:
    """Put in the fields that every notebook has and some programs leave out or empty."""
    seen = set()
    for cell in book["cells"]:
        source = cell.get("source") or ""
        source = source if isinstance(source, str) else "".join(source)
        cell["source"] = source.replace("\r\n", "\n").replace("\r", "\n")
        cell["metadata"] = cell.get("metadata") or {}
        if cell.setdefault("cell_type", "raw") == "code":
            cell["outputs"] = cell.get("outputs") or []
            cell.setdefault("execution_count", None)
        own = str(cell.get("id", ""))
        cell["id"] = own if ID.fullmatch(own) and own not in seen else secrets.token_hex(4)
        seen.add(cell["id"])
    book["metadata"] = book.get("metadata") or {}
    minor = book.get("nbformat_minor")
    book |= {"nbformat": 4, "nbformat_minor": max(5, minor) if isinstance(minor, int) else 5}
    return book


def exercises_in(book, names) -> dict[str, Place]:
    """Return the exercises that a notebook holds, and where.

    An exercise is there if a cell defines or checks it. In a notebook that checks any, also code
    that was made text and a row of the table at its beginning tell of one.

    Args:
        book: as from `read_notebook`.
        names: of all exercises.
    """
    cells = [
        (n, cell["cell_type"] == "code", cell["source"]) for n, cell in enumerate(book["cells"])
    ]
    code = [(n, source) for n, is_code, source in cells if is_code]
    text = "\n".join(source for _, is_code, source in cells if not is_code)
    announced = set(ANNOUNCED.findall(text))
    checks = {n: checked_in(source) for n, source in code}
    places = {}
    for name in names:
        defined = [
            (n, part) for n, source in code if name in source for part in definitions(source, name)
        ]
        checked = [n for n, checked in checks.items() if name in checked]
        in_text = any(checks.values()) and name in text and bool(definitions(text, name))
        is_announced = any(checks.values()) and name in announced
        if defined or checked or in_text or is_announced:
            places[name] = Place(tuple(defined), tuple(checked), in_text)
    return places
