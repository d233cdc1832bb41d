"""The pages of grading in a browser: axe-core finds nothing serious, on light and dark grounds."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from graded import EXERCISES, HOSTILE, class_of_40, written

from browser.test_accessibility import serious
from ddpm_edu.grading.late import LatePolicy
from ddpm_edu.grading.marks import ManualMark, Marks, Override
from ddpm_edu.grading.publish import publish


pytestmark = pytest.mark.slow
MARKS = Marks(
    LatePolicy(0.1, "day"), {"Ana 00": 30.0}, {"Ana 00": {"sample_p": Override(1.0, "nearly")}},
    {"Ana 00": {"plot": ManualMark(1.5, "no labels")}}, {"plot": 2.0}, whole_points=True,
)  # fmt: skip
PAGES = {
    "report.html": "What to teach again on Monday",
    "feedback/Ana 00.html": "Diagnosis: ",
    "feedback/Unreadable.html": "could not be read",
    f"feedback/{HOSTILE}.html": "Feedback for =HYPERLINK(a),<script>alert(1)<",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = written(tmp_path_factory.mktemp("graded"), class_of_40())
    publish(folder, EXERCISES, MARKS, say=print)
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 420])
def test_nothing_serious_is_found(folder, chromium, scheme, width):
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked, told = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: told.append(dialog.message))
    for name, words in PAGES.items():
        asked.clear()
        page.goto((folder / name).as_uri())
        assert len(asked) == 1 and not told
        page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
        assert words in page.locator("main").inner_text()
        assert page.locator("h1").count() == 1
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 17, 17)"}[scheme]
        results = Axe().run(page)
        assert serious(results) == []
        assert not [rule["id"] for rule in results.response["violations"]]
        assert len(results.response["passes"]) > 10
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "cut off"
    page.close()
