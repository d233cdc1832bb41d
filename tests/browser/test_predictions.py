"""What a lesson asks to predict is not shown in JupyterLab before a choice is made."""

import pytest

from browser.lab import open_notebook, run_all


pytestmark = pytest.mark.slow
LESSON = "notebooks/00_welcome.ipynb"
# of the cells from a question to its answer: which show their code, which their outputs
SHOWN = """() => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')].map(cell => ({
    asks: cell.innerText.includes('widgets.Prediction('),
    code: !!cell.querySelector('.jp-InputArea-editor')?.checkVisibility(),
    output: [...cell.querySelectorAll('.jp-OutputArea-output')].some(o => o.checkVisibility()),
    text: cell.innerText,
    line: [...cell.querySelectorAll('.jp-PlaceholderText')]
        .filter(text => text.checkVisibility() && text.closest('.jp-OutputPlaceholder'))
        .map(text => text.innerText).join(),
}))"""


@pytest.fixture(scope="module")
def page(lab, chromium):
    page = chromium.new_page(viewport={"width": 1250, "height": 1000})
    open_notebook(page, lab, LESSON)
    yield page
    page.close()


def after_question(page):
    """Return what is shown of the experiment and of the answer that follow the first question."""
    cells = page.evaluate(SHOWN)
    first = next(number for number, cell in enumerate(cells) if cell["asks"])
    return cells[first + 1 : first + 3]


def test_nothing_is_shown_before_a_choice_is_made(page):
    experiment, answer = after_question(page)
    assert experiment["code"] and not experiment["output"]
    assert not answer["code"] and not answer["output"]
    assert experiment["line"] == answer["line"] == "", "the first line of what is folded"


def test_running_all_shows_nothing_before_a_choice_is_made_and_all_after(page):
    run_all(page)
    page.wait_for_timeout(500)
    experiment, answer = after_question(page)
    assert not experiment["output"] and "Choose above" not in answer["text"]
    assert not answer["output"]
    assert experiment["line"] == answer["line"] == ""
    page.locator(".ddpm-edu-prediction input").nth(1).check()
    page.wait_for_timeout(500)
    experiment, answer = after_question(page)
    assert experiment["output"] and answer["output"] and not answer["code"]
    assert "✓ You predicted the same digit" in answer["text"]
