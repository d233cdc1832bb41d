"""The reference pages of docs/: the formula sheet, from the library's docstrings, and the glossary.

`python -m tools.build` writes them with the notebooks.
"""

import inspect
import pathlib
import re
import tomllib

import ddpm_edu
from ddpm_edu.checks import exercises
from ddpm_edu.course.paths import lesson_link


ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
LESSONS = ("notebooks",)  # not the copies that this checkout may have
PARTS = {
    "schedule": (1, "The noise schedule"),
    "forward": (1, "The forward process"),
    "posterior": (2, "The posterior"),
    "objective": (3, "The objective"),
    "oracle": (3, "The exact optimum"),
    "unet": (4, "The network"),
    "training": (5, "Algorithm 1"),
    "sampling": (6, "Algorithm 2"),
    "metrics": (7, "Evaluation: samples"),
    "likelihood": (7, "Evaluation: likelihood"),
    "ddim": (8, "Faster and steered"),
    "flow": (9, "Flow matching"),
}


def pages():
    """Return path -> text of every page."""
    return {DOCS / "formulas.md": formula_sheet(), DOCS / "glossary.md": glossary()}


def formula_sheet():
    lines = [
        "# Formula sheet",
        "",
        "What the library computes, as its reference docstrings state it, and below it every "
        "numbered equation of the",
        "lessons (`make notebooks` writes this page). Symbols are those of Ho et al. 2020; [the "
        "glossary](glossary.md) says what the words mean.",
    ]
    for module, (lesson, title) in PARTS.items():
        target = lesson_link(lesson, DOCS, parts=LESSONS)
        lines += ["", f"## {title} ([lesson {lesson}]({target}))", ""]
        formulas = [(thing, formula_of(thing)) for thing in public(module)]
        lines += [f"* {link(thing)}: {formula}" for thing, formula in formulas if formula]
    for source in sorted((ROOT / "source/lessons").glob("*.py")):
        lines += numbered(source)
    return "\n".join(lines) + "\n"


def numbered(source):
    """Return the numbered equations of a lesson, under a heading."""
    text = re.sub(r"^# ?", "", source.read_text(encoding="utf-8"), flags=re.M)
    number, title = re.search(r"^# (\d)\. (.+)", text, re.M).groups()
    target = lesson_link(int(number), DOCS, parts=LESSONS)
    lines = ["", f"## Equations of lesson {number}: {title} ([lesson {number}]({target}))"]
    blocks = re.findall(r"^(\$\$.+?\$\$)$", text, re.M | re.S)
    for block in (block for block in blocks if "\\tag{" in block):
        lines += ["", " ".join(block.split())]  # a line that begins with + would be a list
    return lines


def public(module):
    """Return what a module offers at the top of the package, in the order written."""
    found = [
        thing
        for thing in vars(ddpm_edu).values()
        if getattr(thing, "__module__", "") == f"ddpm_edu.{module}"
    ]
    return sorted(found, key=lambda thing: inspect.getsourcelines(inspect.unwrap(thing))[1])


def formula_of(thing):
    """Return a docstring's first sentence and equation on one line; None if it has no source."""
    head = re.split(r"\n\n(?:Args:|Returns:|Raises:|>>>)", inspect.getdoc(thing))[0]
    sentence, *paragraphs = head.split("\n\n")
    parts = [sentence, *[paragraph for paragraph in paragraphs[:1] if "$" in paragraph]]
    text = " ".join(" ".join(parts).split())
    return text if "$" in text and re.search(r"Eq\. \d|\b(19|20)\d\d\b", text) else None


def link(thing):
    return f"[`{thing.__name__}`](../{thing.__module__.replace('.', '/')}.py)"


def glossary():
    entries = tomllib.loads((ROOT / "source/glossary.toml").read_text(encoding="utf-8")).values()
    lines = ["# Glossary", "", "The words of the course, and where each is explained.", ""]
    for entry in sorted(entries, key=by_title):
        where = f"lesson [{entry['lesson']}]({lesson_link(entry['lesson'], DOCS, parts=LESSONS)})"
        function = f", {link(getattr(ddpm_edu, entry['function']))}" if "function" in entry else ""
        lines.append(f"* **{entry['title']}**: {entry['text']} ({where}{function})")
    return "\n".join(lines) + "\n"


def by_title(entry):
    """Sort as a reader would look it up: without the marks of mathematics."""
    return re.sub(r"[$\\{}]|bar|tilde|hat", "", entry["title"]).strip().lower()


def exercise_table(lesson: int) -> str:
    """Return the table at the top of a lesson's exercises."""
    lines = ["| exercise | minutes | difficulty | points |", "|---|---|---|---|"]
    for exercise in exercises():
        if exercise.lesson == lesson:
            numbers = f"{exercise.minutes} | {exercise.difficulty} of 5 | {exercise.points}"
            lines.append(f"| `{exercise.id}` | {numbers} |")
    return "\n".join(lines)
