"""Promise 4: nothing is lost, whatever files were handed in."""

import io
import json
import os
import zipfile

from attacks import IMPORTS, NEVER, RIGHT, SNR, WRONG, Attack, cells_around, notebook


BOOK = json.dumps(notebook(cells_around()))
NONE = {"sample_q": "not_attempted", "snr": "not_attempted"}


def zipped(members, **about):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def link_out(place):
    secret = place.parent.parent / "outside.ipynb"
    secret.write_text(BOOK, encoding="utf-8")
    (place / "work.ipynb").symlink_to(secret)


def link_in(place):
    (place / "work.ipynb").write_text(BOOK, encoding="utf-8")
    (place / "again.ipynb").symlink_to("work.ipynb")


def link_loop(place):
    (place / "work.ipynb").write_text(BOOK, encoding="utf-8")
    (place / "loop").symlink_to(place)
    (place / "loop.ipynb").symlink_to("loop.ipynb")


def linked_folder(place):
    place.rmdir()
    place.symlink_to(place.parent.parent)


def fifo(place):
    (place / "work.ipynb").write_text(BOOK, encoding="utf-8")
    os.mkfifo(place / "pipe.ipynb")


def folder_as_notebook(place):
    (place / "work.ipynb").mkdir()
    (place / "own.ipynb").write_text(BOOK, encoding="utf-8")


def newer(first, second):
    """Write two notebooks, the second an hour younger."""

    def make(place):
        for number, answer in enumerate((first, second)):
            path = place / f"{number}.ipynb"
            path.write_text(json.dumps(notebook(cells_around(answer=answer))), encoding="utf-8")
            os.utime(path, (1e9 + 3600 * number, 1e9 + 3600 * number))

    return make


STUB = "def sample_q(x_0, t, schedule, noise):\n    raise NotImplementedError"
CONFLICT = BOOK.replace('"cells"', '\n<<<<<<< HEAD\n"cells"', 1)
OTHER = json.dumps(notebook(["print('another course')"]))
UNREADABLE = {
    "json": ("{", "expected a notebook, got"),
    "empty": ("", "an empty file"),
    "conflict": (CONFLICT, "marks of a merge conflict"),
    "other-course": (OTHER, "expected a notebook with exercises of this course"),
    "format-5": ('{"cells": [], "nbformat": 5}', "format 5"),
    "list": ("[]", "format None"),
    "cells": ('{"cells": 3, "nbformat": 4}', "expected a notebook, got"),
    "cell": ('{"cells": [3], "nbformat": 4}', "expected a notebook, got"),
    "deep": ("[" * 100_000 + "]" * 100_000, "expected a notebook, got"),
    "binary": (os.urandom(3000), "expected a notebook, got"),
    "huge": (b" " * (33 * 2**20), "expected at most 32 MiB"),
    "much-code": (json.dumps(notebook([RIGHT, "x = 1\n" * 200_000])), "characters of code"),
    "slow-to-read": (json.dumps(notebook([RIGHT, " " * 900_000 + "x\ny?!"])), ""),
    "question-marks": (json.dumps(notebook([RIGHT, "?" * 900_000 + "x"])), ""),
}
ARCHIVES = {
    "zip": (zipped({"work.ipynb": BOOK}), "passed", ""),
    "zip-slip": (zipped({"../../x.ipynb": BOOK, "a.ipynb": BOOK}), "passed", "leads out of"),
    "zip-broken": (b"PK\x03\x04 no archive", None, "zip"),
    "zip-bomb": (zipped({"a.ipynb": b" " * (40 * 2**20)}), None, "expected at most 32 MiB"),
    "zip-nothing": (zipped({"readme.txt": "x"}), None, "without a notebook"),
}
ATTACKS = [
    *(
        Attack(f"file-{name}", [], None, None, bool(not words), {"a.ipynb": content}, words)
        for name, (content, words) in UNREADABLE.items()
    ),
    *(
        Attack(f"file-{name}", [], status, status, status is not None, {"a.zip": data}, words)
        for name, (data, status, words) in ARCHIVES.items()
    ),
    Attack("file-none", [], None, None, False, {"essay.pdf": b"x"}, "no notebook was handed in"),
    Attack("file-link-out", [], None, None, False, words="leads out", make=link_out),
    Attack("file-link-in", make=link_in),
    Attack("file-link-loop", make=link_loop),
    Attack("file-linked-folder", [], None, None, False, words="link", make=linked_folder),
    Attack("file-fifo", make=fifo, words="something else"),
    Attack("file-folder", make=folder_as_notebook),
    Attack("file-one-good", cells_around(), files={"bad.ipynb": "{"}, words="expected a notebook"),
    Attack("file-newest-right", make=newer(WRONG, RIGHT), words="In two notebooks"),
    Attack("file-newest-wrong", [], NEVER, "passed", make=newer(RIGHT, WRONG)),
    Attack("file-newest-stub", make=newer(RIGHT, STUB), words="In two notebooks"),
    Attack("file-stub", cells_around(answer=STUB), "not_attempted"),
    Attack("file-no-answer", [IMPORTS, SNR], None),
    Attack("file-same-1", cells_around("same = 1")),
    Attack("file-same-2", cells_around("same = 1")),
]
