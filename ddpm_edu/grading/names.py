"""Names that students gave to folders and files, made fit to be written and shown."""

import hashlib


MOST_LETTERS = 180  # bytes of a name, which becomes that of a file


def clean(name: str) -> str:
    """Return a name that can be written as UTF-8 and fits into that of a file."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = "".join(letter if letter.isprintable() else "�" for letter in text)
    if len(text.encode()) <= MOST_LETTERS:
        return text
    begin = text.encode()[: MOST_LETTERS - 10].decode("utf-8", "ignore")
    return f"{begin}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def unique(name, names):
    number, one = 1, name
    while one in names:
        number += 1
        one = f"{name}-{number}"
    return one


def clean_path(path) -> str:
    """Return a relative path with forward slashes, each part fit to be shown."""
    return "/".join(map(clean, path.parts))
