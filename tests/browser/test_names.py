"""A checkout in JupyterLab: old links lead to new names, and reading changes no tracked file."""

import pathlib
import shutil

import pytest

from browser.lab import Lab, open_notebook


pytestmark = pytest.mark.slow
ROOT = pathlib.Path(__file__).parents[2]
PARTS = ("ddpm_edu", "notebooks", "exercises", "solutions", "docs")
NEVER = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Return a copy of the repository in which an earlier version had filled the workbook."""
    checkout = tmp_path_factory.mktemp("checkout")
    for part in PARTS:
        shutil.copytree(ROOT / part, checkout / part, ignore=NEVER)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, checkout)
    shutil.copytree(ROOT / "exercises", checkout / "workbook", ignore=NEVER)
    lesson = checkout / "notebooks/03_objective.ipynb"
    old_link = "workbook/03_objective.ipynb"  # as in a lesson that was copied long ago
    lesson.write_text(lesson.read_text().replace("workbook/03_exercises.ipynb", old_link))
    return checkout


@pytest.fixture(scope="module")
def shipped(checkout):
    paths = [path for part in PARTS[1:] for path in (checkout / part).glob("*.*")]
    return {path: path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def lab(checkout, shipped, tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab"), checkout=checkout) as server:
        yield server


@pytest.fixture
def page(chromium):
    page = chromium.new_page(viewport={"width": 1250, "height": 1000})
    yield page
    page.close()


def tabs(page):
    return page.locator("#jp-main-dock-panel .lm-TabBar-tab")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("workbook/01_forward_process.ipynb", "workbook/01_exercises.ipynb"),
        ("notebooks/02_posterior.ipynb", "lessons/02_posterior.ipynb"),
    ],
)
def test_a_bookmark_opens_the_file_under_its_new_name(lab, page, old, new):
    open_notebook(page, lab, old)
    page.wait_for_url(f"**/lab/tree/{new}")
    assert tabs(page).all_inner_texts() == [new.split("/")[1]]


def test_an_old_link_in_a_lesson_opens_the_exercises(lab, page):
    open_notebook(page, lab, "lessons/03_objective.ipynb")
    page.locator(".jp-Notebook a[href*='workbook/03_objective']").first.click()
    page.wait_for_url("**/lab/tree/workbook/03_exercises.ipynb")
    assert tabs(page).all_inner_texts() == ["03_objective.ipynb", "03_exercises.ipynb"]


@pytest.mark.parametrize(
    "path", ["lessons/04_network", "notebooks/05_training", "solutions/04_network"]
)
def test_reading_asks_nothing_and_changes_no_file_of_the_course(lab, page, shipped, path):
    open_notebook(page, lab, f"{path}.ipynb")
    page.wait_for_timeout(3000)  # by now the kernel has said what it is
    tab = tabs(page).first
    assert "jp-mod-dirty" not in tab.get_attribute("class")
    tab.locator(".lm-TabBar-tabCloseIcon").click()
    page.wait_for_timeout(1000)
    assert page.locator(".jp-Dialog").count() == 0, "asked to save what was only read"
    assert [path for path, content in shipped.items() if path.read_bytes() != content] == []


def test_what_is_written_and_saved_in_a_lesson_is_in_the_copy(lab, page, shipped, checkout):
    open_notebook(page, lab, "notebooks/06_sampling.ipynb")
    page.wait_for_url("**/lab/tree/lessons/06_sampling.ipynb")
    page.locator(".jp-CodeCell .cm-content").nth(1).click()
    page.keyboard.type("# my note\n")
    page.keyboard.press("Control+s")
    copy = checkout / "lessons/06_sampling.ipynb"
    for _ in range(100):
        if "# my note" in copy.read_text():
            break
        page.wait_for_timeout(100)
    assert "# my note" in copy.read_text()
    assert [path for path, content in shipped.items() if path.read_bytes() != content] == []
