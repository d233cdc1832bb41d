"""Where the course's files are, and what its exercises look like before and after they are solved.

An exercise is its solution minus the answers, which stand in source/exercises between `# BEGIN SOLUTION: hint`
and `# END SOLUTION`.
"""

import pathlib
import re
import time
from urllib.parse import quote

from ddpm_edu.files import unused, whole_file


ROOT = pathlib.Path(__file__).parents[1]
ANSWER = re.compile(r"^(?P<indent> *)# BEGIN SOLUTION: (?P<hint>.*)\n(?P<body>(?:.*\n)*?) *# END SOLUTION$", re.M)
CELLS = re.compile(r"^# %%(?: .*)?\n", re.M)


def solved(code: str) -> str:
    """Drop the marker lines around answers."""
    return ANSWER.sub(lambda match: match["body"].rstrip("\n"), code)


def stubbed(code: str) -> str:
    """Put a hint and NotImplementedError in the place of answers."""
    return ANSWER.sub(r"\g<indent># TODO: \g<hint>\n\g<indent>raise NotImplementedError", code)


def source_of(exercise_id: str) -> tuple[str, str] | None:
    """Give (name of the notebook, code of the cell with its answer marked), or None in a copy without source/.

    Args:
        exercise_id: also the name of the function that the cell defines.
    """
    for path in sorted((ROOT / "source/exercises").glob("*.py")):
        for cell in CELLS.split(path.read_text(encoding="utf-8")):
            if defines(cell, exercise_id):
                return path.stem, cell.strip() + "\n"
    return None


def defines(code: str, name: str) -> bool:
    """Tell whether a cell defines a function of this name."""
    return re.search(rf"^(?:async )?def {re.escape(name)}\(", code, re.M) is not None


def lesson_link(lesson: int, folder: pathlib.Path, section: str = "") -> str | None:
    """Give the path of a lesson's notebook as seen from a folder of the course, or None where there is none.

    Args:
        lesson: its number.
        folder: one level below the course's.
        section: heading to go to; JupyterLab names it with dashes in the place of spaces.
    """
    found = sorted((ROOT / "notebooks").glob(f"{lesson:02}_*.ipynb"))
    inside = folder.resolve().is_relative_to(ROOT) and folder.resolve() != ROOT
    anchor = f"#{quote(section.replace(' ', '-'))}" if section else ""
    return f"../notebooks/{found[0].name}{anchor}" if found and inside else None


def section_of_readme(title: str) -> str:
    """Give the text under a heading of the README, so that a lesson can show what stands there."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0].strip()


def exercise_folder() -> pathlib.Path:
    """Give the folder of exercises to use when none is named: the learner's copies, or the exercises, or this one."""
    here = pathlib.Path.cwd()
    return next((here / name for name in ("workbook", "exercises") if (here / name).is_dir()), here)


def exercise_notebooks(path) -> list[pathlib.Path]:
    """Give the notebooks of a folder, or the one named.

    Raises:
        ValueError: there is none.
    """
    path = pathlib.Path(path)
    found = sorted(path.glob("[!.]*.ipynb")) if path.is_dir() else [path] if path.is_file() else []  # none hidden
    if not found:
        raise ValueError(f"{path}: wanted a notebook or a folder with notebooks, saw none")
    return found


def read_notebook(path):
    """Read a notebook; ValueError for what is none."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        raise ValueError(f"{path}: wanted a notebook, saw: {str(error).splitlines()[0]}") from error


def reset(exercise_id: str, folder) -> tuple[pathlib.Path, pathlib.Path | None]:
    """Put an exercise's stub back into its notebook and keep the old answer in a file beside it.

    Args:
        exercise_id: of the exercise.
        folder: of the notebooks.
    Returns:
        The notebook, and the file with the old answer (None if the stub was still there).
    Raises:
        ValueError: no notebook has this exercise, or this copy of the course does not have its stub.
    """
    import nbformat

    source = source_of(exercise_id)
    if source is None:
        raise ValueError(f"{exercise_id}: wanted its stub, and this copy of the course has none (source/ is missing)")
    stub = stubbed(source[1]).rstrip("\n")
    for path in exercise_notebooks(folder):
        book = read_notebook(path)
        cell = next((c for c in book.cells if c.cell_type == "code" and defines(c.source, exercise_id)), None)
        if cell is None:
            continue
        kept = None
        if cell.source.strip() != stub.strip():
            kept = unused(path.parent / "answers" / f"{exercise_id}-{time.strftime('%Y%m%d-%H%M%S')}.py")
            with whole_file(kept) as name:
                name.write_text(cell.source + "\n", encoding="utf-8")
        cell.update(source=stub, outputs=[], execution_count=None)
        with whole_file(path) as name:
            nbformat.write(book, name)
        return path, kept
    raise ValueError(f"{exercise_id}: wanted a notebook in {folder} that defines it, saw none")
