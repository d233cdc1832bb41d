"""Put an exercise's stub back; the old answer is kept."""

import pathlib
import time

from ddpm_edu.course.answers import defines, stub_of
from ddpm_edu.course.paths import exercise_notebooks
from ddpm_edu.files import unused, whole_file


def read_notebook(path):
    """Read a notebook.

    Raises:
        ValueError: a file that is no notebook.
    """
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        got = str(error).splitlines()[0]
        raise ValueError(f"{path}: expected a notebook, got: {got}") from error


def reset(exercise_id: str, folder) -> tuple[pathlib.Path, pathlib.Path | None]:
    """Put an exercise's stub back into its notebook and keep the old answer in a file beside it.

    Args:
        exercise_id: of the exercise.
        folder: of the notebooks.
    Returns:
        The notebook, and the file with the old answer (None if the stub was still there).
    Raises:
        ValueError: no notebook has this exercise, or this copy of the course does not have its
            stub.
    """
    import nbformat

    stub = stub_of(exercise_id)
    if stub is None:
        problem = "this copy of the course has none (source/ is missing)"
        raise ValueError(f"{exercise_id}: expected its stub, and {problem}")
    for path in exercise_notebooks(folder):
        book = read_notebook(path)
        cell = next((cell for cell in book.cells if is_answer(cell, exercise_id)), None)
        if cell is None:
            continue
        kept = None if cell.source.strip() == stub.strip() else keep(cell, exercise_id, path.parent)
        cell.update(source=stub, outputs=[], execution_count=None)
        with whole_file(path) as name:
            nbformat.write(book, name)
        return path, kept
    raise ValueError(f"{exercise_id}: expected a notebook in {folder} that defines it, got none")


def is_answer(cell, exercise_id):
    return cell.cell_type == "code" and defines(cell.source, exercise_id)


def keep(cell, exercise_id, folder):
    """Write an answer to a file of its own and return its path."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = unused(folder / "answers" / f"{exercise_id}-{stamp}.py")
    with whole_file(kept) as name:
        name.write_text(cell.source + "\n", encoding="utf-8")
    return kept
