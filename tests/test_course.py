"""The course itself: notebooks are what source/ says, exercises fail as shipped, solutions pass."""

import html
import json
import re
import statistics
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from ddpm_edu.checks import exercises
from ddpm_edu.course.copies import is_untouched
from ddpm_edu.course.workbook import workbook_names
from tools import build


ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EXERCISES = sorted((ROOT / "exercises").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))
ALL = [*LESSONS, *EXERCISES, *SOLUTIONS]
IN_WORKBOOK = [ROOT / "workbook" / name for name in workbook_names(ROOT).values()]


def name(path):
    return f"{path.parent.name}/{path.stem}"


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def test_every_exercise_has_its_solution_and_its_source():
    sources = [path.stem for path in sorted((ROOT / "source/exercises").glob("*.py"))]
    assert sources == [path.stem for path in EXERCISES] == [path.stem for path in SOLUTIONS]
    assert [path.stem for path in sorted((ROOT / "source/lessons").glob("*.py"))] == [
        path.stem for path in LESSONS
    ]


def test_notebooks_are_what_their_source_says():
    assert [
        path.name for path, book, _ in build.targets() if not build.is_current(path, book)
    ] == []


def test_a_change_of_the_source_is_noticed():
    path, book, _ = next(iter(build.targets()))
    book.cells[1].source += " "
    assert not build.is_current(path, book)


@pytest.mark.parametrize("path", ALL, ids=name)
def test_a_notebook_says_what_it_was_shipped_with(path):
    assert is_untouched(read(path)), "an update cannot tell answers from the text around them"


def test_cell_ids_are_stable_and_valid():
    first, second = (
        [cell.id for _, book, _ in build.targets() for cell in book.cells] for _ in range(2)
    )
    assert first == second
    for path in ALL:
        nbformat.validate(json.loads(path.read_text()))


@pytest.mark.parametrize(
    ("exercise", "solution"), [*zip(EXERCISES, SOLUTIONS, strict=True)], ids=[*map(name, EXERCISES)]
)
def test_an_exercise_is_its_solution_minus_the_answers(exercise, solution):
    for blank, solved in zip(read(exercise).cells, read(solution).cells, strict=True):
        assert (blank.id, blank.cell_type) == (solved.id, solved.cell_type)
        if "# TODO: " in blank.source:
            before, after = re.split(r" *# TODO: .*\n *raise NotImplementedError", blank.source)
            assert solved.source.startswith(before)
            assert solved.source.endswith(after)
            assert len(solved.source) > len(before) + len(after), "the answer is empty"
        else:
            assert blank.source == solved.source
        assert "SOLUTION" not in blank.source + solved.source


def test_every_exercise_of_a_lesson_that_is_there_is_asked():
    asked = [
        ask for path in EXERCISES for ask in re.findall(r'^check\("(\w+)"', all_code(path), re.M)
    ]
    assert asked == [exercise.id for exercise in exercises()]


def all_code(path):
    return "\n".join(cell.source for cell in code_cells(path))


def run(path):
    """Run a notebook to its end whatever fails; return its code cells."""
    book = read(path)
    NotebookClient(
        book, timeout=120, allow_errors=True, resources={"metadata": {"path": path.parent}}
    ).execute()
    return [cell for cell in book.cells if cell.cell_type == "code"]


def verdicts(cells):
    """Return for each cell that checks an answer what the learner reads."""
    checks = [cell for cell in cells if cell.source.startswith("check(")]
    return [
        "\n".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)
        for cell in checks
    ]


def drawing(cells):
    """Return the cells that draw with the learner's functions."""
    return [cell for cell in cells if cell.source.startswith("if ready(")]


def test_training_and_sampling_end_in_pictures():
    drawn = [path.stem[:2] for path in EXERCISES if drawing(code_cells(path))]
    assert drawn == ["05", "06", "08"]


@pytest.mark.slow
@pytest.mark.parametrize("path", EXERCISES, ids=name)
def test_every_exercise_fails_as_shipped_and_says_that_it_is_not_written_yet(path):
    cells = run(path)
    read_by_the_learner = verdicts(cells)
    assert read_by_the_learner
    for cell in drawing(cells):
        [output] = cell.outputs
        assert "Still to pass: " in output.data["text/plain"]
    assert all("not written yet" in verdict for verdict in read_by_the_learner)


@pytest.mark.slow
@pytest.mark.parametrize("path", SOLUTIONS, ids=name)
def test_every_solution_passes(path):
    cells = run(path)
    assert [
        output for cell in cells for output in cell.outputs if output.output_type == "error"
    ] == []
    assert verdicts(cells)
    assert all(verdict.startswith("✓") for verdict in verdicts(cells))
    for cell in drawing(cells):
        assert any("image/png" in output.get("data", {}) for output in cell.outputs)


@pytest.mark.parametrize("path", EXERCISES, ids=name)
def test_exercises_carry_no_outputs(path):
    assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(path))


@pytest.mark.parametrize("path", [*LESSONS, *SOLUTIONS], ids=name)
def test_stored_outputs_have_no_error_no_warning_and_words_for_every_picture(path):
    assert path.stat().st_size <= 1_000_000
    for cell in code_cells(path):
        assert cell.execution_count, "a cell was not run"
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text
            if "image/png" in output.get("data", {}):
                assert len(alt := output.metadata["image/png"]["alt"]) > 20
                # JupyterLab shows the HTML, since it knows no alt text of a PNG
                assert f'<img alt="{html.escape(alt)}"' in output.data["text/html"]


@pytest.mark.parametrize("path", ALL, ids=name)
def test_cells_are_short(path):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(path)]
    assert max(lengths) <= 25
    assert statistics.median(lengths) <= 8


@pytest.mark.parametrize("path", ALL, ids=name)
def test_links_lead_somewhere(path):
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        target = (path.parent / link).resolve()
        assert target in IN_WORKBOOK or target.exists(), f"{link} is not there"
