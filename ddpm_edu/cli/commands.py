"""Commands about the course: check, progress, reset, doctor."""

import pathlib
from typing import Annotated

import typer

from ddpm_edu.cli.app import app, say


Notebooks = Annotated[
    list[pathlib.Path] | None,
    typer.Argument(
        help="Folders or notebooks; without: the exercises here, in workbook/ or exercises/."
    ),
]
Folder = Annotated[
    pathlib.Path | None,
    typer.Argument(help="Of the exercises; without: here, workbook/ or exercises/."),
]
JsonFile = Annotated[pathlib.Path | None, typer.Option(help="Write the scoreboard here as JSON.")]
JunitFile = Annotated[
    pathlib.Path | None, typer.Option(help="Write one test case per cell here, as JUnit XML.")
]


@app.command()
def check(paths: Notebooks = None, json: JsonFile = None, junit: JunitFile = None):
    """Run exercise notebooks and say how each answer did; exit code 1 unless all passed.

    This is for learners, not for marks: a notebook runs in the open here, and can report whatever
    it likes.
    """
    from ddpm_edu.checks.learner.scoreboard import NO_GRADER, run
    from ddpm_edu.course.paths import exercise_folder

    passed = run(paths or [exercise_folder()], json, junit, say)
    say(NO_GRADER)
    raise typer.Exit(0 if passed else 1)


@app.command()
def progress(folder: Folder = None):
    """Show which exercises have passed and which come next."""
    from ddpm_edu.checks.learner.handed_out import exercises
    from ddpm_edu.checks.learner.progress_file import Progress, locate
    from ddpm_edu.checks.learner.progress_table import progress_text
    from ddpm_edu.course.paths import exercise_folder

    if folder and not folder.is_dir():
        raise ValueError(f"{folder}: expected a folder, got none")
    notes = Progress(locate(folder), tell=lambda text: typer.echo(text, err=True))
    typer.echo(progress_text(exercises(folder or exercise_folder()), notes.read()))


@app.command()
def reset(
    exercise: Annotated[str, typer.Argument(help="Id of the exercise.")], folder: Folder = None
):
    """Put one exercise's stub back; your answer is kept in answers/ beside the notebook."""
    from ddpm_edu.checks.run import find
    from ddpm_edu.course.paths import exercise_folder
    from ddpm_edu.course.reset import reset as put_back

    for done in put_back(find(exercise).id, folder or exercise_folder()):
        answer = [f"your answer is in {done.kept}"] if done.kept else []
        said = [f"{exercise} is as it was at first", *answer, *done.remarks]
        typer.echo(f"{done.notebook}: {'; '.join(said)}")


@app.command()
def doctor():
    """Show what the course needs, what it found, and the command that mends what is missing."""
    from ddpm_edu.cli.doctor import examine

    requirements = examine()
    for requirement in requirements:
        typer.echo(requirement)
    missing = sum(not requirement.fine for requirement in requirements)
    typer.echo(
        f"\n{missing} thing(s) to mend" if missing else "\nall is well: `make lab` opens the course"
    )
    raise typer.Exit(1 if missing else 0)
