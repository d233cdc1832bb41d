"""The table of lessons in README.md, from what each lesson says of itself."""

import re

from ddpm_edu.checks import exercises


HEAD = "| lesson | question | exercises | minutes |\n|---|---|---|---|\n"


def readme(path, lessons) -> str:
    """Return the text of README.md with its table of lessons made anew.

    Args:
        path: of README.md.
        lessons: name -> notebook.
    """
    before, after = path.read_text(encoding="utf-8").split(HEAD)
    rest = after[after.index("\n\n") :]
    rows = [row(name, book) for name, book in lessons.items()]
    return before + HEAD + "\n".join(rows) + rest


def row(name, book) -> str:
    """Return the line of one lesson."""
    first = book.cells[0].source
    number, title = re.search(r"# (\d)\. (.+)", first).groups()
    question = re.search(r"\*\*Question\.\*\* (.+?)\n\n", first, re.S)[1].replace("\n", " ")
    minutes = re.search(r"About (\d+) minutes", first)[1]
    tasks = [exercise for exercise in exercises() if exercise.lesson == int(number)]
    links = ""
    if tasks:
        minutes += f" + {sum(exercise.minutes for exercise in tasks)}"
        links = f"[{len(tasks)}](exercises/{name}.ipynb)"
    return f"| [0{number} {title}](notebooks/{name}.ipynb) | {question} | {links} | {minutes} |"
