"""What every lesson has: question, prediction, widget, bug hunt, recap, and proofs of equations."""

import re
from pathlib import Path

import nbformat
import pytest

from ddpm_edu.checks.catalogue import CATALOGUE
from tools.readme import row


ROOT = Path(__file__).parents[1]
LESSONS = [
    nbformat.read(path, as_version=4) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
]
NAMES = [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
TAG, PROOF = re.compile(r"\\tag\{([\d.]+)\}"), re.compile(r'\bprove\(\s*"([\d.]+)"')
every_lesson = pytest.mark.parametrize("book", LESSONS, ids=NAMES)


def prose(book):
    return "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")


def code(book):
    return "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")


def headings(book):
    return re.findall(r"^## (.+)$", prose(book), re.M)


def compared(book, how="proven|checked"):
    """Return the numbers of the equations that were proven or checked, as stored outputs say."""
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    printed = "".join(output.get("text", "") for output in outputs)
    return re.findall(rf"^Eq\. ([\d.]+) (?:{how})", printed, re.M)


def test_there_are_ten():
    assert [name[:2] for name in NAMES] == [f"{number:02}" for number in range(10)]


def test_every_equation_of_the_course_is_proven_or_checked_and_the_readme_counts_them():
    tags = [tag for book in LESSONS for tag in TAG.findall(prose(book))]
    assert len(tags) == len(set(tags)), "a number is given twice"
    assert set(tags) == {number for book in LESSONS for number in compared(book)}
    proven = {number for book in LESSONS for number in compared(book, "proven")}
    counts = f"{len(proven)} proven by algebra, {len(tags) - len(proven)} checked by numbers"
    readme = " ".join((ROOT / "README.md").read_text().split())
    assert f"{len(tags)} numbered equations ({counts})" in readme


def test_the_formula_sheet_has_every_numbered_equation():
    sheet = (ROOT / "docs/formulas.md").read_text()
    assert TAG.findall(sheet) == [tag for book in LESSONS for tag in TAG.findall(prose(book))]


@every_lesson
def test_equations_are_numbered_in_order(book):
    number = int(re.match(r"# (\d)\. ", book.cells[0].source)[1])
    tags = TAG.findall(prose(book))
    assert tags == [f"{number}.{place}" for place in range(1, len(tags) + 1)]
    assert tags


@every_lesson
def test_a_proof_follows_its_equation_and_its_outcome_is_compared_at_every_run(book):
    # a stored line could be old; of a marked cell nbval compares it with what the cell prints now
    seen = set()
    for cell in book.cells:
        seen |= set(TAG.findall(cell.source)) if cell.cell_type == "markdown" else set()
        if cell.cell_type == "code" and (proofs := PROOF.findall(cell.source)):
            assert set(proofs) <= seen, "proven before it was stated"
            assert "nbval-check-output" in cell.metadata.tags


@every_lesson
def test_numbers_of_the_paper_stand_beside_ours(book):
    # a proof that names the paper's equation stands under prose that does
    for number in re.findall(r'paper="(?:Eq\. )?(\d+)', code(book)):
        assert re.search(rf"Eq\.\s(?:\d+, )*{number}\b", prose(book)), (
            f"Eq. {number} is not named in the prose"
        )


@every_lesson
def test_the_form(book):
    first, text = book.cells[0].source, prose(book)
    assert re.match(r"# \d\. .+\n\n\*\*Question\.\*\* .+\?", first)
    assert re.search(r"\*About \d+ minutes\.", first)
    assert "## Bug hunt" in text and "<summary>What is wrong (click)</summary>" in text
    assert (
        text.count("> **Predict.**")
        == code(book).count("widgets.Prediction(")
        == code(book).count(".compare(")
        > 0
    )
    assert re.search(r"widgets\.[a-z_]+\(", code(book)), "no widget"
    recap = re.search(r"## Recap\n\n((?:\* .+\n(?:  .+\n)*)+)", text + "\n")[1]
    assert recap.count("\n* ") + 1 == 3
    assert re.search(r"\*\*Next:\*\*\s", text.split("## Recap")[1])


@every_lesson
def test_only_the_rooms_for_it_draw(book):
    assert not re.search(r"\b(matplotlib|plt|ipywidgets)\b", code(book))


@every_lesson
def test_every_picture_says_what_it_shows(book):
    draws = r"\b(?:figures\.(?!described)\w+|widgets\.[a-z_]+|unet_diagram)\("
    drawn = len(re.findall(draws, code(book)))
    assert drawn == len(re.findall(r"\balt=", code(book))) > 0


@pytest.mark.parametrize("exercise", CATALOGUE.values(), ids=CATALOGUE)
def test_the_section_that_an_exercise_sends_back_to_is_there(exercise):
    assert exercise.section in headings(LESSONS[exercise.lesson])


@pytest.mark.parametrize(("book", "name"), [*zip(LESSONS, NAMES, strict=True)][1:], ids=NAMES[1:])
def test_a_lesson_leads_to_its_exercises_and_onward(book, name):
    links = re.findall(r"\]\(([^)]+)\)", prose(book).split("## Recap")[1])
    exercises = {f"../workbook/{name[:2]}_exercises.ipynb", f"../exercises/{name}.ipynb"}
    assert exercises <= set(links)
    assert "](../solutions/" not in prose(book), "solution() gates what this would show"
    onward = NAMES[NAMES.index(name) + 1 :][:1]
    assert {f"{name}.ipynb" for name in onward} <= set(links)


@pytest.mark.parametrize(("book", "name"), [*zip(LESSONS, NAMES, strict=True)], ids=NAMES)
def test_the_readme_says_of_a_lesson_what_the_lesson_says(book, name):
    assert row(name, book) in (ROOT / "README.md").read_text().splitlines()
