"""The sheet of questions and its key in a browser: accessible, and a new page for each student."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from class_results import write_student

from browser.test_accessibility import serious
from ddpm_edu.files import write_new
from ddpm_edu.grading.defence import sheet
from ddpm_edu.grading.defence.exam import exams


pytestmark = pytest.mark.slow


@pytest.fixture
def pages(tmp_path):
    for number in range(3):
        write_student(tmp_path / "graded", f"student {number}", (1, 2, 6))
    write_new(sheet.files(list(exams(tmp_path / "graded"))), tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.parametrize("name", ["sheets.html", "key.html"])
def test_pages_have_no_serious_finding_and_ask_for_nothing(name, pages, chromium):
    page, asked = chromium.new_page(viewport={"width": 900, "height": 1200}), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((pages / name).as_uri())
    assert serious(Axe().run(page)) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 900
    assert asked == [(pages / name).as_uri()]
    page.close()


def test_each_student_begins_on_a_new_sheet_of_paper(pages, chromium):
    page = chromium.new_page()
    page.goto((pages / "sheets.html").as_uri())
    page.emulate_media(media="print")
    breaks = "all => all.map(one => getComputedStyle(one).breakBefore)"
    assert page.locator("section.student").evaluate_all(breaks) == ["auto", "page", "page"]
    page.close()
