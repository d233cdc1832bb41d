"""What axe-core finds serious, in a page and in a notebook that JupyterLab shows."""

from axe_playwright_python.sync_playwright import Axe


# What is left out, since it is JupyterLab's own. Its menus, sidebars and toolbars lie outside of
# the notebook, and are not looked at either.
FEED = (
    "aria-required-children",
    ".jp-WindowedPanel-viewport",
)  # a feed whose cells are no articles
# The colours of code that is edited come from its theme; all others are looked at.
COLOURED = {"include": [[".jp-OutputArea"], [".jp-RenderedMarkdown"], [".jp-InputPrompt"]]}


def serious(results):
    """Return what axe-core finds serious or critical: rule, element, its HTML."""
    return [
        (rule["id"], node["target"][0], node["html"][:300])
        for rule in results.response["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if (rule["id"], node["target"][0]) != FEED
    ]


def serious_in_notebook(page):
    """Look at a notebook in JupyterLab as a whole.

    axe-core passes over the colours of what it takes to be out of sight: all that is scrolled away,
    and JupyterLab altogether, whose body hides what overflows it and has no height.
    """
    page.add_style_tag(content="body { height: 100vh }")
    panel = page.locator(".jp-WindowedPanel-outer")
    height = panel.evaluate("panel => panel.scrollHeight") + 500
    page.set_viewport_size({"width": 1366, "height": height})
    page.wait_for_timeout(1000)
    panel.evaluate("panel => panel.scrollTo(0, 0)")
    places = [cell.bounding_box() for cell in page.locator(".jp-Notebook .jp-Cell").all()]
    assert all(0 <= place["y"] < height - place["height"] for place in places), "out of sight"
    colours = Axe().run(page, COLOURED, {"runOnly": ["color-contrast", "link-in-text-block"]})
    others = Axe().run(page, ".jp-Notebook", {"rules": {"color-contrast": {"enabled": False}}})
    return serious(colours) + serious(others)
