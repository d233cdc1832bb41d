"""The command that makes questions about students' own answers: defend."""

import pathlib
from enum import StrEnum
from typing import Annotated

import typer

from ddpm_edu.cli.app import Seed, app, say


class Form(StrEnum):
    """What the questions are written as."""

    SHEET = "sheet"
    NBGRADER = "nbgrader"
    MOODLE = "moodle"


Results = Annotated[pathlib.Path, typer.Argument(help="Folder that `ddpm-edu grade` wrote.")]
Out = Annotated[pathlib.Path, typer.Option(help="Folder for the questions; made if missing.")]
Forms = Annotated[
    list[Form],
    typer.Option("--format", help="A sheet to print, or questions for a system."),
]


@app.command()
def defend(results: Results, out: Out, seed: Seed = 0, form: Forms = [Form.SHEET]):  # noqa: B006
    """Write three questions for each student about answers of theirs that passed, and a key."""
    from ddpm_edu.files import write_new
    from ddpm_edu.grading.defence import moodle, nbgrader, sheet
    from ddpm_edu.grading.defence.exam import exams
    from ddpm_edu.grading.result import FOLDER

    made = list(exams(results, seed))
    if not made:
        expected = "expected a folder that `ddpm-edu grade` wrote"
        raise ValueError(f"{results}: {expected}, got none with results in {FOLDER}/")
    writers = {Form.SHEET: sheet.files, Form.NBGRADER: nbgrader.files, Form.MOODLE: moodle.files}
    files = sheet.key(made)
    for chosen in form:
        files |= writers[chosen](made)
    write_new(files, out)
    for exam in made:
        if exam.remark:
            say(exam.remark)
    number = sum(len(exam.questions) for exam in made)
    say(f"wrote {number} questions for {len(made)} students; the key is {out / 'key.html'}")
