"""A lesson that was run, saved, closed and opened again shows pictures where its widgets were."""

import json

import pytest

from browser.lab import Lab, open_notebook, run_all


pytestmark = pytest.mark.slow
NAME = "notebooks/02_posterior.ipynb"
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def context(chromium):
    """Open the browser that sees the lesson first."""
    return chromium.new_context(viewport={"width": 1250, "height": 1000})


@pytest.fixture(scope="module")
def folder(tmp_path_factory, context):
    """Run a lesson, predict, save, and stop the server; return where all of it lies."""
    folder = tmp_path_factory.mktemp("lab")
    with Lab(folder) as server:
        page = context.new_page()
        open_notebook(page, server, NAME)
        run_all(page)
        page.locator(".jp-OutputArea-output .widget-radio input").first.check()
        page.get_by_text("You predicted").first.wait_for()
        page.keyboard.press("Control+s")
        page.wait_for_timeout(3000)
        assert page.locator(".jp-OutputArea-output .widget-vbox").count() > 0, "widgets stay alive"
        page.close()
        tried_again(context.new_page(), server)
    return folder


def tried_again(page, server):
    """Load the page anew while its kernel lives, and after the kernel was started again."""
    open_notebook(page, server, NAME)
    page.locator(".jp-OutputArea-output .widget-vbox").first.wait_for()
    assert page.locator(".jp-OutputArea-output .widget-slider, .widget-radio input").count() > 0
    slider = page.locator(".jp-OutputArea-output .noUi-handle").first
    picture = page.locator(".jp-OutputArea-output .widget-vbox img").first
    before = picture.get_attribute("src")
    slider.press("ArrowRight")
    page.wait_for_function("([img, src]) => img.src != src", arg=[picture.element_handle(), before])
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel…").click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.wait_for_timeout(2000)
    assert "Error displaying widget" not in page.locator(".jp-Notebook").inner_text()
    assert page.locator(".jp-OutputArea-output .widget-vbox").count() == 0
    page.close()


@pytest.fixture(scope="module")
def outputs(folder):
    book = json.loads((folder / NAME).read_text())
    return [output for cell in book["cells"] for output in cell.get("outputs", [])]


def test_pictures_are_stored_in_the_place_of_widgets(outputs):
    marked = [output for output in outputs if "ddpm-edu" in output.get("metadata", {})]
    assert len(marked) >= 3
    assert not [output for output in outputs if WIDGET in output.get("data", {})]
    assert any("You predicted" in str(output["data"].get("text/html")) for output in marked)


@pytest.mark.parametrize("browser", ["the same", "a fresh one"])
def test_what_is_opened_again_shows_no_broken_widget(folder, outputs, context, browser, chromium):
    context = context if browser == "the same" else chromium.new_context()
    with Lab(folder) as server:
        page = context.new_page()
        open_notebook(page, server, NAME)
        page.wait_for_timeout(2000)
        text = page.locator(".jp-Notebook").inner_text()
        assert "Error displaying widget" not in text
        assert "You predicted" in text
        pictures = page.locator(".jp-OutputArea-output img")
        assert pictures.count() == sum("image/png" in output.get("data", {}) for output in outputs)
        page.close()
