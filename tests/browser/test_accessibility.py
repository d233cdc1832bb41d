"""axe-core finds nothing serious in exercises with their boxes, and in exported pages."""

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

from browser.axe import serious, serious_in_notebook
from browser.lab import open_notebook, run_all
from ddpm_edu.course.export import export


pytestmark = pytest.mark.slow
EXERCISE, LESSON = "workbook/01_exercises.ipynb", "notebooks/01_forward_process.ipynb"
SOLUTION = "solutions/01_forward_process.ipynb"
STUB = "raise NotImplementedError"
MORE = 'from ddpm_edu import hint, progress\n\nprogress()\nhint("cumulative_alphas")'


@pytest.fixture
def page(chromium):
    page = chromium.new_page(viewport={"width": 1366, "height": 1000})
    yield page
    page.close()


@pytest.fixture(scope="module")
def exercise(lab, chromium):
    """Answer two exercises, the second wrongly; ask for hint and progress; run all and save."""
    path = lab.folder / EXERCISE
    book = nbformat.read(path, 4)
    solved = nbformat.read(lab.folder / SOLUTION, 4)
    stubs = [n for n, cell in enumerate(book.cells) if f"    {STUB}" in cell.source]
    right, wrong, *_ = stubs
    book.cells[right].source = solved.cells[right].source
    book.cells[wrong].source = book.cells[wrong].source.replace(STUB, "return betas")
    book.cells.append(nbformat.v4.new_code_cell(MORE))
    nbformat.write(book, path)
    page = chromium.new_page(viewport={"width": 1366, "height": 1000})
    open_notebook(page, lab, EXERCISE)
    run_all(page)
    page.keyboard.press("Control+s")
    page.wait_for_timeout(2000)
    yield page
    page.close()


def test_an_exercise_with_its_boxes(exercise):
    text = exercise.locator(".jp-Notebook").inner_text()
    for words in ("linear_schedule: passed", "cumulative_alphas: not right yet", "Hint 1 of 3"):
        assert words in text
    assert serious_in_notebook(exercise) == []


@pytest.mark.parametrize("width", [1366, 900])
def test_exported_pages_of_a_lesson_and_an_exercise(lab, exercise, page, tmp_path, width):
    page.set_viewport_size({"width": width, "height": 1000})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    words = {EXERCISE: "linear_schedule: passed", LESSON: "How does an image become noise?"}
    pages = export([lab.folder / name for name in words], tmp_path)
    for exported, expected in zip(pages, words.values(), strict=True):
        asked.clear()
        page.goto(exported.as_uri())
        assert [url for url in asked if not url.startswith("data:")] == [exported.as_uri()]
        assert page.locator("math").count() > 10
        assert expected in page.locator("main").inner_text()
        assert serious(Axe().run(page)) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "cut off"
