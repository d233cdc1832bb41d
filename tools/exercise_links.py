"""Where a lesson says "now write it": at the end of the section that an exercise belongs to.

What it says there comes from the catalogue, so that minutes and names are stated once.
"""

import re
from urllib.parse import quote

from ddpm_edu.checks import exercises
from ddpm_edu.course.answers import source_of
from ddpm_edu.course.definitions import definitions


HEADING = re.compile(r"^## (.+)$", re.M)


def link_exercises(book, lesson: int):
    """Tell the reader of a lesson to write each function as soon as it has been derived."""
    tasks = [exercise for exercise in exercises() if exercise.lesson == lesson]
    if not tasks:
        return
    minutes = sum(exercise.minutes for exercise in tasks)
    book.cells[0].source += (
        f"\n\n*Where a section ends with **Now write it**, write that function before you read on: "
        f"{len(tasks)} exercises, about {minutes} more minutes.*"
    )
    section = None
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source, section = with_links(cell.source, section, tasks)


def with_links(text, section, tasks):
    """Return a text with links at both ends of each section, and the section that it ends in."""
    parts = HEADING.split(text)  # text, heading, text, heading, ...
    made = parts[0]
    for heading, rest in zip(parts[1::2], parts[2::2], strict=True):
        made = (made.rstrip() + "\n\n" if made.strip() else "") + last(section, tasks)
        made += f"## {heading}\n\n{first(heading, tasks)}{rest.lstrip()}"
        section = heading
    return made, section


def first(section, tasks):
    """Return what stands at the beginning of a section: what to derive before reading it."""
    links = [link(task) for task in tasks if task.section == section and task.derived]
    return (
        f"> **Derive it first.** {' and '.join(links)} says what is wanted, and from what. Try it "
        "on paper; then read on and compare.\n\n"
        if links
        else ""
    )


def last(section, tasks):
    """Return what stands at the end of a section."""
    here = [task for task in tasks if task.section == section]
    lines = [f"> **Now write it:** {link(task)}, {task.minutes} minutes.\n\n" for task in here]
    return "".join(lines)


def link(exercise):
    return f"[`{exercise.id}`]({place_of(exercise)})"


def place_of(exercise):
    """Return the address of an exercise in the learner's workbook."""
    name = source_of(exercise.id)[0]
    return f"../workbook/{name[:2]}_exercises.ipynb#{quote(heading_of(exercise.id))}"


def heading_of(exercise_id):
    """Return the heading above a function in source/exercises, as JupyterLab links to it."""
    from tools.build import ROOT  # it is built with the notebooks

    name = source_of(exercise_id)[0]
    heading = ""
    for cell in re.split(r"^# %%", (ROOT / f"source/exercises/{name}.py").read_text(), flags=re.M):
        if cell.startswith(" [markdown]"):
            heading = re.findall(r"^# ## (.+)$", cell, re.M)[-1:] or heading
        elif definitions(cell.partition("\n")[2], exercise_id):
            return heading[0].replace(" ", "-")
    raise LookupError(f"{exercise_id} is in no exercise notebook")
