"""Pages for students and teachers: templates that escape all they are given."""

import functools
import pathlib

import jinja2
from markupsafe import Markup

from ddpm_edu.grading.wording import number, plural


FOLDER = pathlib.Path(__file__).parent


@functools.cache
def environment():
    """Return the templates, with the filters that they share."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {"points": number, "plural": plural}
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    templates.globals |= {"style": Markup(style)}
    return templates


def page(name: str, **values) -> str:
    """Return a page.

    Args:
        name: of its template.
        values: that the template is given.
    """
    return environment().get_template(name).render(values)
