"""Questions as pages to print: self-contained HTML without a script; the key is a page of its own.

Made for WCAG 2.1 AA: a language and a title, headings in order, tables with headers, black on
white.
"""

import pathlib

from ddpm_edu.files import Files
from ddpm_edu.grading.defence.exam import Exam
from ddpm_edu.grading.defence.questions import LETTERS, RULES


PAGES = pathlib.Path(__file__).parent / "pages"


def files(exams: list[Exam]) -> Files:
    """Return a sheet for each student, one with all of them, and the key."""
    pages = {"sheets.html": page("sheet", "Questions about your own answers", exams)}
    for exam in exams:
        name = f"sheets/{exam.student}.html"
        pages[name] = page("sheet", f"Questions for {exam.student}", [exam])
    return {**pages, **key(exams)}


def key(exams: list[Exam]) -> Files:
    """Return the page with the right answers."""
    return {"key.html": page("key", "Key to the questions", exams)}


def page(name: str, title: str, exams) -> bytes:
    """Fill a page; all that comes from students is escaped."""
    import jinja2  # torch brings it

    places = jinja2.FileSystemLoader(PAGES)
    environment = jinja2.Environment(
        loader=places, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    text = environment.get_template(f"{name}.html.j2")
    return text.render(title=title, exams=exams, letters=LETTERS, rules=RULES).encode()
