"""Words and numbers as they stand in what is written for people and for other programs."""

import re
import unicodedata
from typing import Any


COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # of a terminal
# XML forbids these, half a letter cannot be written as UTF-8, the last ones turn lines around, and
# no reader needs any of them.
FORBIDDEN = re.compile(
    r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
    r"|[\u202a-\u202e\u2066-\u2069]"
)
# Spreadsheets run a cell that begins with one of these; those of full width, too.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\n]")


def clean(value: Any) -> Any:
    """Put � in the place of letters that cannot be written, in all texts of plain data."""
    match value:
        case str():
            return FORBIDDEN.sub("�", COLOURS.sub("", value))
        case dict():
            return {key: clean(item) for key, item in value.items()}
        case list() | tuple():
            return [clean(item) for item in value]
    return value


def composed(text: str) -> str:
    """Return a text with its accents on their letters, as keyboards but not all systems write."""
    return unicodedata.normalize("NFC", text)


def cell(value) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    text = value if isinstance(value, str) else number(value)
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # which the csv module does not quote
    return f"'{text}" if FORMULA.match(text) else text


def number(value: float | int) -> str:
    """Return points with at most two decimals: 3, 2.5, 0.67."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def plural(count: int, noun: str) -> str:
    """Return a number with its noun: 1 answer, 2 answers."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(names, most: int = 12) -> str:
    """Return names in a row, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
