"""Put an exercise's stub back; the old answer is kept."""

import pathlib
import secrets
import textwrap
import time
from dataclasses import dataclass, replace

from ddpm_edu.course.answers import stub_of
from ddpm_edu.course.copies import write_book
from ddpm_edu.course.definitions import CHECK, binds, definitions, replaced
from ddpm_edu.course.notebooks import (
    Place,
    exercise_notebooks,
    exercises_in,
    oldest_first,
    read_notebook,
)
from ddpm_edu.course.statements import parsed
from ddpm_edu.files import unused, whole_file


@dataclass(frozen=True)
class Reset:
    """What was done to one notebook.

    Args:
        notebook: its path.
        kept: the file with the old answer; None if the stub was still there, or nothing at all.
        remarks: where the stub was put if there was no definition, and what was left, in words.
    """

    notebook: pathlib.Path
    kept: pathlib.Path | None = None
    remarks: tuple[str, ...] = ()


def reset(exercise_id: str, folder) -> list[Reset]:
    """Put an exercise's stub back into every notebook that has it and keep the old answers.

    The stub takes the place of the last definition, and of nothing else in its cell. Where the
    definition has gone, it is put above the exercise's check.

    Args:
        exercise_id: of the exercise.
        folder: of the notebooks.
    Returns:
        What was done, the notebook that changed last at the end.
    Raises:
        ValueError: no notebook has this exercise, or this copy of the course has no stub of it.
    """
    stub = stub_of(exercise_id)
    if stub is None:
        problem = "this copy of the course has none (source/ is missing)"
        raise ValueError(f"{exercise_id}: expected its stub, and {problem}")
    books, problems = {}, []
    for path in exercise_notebooks(folder):
        try:
            books[path] = read_notebook(path)
        except (ValueError, OSError) as error:
            problems.append(str(error))
    places = {
        path: places[exercise_id]
        for path in oldest_first(books)
        if (places := exercises_in(books[path], [exercise_id]))
    }
    if not places:
        expected = f"expected a notebook in {folder} that defines or checks it, got none"
        raise ValueError("; ".join([f"{exercise_id}: {expected}", *problems]))
    done = [put_back(exercise_id, stub, path, books[path], place) for path, place in places.items()]
    return [*done[:-1], replace(done[-1], remarks=(*done[-1].remarks, *problems))]


def put_back(exercise_id, stub, path, book, place) -> Reset:
    """Put a stub into one notebook."""
    if place.definitions:
        answer, remarks = replace_last(book, exercise_id, stub, place)
    else:
        answer, remarks = "", (insert(book, exercise_id, stub, place),)
    if overridden(book, exercise_id):
        remarks = (*remarks, put_above_check(book, exercise_id, stub))
    if place.in_text:
        remarks = (*remarks, "its code in a text cell was left")
    changed = answer.strip() != stub.strip()
    kept = keep(answer, exercise_id, path.parent) if changed and answer else None
    if changed:
        write(book, path)
    return Reset(path, kept, remarks)


def replace_last(book, exercise_id, stub, place: Place):
    """Replace the last definition, the one that Python ends up with; return (answer, remarks)."""
    cells, (number, last) = book["cells"], place.definitions[-1]
    cell, remarks = cells[number], []
    code = cell["source"]
    # In a block another branch than the last may be the one that runs.
    inside = [part for n, part in place.definitions[:-1] if n == number and part.indent]
    parts = [*inside, last]
    answer = "\n\n".join(code[part.start : part.end] for part in parts)
    if last.end == len(code.rstrip()) and (rest := rest_of_a_split_cell(cells, number, answer)):
        answer += "\n" + rest
        remarks.append("its rest in the next cell was taken out with it")
    # Of the stub only the function: the cell may hold what else the learner has put there.
    only = definitions(stub, exercise_id)[-1]
    source = code
    for part in reversed(parts):
        source = replaced(source, part, stub[only.start : only.end])
    if source != code:
        cell.update(source=source, outputs=[], execution_count=None)
    if (code[: parts[0].start] + code[last.end :]).strip():
        remarks.append("the other code in its cell was left")
    earlier = {n + 1 for n, part in place.definitions if part not in parts or n != number}
    if earlier:
        cells_left = ", ".join(map(str, sorted(earlier)))
        remarks.append(f"an earlier definition in cell {cells_left} was left")
    return answer, tuple(remarks)


def rest_of_a_split_cell(cells, number, function):
    """Take out the next cell if it is the indented rest of a function, and return its code."""
    if number + 1 == len(cells) or cells[number + 1].get("cell_type") != "code":
        return ""
    rest = cells[number + 1]["source"]
    if not rest.strip() or not rest.lstrip("\n")[0].isspace():
        return ""
    whole = parsed(textwrap.dedent(f"{function}\n{rest}"))
    if whole is None or len(whole.body) != 1 or (parsed(function) and runs(textwrap.dedent(rest))):
        return ""
    del cells[number + 1]
    return rest


def runs(code):
    """Tell code that can stand by itself from the rest of a function, such as a `return`."""
    try:
        return bool(compile(code, "cell", "exec"))
    except (SyntaxError, ValueError):
        return False


def overridden(book, exercise_id):
    """Tell whether something between the stub and its check gives the name to another function."""
    place, cells = exercises_in(book, [exercise_id])[exercise_id], book["cells"]
    first, end = place.definitions[-1][0], max(place.checks, default=len(cells) - 1)
    between = [cell["source"] for cell in cells[first : end + 1] if cell.get("cell_type") == "code"]
    return any(gives_again(source, exercise_id) for source in between)


def gives_again(code, exercise_id):
    """Tell whether a name is given, after its definition if there is one, to more than a number."""
    found = definitions(code, exercise_id)
    return binds(code[found[-1].end :] if found else code, exercise_id)


def put_above_check(book, exercise_id, stub):
    """Put the stub right above the check's own line, below what gives its name to another."""
    for cell in reversed(book["cells"]):
        lines = cell["source"].split("\n")
        checks = [n for n, line in enumerate(lines) if exercise_id in CHECK.findall(line)]
        if cell.get("cell_type") == "code" and checks and not lines[checks[0]][:1].isspace():
            lines[checks[0] : checks[0]] = [*stub.split("\n"), "", ""]
            cell.update(source="\n".join(lines), outputs=[], execution_count=None)
            return "another line gives its name too, so a stub is right above its check as well"
    book["cells"].append(new_cell(stub))
    return "another line gives its name too, so a stub is at the end as well"


def insert(book, exercise_id, stub, place: Place):
    """Put a stub above the check, or with a check of its own at the end; say where."""
    cells = book["cells"]
    at = place.checks[0] if place.checks else len(cells)
    above = cells[at - 1] if at else {}
    if above.get("cell_type") == "code" and not above["source"].strip():
        above.update(source=stub, outputs=[], execution_count=None)  # the cell that was emptied
        return "no cell defined it, so the stub is in the empty one above its check"
    check = [] if place.checks else [new_cell(f'check("{exercise_id}", {exercise_id})')]
    cells[at:at] = [new_cell(stub), *check]
    where = "above its check" if place.checks else "at the end"
    return f"no cell defined it, so the stub is in a new one {where}"


def new_cell(source):
    metadata, name = {"tags": ["raises-exception"]}, secrets.token_hex(4)
    cell = {"cell_type": "code", "execution_count": None, "id": name, "metadata": metadata}
    return cell | {"outputs": [], "source": source}


def write(book, path):
    """Write a notebook, through a link; it stays as old as it was: the newest answer counts."""
    cells = [{**cell, "source": cell["source"].splitlines(keepends=True)} for cell in book["cells"]]
    write_book({**book, "cells": cells}, path.resolve())


def keep(answer, exercise_id, folder):
    """Write an answer to a file of its own and return its path."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = unused(folder / "answers" / f"{exercise_id}-{stamp}.py")
    with whole_file(kept) as name:
        name.write_text(answer + "\n", encoding="utf-8", errors="surrogatepass", newline="\n")
    return kept
