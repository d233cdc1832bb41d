"""A lesson asks before it answers: predictions, derivations, and exercises where they belong."""

import itertools
import re
from pathlib import Path

import nbformat
import pytest
import torch
from cell_names import ambiguous
from test_lessons import LESSONS, NAMES, every_lesson

from ddpm_edu import GaussianOracle, NoiseSchedule, ddim_timesteps, linear_schedule
from ddpm_edu.checks.catalogue import CATALOGUE


ROOT = Path(__file__).parents[1]
EXERCISES = {
    path.stem: nbformat.read(path, as_version=4).cells
    for path in sorted((ROOT / "exercises").glob("*.ipynb"))
}
every_exercise = pytest.mark.parametrize("exercise", CATALOGUE.values(), ids=CATALOGUE)


def between(book):
    """Return the code cells from each question to its answer, the answer included."""
    asked, found = False, []
    for cell in book.cells:
        if cell.cell_type == "code" and asked:
            found.append(cell)
            asked = ".compare(" not in cell.source
        asked |= cell.cell_type == "code" and "widgets.Prediction(" in cell.source
    return found


@every_lesson
def test_what_is_to_be_predicted_is_folded(book):
    assert between(book)
    for cell in between(book):
        assert "after-prediction" in cell.metadata.tags
        hidden = cell.metadata.get("jupyter", {})
        assert hidden.get("outputs_hidden") or not cell.outputs
        assert hidden.get("source_hidden", False) == (".compare(" in cell.source)
        for output in cell.outputs:
            if "nbval-check-output" not in cell.metadata.tags:
                page = output.get("data", {}).get("text/html", "")
                first, _ = page.split("\n", 1)  # JupyterLab shows it of what is folded
                assert first.endswith("(predict first, then click)</summary>")


@every_lesson
def test_no_other_output_is_folded(book):
    asked = {cell.id for cell in between(book)}
    for cell in book.cells:
        assert cell.id in asked or not cell.metadata.get("jupyter", {}).get("outputs_hidden")


def stub(exercise):
    """Return the text above a stub, and the stub, as the learner finds them."""
    cells = EXERCISES[NAMES[exercise.lesson]]
    place = next(
        number
        for number, cell in enumerate(cells)
        if cell.cell_type == "code" and re.search(rf"^def {exercise.id}\(", cell.source, re.M)
    )
    above = next(cell for cell in cells[place::-1] if cell.cell_type == "markdown")
    return above.source, cells[place].source


def test_every_lesson_with_exercises_has_two_that_are_derived():
    for lesson in range(1, len(NAMES)):
        derived = [e for e in CATALOGUE.values() if e.lesson == lesson and e.derived]
        assert len(derived) >= 2, f"lesson {lesson}"


@every_exercise
def test_a_derived_exercise_says_what_and_from_what_but_not_how(exercise):
    above, code = stub(exercise)
    assert ("*Derived: " in above) == exercise.derived
    if exercise.derived:
        assert re.search(r"\bWanted:\s", above) and re.search(r"\bFrom:\s", above)
        todo = re.search(r"# TODO: (.*)", code)[1]
        assert len(todo.split()) <= 6, "a long TODO tells how"
        assert " = " not in exercise.equation, "a failed check would tell it"


@every_exercise
def test_the_first_hint_says_more_than_the_stub(exercise):
    def words(text):
        return set(re.findall(r"[a-z]{4,}", text.lower()))

    todo = re.search(r"# TODO: (.*)", stub(exercise)[1])[1]
    shared = words(todo) & words(exercise.hints[0])
    assert len(shared) <= len(words(todo)) / 2 or len(shared) <= 1, shared


@every_exercise
def test_an_exercise_is_linked_where_its_section_ends(exercise):
    text = "\n\n".join(
        c.source for c in LESSONS[exercise.lesson].cells if c.cell_type == "markdown"
    )
    section = re.split(rf"^## {re.escape(exercise.section)}$", text, flags=re.M)[1]
    section = re.split(r"^## ", section, flags=re.M)[0].strip()
    link = rf"\[`{exercise.id}`\]\(\.\./workbook/0{exercise.lesson}_exercises\.ipynb#[^)]+\)"
    end = rf"> \*\*Now write it:\*\* {link}, {exercise.minutes} minutes\.\n*"
    others = r"(?:> \*\*Now write it:.*\n*)*"
    assert re.search(end + others + "$", section)
    assert exercise.derived == bool(re.match(rf"> \*\*Derive it first\.\*\* .*?{link}", section))


def test_the_links_lead_to_the_headings_of_the_workbook():
    for name, book in zip(NAMES, LESSONS, strict=True):
        text = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
        headings = [
            heading
            for cell in EXERCISES.get(name, [])
            for heading in re.findall(r"^## (.+)$", cell.source, re.M)
        ]
        for target in re.findall(r"Now write it:\*\* \[`\w+`\]\([^#)]+#([^)]+)\)", text):
            assert target in {quoted(heading) for heading in headings}


def quoted(heading):
    from urllib.parse import quote

    return quote(heading.replace(" ", "-"))


@every_lesson
def test_a_cell_that_is_run_again_finds_what_it_found_before(book):
    # what a cell reads is made by one other cell only, so that no later one can have changed it
    cells = [
        cell.source
        for cell in book.cells
        if cell.cell_type == "code" and not cell.id.endswith("-install")
    ]
    assert ambiguous(cells) == []


def test_a_name_that_two_cells_make_is_seen():
    cells = ["x = 1\ny = 2", "def f():\n    return x + z\n", "z = [x for x in range(y)]", "x = z"]
    assert ambiguous(cells) == [(1, "x", [0, 3])]
    assert ambiguous(["for t in ():\n    u = t", "u"]) == []


def test_the_exercise_of_lesson_8_gives_what_it_says():
    [book] = [book for book, name in zip(LESSONS, NAMES, strict=True) if name.startswith("08")]
    text = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    folded = re.search(r"```python\n(def heun_in_y.*?)```", text, re.S)[1]
    exact = NoiseSchedule(linear_schedule(1000), dtype=torch.float64)
    space = {"exact": exact, "oracle": GaussianOracle(mean=0.5, std=0.3, schedule=exact)}
    exec(folded, space)
    for steps, width in re.findall(r"(\d+) steps(?: should give)? (0\.\d+)", text.split("Heun")[1]):
        times, ends = ddim_timesteps(1000, int(steps)), torch.tensor([0.0, 1.0]).double()
        for t, t_prev in itertools.pairwise(times):
            ends = space["heun_in_y"](ends, t.expand(2), t_prev.expand(2))
        assert f"{ends.diff().abs().item():.4f}" == width
