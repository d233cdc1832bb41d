"""Put an exercise's stub back; the old answer is kept."""

import os
import pathlib
import time
from dataclasses import dataclass

from ddpm_edu.course.answers import stub_of
from ddpm_edu.course.definitions import definitions, replaced
from ddpm_edu.course.notebooks import (
    Place,
    exercise_notebooks,
    exercises_in,
    oldest_first,
    read_notebook,
)
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
        ValueError: no notebook has this exercise, or this copy of the course does not have its
            stub.
    """
    stub = stub_of(exercise_id)
    if stub is None:
        problem = "this copy of the course has none (source/ is missing)"
        raise ValueError(f"{exercise_id}: expected its stub, and {problem}")
    books = {path: read_notebook(path) for path in oldest_first(exercise_notebooks(folder))}
    places = {
        path: places[exercise_id]
        for path, book in books.items()
        if (places := exercises_in(book, [exercise_id]))
    }
    if not places:
        raise ValueError(
            f"{exercise_id}: expected a notebook in {folder} that defines or checks it, got none"
        )
    return [put_back(exercise_id, stub, path, books[path], place) for path, place in places.items()]


def put_back(exercise_id, stub, path, book, place) -> Reset:
    """Put a stub into one notebook."""
    if place.definitions:
        answer, remarks = replace_last(book, exercise_id, stub, place)
    else:
        answer, remarks = "", (insert(book, exercise_id, stub, place),)
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
    answer = code[last.start : last.end]
    if last.end == len(code.rstrip()) and (rest := rest_of_a_split_cell(cells, number)):
        answer += "\n" + rest
        remarks.append("its rest in the next cell was taken out with it")
    # Of the stub only the function: the cell may hold what else the learner has put there.
    only = definitions(stub, exercise_id)[-1]
    source = replaced(code, last, stub[only.start : only.end])
    if source != code:
        cell.update(source=source, outputs=[], execution_count=None)
    if (code[: last.start] + code[last.end :]).strip():
        remarks.append("the other code in its cell was left")
    if earlier := sorted({n + 1 for n, _ in place.definitions[:-1]}):
        remarks.append(f"an earlier definition in cell {', '.join(map(str, earlier))} was left")
    return answer, tuple(remarks)


def rest_of_a_split_cell(cells, number):
    """Take out the next cell if it is the indented rest of a function, and return its code."""
    if number + 1 == len(cells) or cells[number + 1]["cell_type"] != "code":
        return ""
    rest = cells[number + 1]["source"]
    if not rest.strip() or not rest.lstrip("\n")[0].isspace():
        return ""
    del cells[number + 1]
    return rest


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
    import nbformat

    return nbformat.v4.new_code_cell(source, metadata={"tags": ["raises-exception"]})


def write(book, path):
    """Write a notebook whole, and let it be as old as it was: the newest answer is what counts."""
    import nbformat

    times = path.stat()
    with whole_file(path) as name:
        nbformat.write(nbformat.from_dict(book), name)
        os.utime(name, ns=(times.st_atime_ns, times.st_mtime_ns))


def keep(answer, exercise_id, folder):
    """Write an answer to a file of its own and return its path."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = unused(folder / "answers" / f"{exercise_id}-{stamp}.py")
    with whole_file(kept) as name:
        name.write_text(answer + "\n", encoding="utf-8", newline="\n")
    return kept
