"""What an exercise looks like before and after it is solved.

An exercise is its solution minus the answers, which stand in source/exercises between
`# BEGIN SOLUTION: hint` and `# END SOLUTION`.
"""

import re

from ddpm_edu.course import paths
from ddpm_edu.course.definitions import definitions
from ddpm_edu.course.notebooks import read_notebook


ANSWER = re.compile(
    r"^(?P<indent> *)# BEGIN SOLUTION: (?P<hint>.*)\n(?P<body>(?:.*\n)*?) *# END SOLUTION$", re.M
)
CELLS = re.compile(r"^# %%(?: .*)?\n", re.M)


def solved(code: str) -> str:
    """Drop the marker lines around answers."""
    return ANSWER.sub(lambda match: match["body"].rstrip("\n"), code)


def stubbed(code: str) -> str:
    """Put a hint and NotImplementedError in the place of answers."""
    stub = r"\g<indent># TODO: \g<hint>\n\g<indent>raise NotImplementedError"
    return ANSWER.sub(stub, code)


def source_of(exercise_id: str) -> tuple[str, str] | None:
    """Return (name of the notebook, code of the cell with its answer marked).

    None in a copy of the course without source/.

    Args:
        exercise_id: also the name of the function that the cell defines.
    """
    for path in sorted((paths.ROOT / "source/exercises").glob("*.py")):
        for cell in CELLS.split(path.read_text(encoding="utf-8")):
            if definitions(cell, exercise_id):
                return path.stem, cell.strip() + "\n"
    return None


def solution_with_imports(exercise_id: str) -> tuple[str, str]:
    """Return (imports of the notebook, cell with the solution): together a program.

    Raises:
        LookupError: there is no such exercise, or no source/.
    """
    found = source_of(exercise_id)
    if found is None:
        raise LookupError(f"exercise: expected one in {paths.ROOT / 'source'}, got {exercise_id}")
    notebook, cell = found
    text = (paths.ROOT / f"source/exercises/{notebook}.py").read_text(encoding="utf-8")
    imports = next(cell for cell in CELLS.split(text) if cell.lstrip().startswith("import"))
    return imports, solved(cell)


def stub_of(exercise_id: str) -> str | None:
    """Return the cell as it is handed out, from source/ or else exercises/; None without both."""
    if source := source_of(exercise_id):
        return stubbed(source[1]).rstrip("\n")
    for path in sorted((paths.ROOT / "exercises").glob(paths.NOTEBOOKS)):
        for cell in read_notebook(path)["cells"]:
            if cell["cell_type"] == "code" and definitions(cell["source"], exercise_id):
                return cell["source"]
    return None
