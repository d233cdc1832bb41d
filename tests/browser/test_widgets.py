"""Lessons in JupyterLab, in a browser: run, moved by keyboard, looked at by axe-core."""

import os
import re

import pytest

from browser.axe import serious_in_notebook
from browser.lab import open_notebook, run_all


pytestmark = pytest.mark.slow
LESSONS = ["01_forward_process", "02_posterior"]
if "EVERY_LESSON" in os.environ:  # these take minutes to run
    LESSONS += ["06_sampling", "08_faster_and_steered"]
WIDGETS = {"01_forward_process": 2, "02_posterior": 1, "06_sampling": 2, "08_faster_and_steered": 1}
VIEWPORT = {"width": 1250, "height": 1000}
LOOKED_AT = ("01_forward_process", "08_faster_and_steered")  # by axe-core, before and after it ran
PIXELS = """async image => {
    const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
    return bytes.reduce((sum, byte) => (sum * 31 + byte) % 4294967291, bytes.length);
}"""


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request, lab, chromium):
    """Return the page of a lesson after all its cells have run."""
    page = chromium.new_page(viewport=VIEWPORT)
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    open_notebook(page, lab, f"notebooks/{request.param}.ipynb")
    page.serious = []
    if request.param in LOOKED_AT:
        assert page.locator(".jp-OutputArea-output img").count() > 5
        page.serious = serious_in_notebook(page)
        page.set_viewport_size(VIEWPORT)
    run_all(page)
    page.name = request.param
    yield page
    page.close()


def explorers(page):
    """Return the boxes that have a slider and a picture."""
    boxes = page.locator(".jp-OutputArea-output > .widget-vbox, .jp-OutputArea-output .widget-vbox")
    return boxes.filter(has=page.locator(".noUi-handle")).filter(has=page.locator("img")).all()


def changes(picture, before):
    """Wait until a picture shows something else; return what it then shows."""
    for _ in range(100):
        if (now := picture.evaluate(PIXELS)) != before:
            return now
        picture.page.wait_for_timeout(20)
    raise AssertionError("the picture did not change within 2 s")


def test_no_cell_fails_or_warns(lesson):
    # JupyterLab gives a traceback the type of what is printed to stderr
    assert lesson.locator(".jp-RenderedText[data-mime-type*='stderr']").all_inner_texts() == []
    assert lesson.problems == []


def test_every_slider_moves_its_picture_by_keyboard(lesson):
    found = explorers(lesson)
    assert len(found) >= WIDGETS[lesson.name]
    for box in found:
        picture, caption = box.locator("img"), box.locator(".widget-label").last
        for handle in box.locator(".noUi-handle").all():
            before, said = picture.evaluate(PIXELS), caption.inner_text()
            handle.focus()
            at_the_end = handle.get_attribute("aria-valuenow") == handle.get_attribute(
                "aria-valuemax"
            )
            for _ in range(3):
                handle.press("ArrowLeft" if at_the_end else "ArrowRight")
            changes(picture, before)
            assert caption.inner_text() != said


def test_every_choice_of_a_list_changes_the_picture(lesson):
    for box in explorers(lesson):
        for chooser in box.locator("select").all():
            before = box.locator("img").evaluate(PIXELS)
            chooser.select_option(index=1)
            changes(box.locator("img"), before)


def test_a_prediction_is_compared_when_it_is_made(lesson):
    radios = lesson.locator(".jp-OutputArea-output .widget-radio").all()
    assert radios
    for group in radios:
        seen = set()
        for option in group.locator("input").all():
            option.check()
            lesson.wait_for_timeout(200)
            seen |= {
                text[0]
                for text in lesson.get_by_text(re.compile("[✓✗] You predicted")).all_inner_texts()
            }
        assert seen == {"✓", "✗"}
        group.locator("input").first.focus()
        lesson.keyboard.press("Tab")
        lesson.keyboard.press("Space")
        assert group.locator("input").nth(1).is_checked()


def test_nothing_serious_is_found_before_and_after_it_ran(lesson):
    assert lesson.serious == []
    if lesson.name in LOOKED_AT:
        assert lesson.locator(".jp-Notebook .noUi-handle").count() > 0
        assert serious_in_notebook(lesson) == []
