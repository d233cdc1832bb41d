"""The command that makes pages of notebooks: export."""

import pathlib
from typing import Annotated

import typer

from ddpm_edu.cli.app import app, require, say


Names = Annotated[
    list[str] | None,
    typer.Argument(
        help="Lessons (2 or 02_posterior), notebooks or folders; without: all lessons.",
        metavar="[LESSON-OR-NOTEBOOK]...",
    ),
]
Pages = Annotated[pathlib.Path, typer.Option(help="Folder for the pages; made if missing.")]


@app.command()
def export(names: Names = None, out: Pages = pathlib.Path("pages")):
    """Write notebooks as accessible HTML pages that need neither a network nor a script."""
    require("nbconvert")
    require("latex2mathml")
    from ddpm_edu.course.export import export as write_pages

    for page in write_pages(names or [], out):
        say(f"wrote {page}")
