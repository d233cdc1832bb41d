"""A notebook as one HTML page that needs no script and nothing from elsewhere.

Made for WCAG 2.1 AA: a language and a title, headings in order, alt texts, formulas as MathML, and
colours of enough contrast (template/accessible/style.css).
"""

import json
import pathlib
import warnings
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from bs4 import BeautifulSoup


TEMPLATES = pathlib.Path(__file__).parent / "template"
# Live widgets and scripts are left out: a page has no kernel, and their still pictures are there.
SHOWN = [
    *("text/html", "text/markdown", "image/svg+xml", "text/latex"),
    *("image/png", "image/jpeg", "text/plain"),
]
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]


def page(notebook, path: pathlib.Path, address_of: Callable[[pathlib.Path], str | None]) -> str:
    """Return the HTML of a notebook.

    Args:
        notebook: as `read_notebook` reads it.
        path: where it lies; links and pictures are found from there.
        address_of: path of a notebook -> the address of its page; None where it has none.
    """
    import nbformat
    from nbconvert import HTMLExporter

    from ddpm_edu.course.export.mathml import with_mathml

    book: Any = nbformat.reads(json.dumps(notebook), as_version=4)  # joins texts that are in lines
    exporter = HTMLExporter(
        template_name="accessible",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_anchor_links=True,
        embed_images=True,
    )
    exporter.config.NbConvertBase.display_data_priority = SHOWN
    place = {"metadata": {"path": str(path.parent), "name": path.stem}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of outputs that only a script could show
        text, _ = exporter.from_notebook_node(book, place)
    soup = BeautifulSoup(text, "html.parser")
    for script in soup.find_all("script"):
        script.decompose()
    with_mathml(soup)
    order_headings(soup, path.stem)
    name_heads_of_tables(soup)
    mend_links(soup, path, address_of)
    return str(soup)


def order_headings(soup, name):
    """Begin with a heading of the first level, leave out no level, and take the title from it."""
    if soup.find(HEADINGS) is None:
        soup.main.insert(0, soup.new_tag("h1", string=name))
    level = 0
    for heading in soup.find_all(HEADINGS):
        level = min(int(heading.name[1]), level + 1)
        heading.name = f"h{level}"
        heading["id"] = heading.get_text().replace(" ", "-")  # as JupyterLab does, for links
    soup.title.string = " ".join(soup.find("h1").get_text().split())


def name_heads_of_tables(soup):
    """Say whether a head belongs to its column or its row."""
    for head in soup.select("th:not([scope])"):
        head["scope"] = "col" if head.find_parent("thead") else "row"


def mend_links(soup, path, address_of):
    """Lead links between notebooks to their pages; what leads to a file elsewhere becomes text."""
    for link in soup.select("a[href]"):
        target = urlsplit(link["href"])
        if target.scheme or target.netloc or not target.path:
            continue
        address = address_of((path.parent / unquote(target.path)).resolve())
        if address is None:
            link.unwrap()
        else:
            link["href"] = quote(address) + (f"#{target.fragment}" if target.fragment else "")
