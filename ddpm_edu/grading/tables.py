"""Tables that a teacher writes by hand: CSV files that name file, line and column of a mistake."""

import csv
import io
import math
import pathlib
from dataclasses import dataclass

from ddpm_edu.files import nearest
from ddpm_edu.grading.wording import composed


@dataclass(frozen=True)
class TableRow:
    """A line of a table.

    Args:
        path: of the file.
        line: from 1, the head included.
        values: column -> text; columns in lower case.
    """

    path: pathlib.Path
    line: int
    values: dict[str, str]

    def wrong(self, column: str, expected: str) -> ValueError:
        """Return the error that a cell is."""
        got = self.values.get(column, "")
        place = f"{self.path}, line {self.line}, column {column}"
        return ValueError(f"{place}: expected {expected}, got {got!r}")

    def text(self, column: str) -> str:
        """Return a cell that must not be empty."""
        if not self.values.get(column):
            raise self.wrong(column, "some text")
        return self.values[column]

    def number(self, column: str, most: float = math.inf) -> float:
        """Return a number of 0 or more."""
        expected = "a number of 0 or more" if most == math.inf else f"a number in 0..{most:g}"
        try:
            value = float(self.values[column])
        except ValueError:
            raise self.wrong(column, expected) from None
        if not 0 <= value <= most or value == math.inf:
            raise self.wrong(column, expected)
        return value

    def one_of(self, column: str, names) -> str:
        """Return a cell that holds one of some names."""
        if self.text(column) not in names:
            raise self.wrong(column, nearest(self.text(column), list(names)))
        return self.text(column)


def read_table(path: pathlib.Path, columns=(), optional=()) -> list[TableRow]:
    """Read a CSV file, separated by commas or, as some spreadsheets write it, by semicolons.

    Args:
        path: of the file, in UTF-8.
        columns: that it must have.
        optional: those that it may have besides; None for any.
    Raises:
        ValueError: what is wrong, with file, line and column.
    """
    path = pathlib.Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"{path}: expected a CSV file, got: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: expected UTF-8, got other letters; save it as CSV UTF-8"
        ) from None
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    head, rows, line = None, [], 1
    try:
        for values in reader:
            if head is None:
                head = head_of(path, values, columns, optional)
            elif any(value.strip() for value in values):
                rows.append(row_of(path, line, head, values))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(
            f"{path}, line {line}: expected a row of a CSV file, got: {error}"
        ) from None
    if head is None:
        raise ValueError(f"{path}, line 1: expected {', '.join(columns)}, got an empty file")
    return rows


def head_of(path, values, columns, optional):
    """Return the names of the columns."""
    head = [value.strip().lower() for value in values]
    for name in columns:
        if name not in head:
            got = ", ".join(head)
            raise ValueError(f"{path}, line 1: expected a column {name}, got {got}")
    for name in head:
        if optional is not None and name not in (*columns, *optional):
            expected = nearest(name, [*columns, *optional])
            raise ValueError(f"{path}, line 1, column {name}: expected {expected}")
        if name and head.count(name) > 1:
            raise ValueError(f"{path}, line 1, column {name}: expected it once")
    return head


def row_of(path, line, head, values):
    if len(values) != len(head):
        expected = f"{len(head)} cells as in line 1"
        raise ValueError(f"{path}, line {line}: expected {expected}, got {len(values)}")
    return TableRow(
        path, line, dict(zip(head, (composed(value.strip()) for value in values), strict=True))
    )
