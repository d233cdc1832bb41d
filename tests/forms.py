"""The forms in which programs leave a notebook's file, as functions of the notebook.

Their names are rows in docs/notebooks.md.
"""

import json
import warnings

import nbformat


def without(*fields):
    def text(book):
        for cell in book["cells"]:
            for field in fields:
                cell.pop(field, None)
        return json.dumps(book).encode()

    return text


def one_id_for_all(book):
    return json.dumps({**book, "cells": [{**cell, "id": "one"} for cell in book["cells"]]}).encode()


def format_3(book):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old = nbformat.convert(nbformat.from_dict(book), 3)
    return json.dumps(old).encode()


def windows_lines(book):
    cells = [{**cell, "source": cell["source"].replace("\n", "\r\n")} for cell in book["cells"]]
    return json.dumps({**book, "cells": cells}, indent=1).replace("\n", "\r\n").encode()


FORMS = {
    "a byte order mark": lambda book: b"\xef\xbb\xbf" + json.dumps(book).encode(),
    "UTF-16": lambda book: json.dumps(book).encode("utf-16"),
    "Windows line ends": windows_lines,
    "format 3": format_3,
    "no ids": without("id"),
    "no outputs, no execution counts": without("outputs", "execution_count"),
    "no metadata": without("metadata"),
    "one id for all cells": one_id_for_all,
}
