"""Lessons on narrow pages: no formula and no table is cut off."""

import pytest

from browser.lab import open_notebook


pytestmark = pytest.mark.slow
# formulas that are wider than the cell that they stand in, and do not scroll
CUT = """() => [...document.querySelectorAll('.jp-MarkdownOutput mjx-container[display="true"]')]
    .filter(formula => {
        const cell = formula.closest('.jp-MarkdownOutput').getBoundingClientRect();
        const scrolls = getComputedStyle(formula).overflowX === 'auto';
        const inside = formula.getBoundingClientRect().right <= cell.right + 1;
        return !inside || (formula.scrollWidth > formula.clientWidth && !scrolls);
    }).map(formula => formula.textContent)"""
WIDE = """() => [...document.querySelectorAll('.jp-RenderedHTMLCommon table')].filter(table =>
    table.getBoundingClientRect().right >
    table.closest('.jp-OutputArea, .jp-MarkdownOutput').getBoundingClientRect().right + 1).length"""


def test_formulas_scroll_by_themselves(lab, chromium):
    page = chromium.new_page(viewport={"width": 900, "height": 1000})
    open_notebook(page, lab, "notebooks/08_faster_and_steered.ipynb")
    page.wait_for_function(
        "() => document.querySelectorAll('mjx-container[display=\"true\"]').length > 20"
    )
    page.wait_for_timeout(1000)
    assert page.evaluate(CUT) == []
    scrolling = page.evaluate(
        "() => [...document.querySelectorAll('mjx-container[display=\"true\"]')]"
        ".filter(f => f.scrollWidth > f.clientWidth).map(f => f.tabIndex)"
    )
    assert scrolling and set(scrolling) == {0}, "what scrolls is reached by keyboard"
    page.close()


def test_the_table_of_notations_fits(lab, chromium):
    page = chromium.new_page(viewport={"width": 1366, "height": 900})
    open_notebook(page, lab, "notebooks/00_welcome.ipynb")
    page.wait_for_selector(".jp-OutputArea table")
    assert page.evaluate(WIDE) == 0
    page.close()


def test_links_to_code_look_like_links(lab, chromium):
    page = chromium.new_page(viewport={"width": 1366, "height": 900})
    open_notebook(page, lab, "notebooks/00_welcome.ipynb")
    looks = page.locator(".jp-RenderedMarkdown a code").first.evaluate(
        "code => [getComputedStyle(code).color, getComputedStyle(code.closest('a')).color, "
        "getComputedStyle(code).textDecorationLine]"
    )
    assert looks[0] == looks[1] and looks[2] == "underline"
    page.close()
