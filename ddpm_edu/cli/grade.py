"""The command that grades submissions: grade."""

import functools
import pathlib
import re
import sys
from typing import Annotated

import typer

from ddpm_edu.cli import marking
from ddpm_edu.cli.app import app, require, say


MIB = 2**20
UNITS = {"": 1, "k": 2**10, "m": MIB, "g": 2**30}
Submissions = Annotated[
    list[pathlib.Path],
    typer.Argument(help="A folder with a folder for each student, or one notebook."),
]
Results = Annotated[pathlib.Path, typer.Option(help="Folder for the results; made if missing.")]


@app.command()
def grade(
    submissions: Submissions,
    out: Results = pathlib.Path("grades"),
    workers: Annotated[int, typer.Option(min=1, help="Submissions judged at a time.")] = 1,
    shard: Annotated[str, typer.Option(help="K/N: this machine's part of the students.")] = "",
    scheduler: Annotated[str, typer.Option(help="Address of a dask.distributed scheduler.")] = "",
    student: Annotated[str, typer.Option(help="Judge this one alone, again.")] = "",
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for a cell or exercise.")] = 10,
    memory: Annotated[str, typer.Option(help="For a submission's code: 512MiB, 2GiB.")] = "2GiB",
    isolation: Annotated[str, typer.Option(help="auto, bwrap or process.")] = "auto",
    exercises: Annotated[
        str, typer.Option(help="lesson_6,sample_q,...; without: course.toml's or all.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Judge all again.")] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Put folders of results of shards together.")
    ] = False,
    formats: marking.Formats = [],  # noqa: B006  typer makes a list of its own
    roster: marking.RosterFile = None,
    late_policy: marking.Policy = "",
    deadline: marking.Deadline = "",
    late: marking.LateFile = None,
    overrides: marking.OverridesFile = None,
    marks: marking.MarksFile = None,
    whole_points: marking.WholePoints = False,
):
    """Grade a folder of submissions: code that nobody trusts runs in a sandbox, judged outside.

    Exit code 0 if every submission has a result, 1 if some could not be read, 2 for a mistake in
    the arguments. The same command goes on where a run was stopped.
    """
    from ddpm_edu.grading.exercises import chosen_exercises

    more = formats, roster, late_policy, deadline, late, overrides, marks, whole_points
    if merge:
        from ddpm_edu.grading.merge import merge_results

        publish = marking.publisher(out, chosen_exercises(exercises, out), *more)
        unread = merge_results(submissions, out, say)
        publish()
        raise typer.Exit(1 if unread else 0)
    if len(submissions) != 1:
        raise ValueError(f"SUBMISSIONS: expected one folder, got {len(submissions)}")
    require("nbval")
    from ddpm_edu.grading.batch import Batch
    from ddpm_edu.grading.journal import Journal
    from ddpm_edu.grading.limits import Limits
    from ddpm_edu.grading.options import Options
    from ddpm_edu.grading.pool import processes
    from ddpm_edu.grading.probe import reach
    from ddpm_edu.grading.progress import Tally
    from ddpm_edu.grading.submission import places
    from ddpm_edu.grading.warm_parent import WarmParent

    [folder] = submissions
    part = shard_named(shard)
    counted = chosen_exercises(exercises, folder)
    limits = Limits(seconds=timeout, memory=size_of(memory))
    places(folder)  # a folder without any is told before anything starts
    publish = marking.publisher(out, counted, *more)
    journal = Journal(out, force, shard)
    level = reach(isolation, folder, out, lambda line: print(line, file=sys.stderr))
    options = Options(
        tuple((exercise.id, exercise.points) for exercise in counted),
        limits,
        level,
        journal.seed,
        (str(folder.absolute()), str(out.absolute())),
    )
    batch = Batch(folder, journal, options, None, workers, part, student, force)
    if scheduler:
        from ddpm_edu.grading.cluster import cluster

        batch.executor, batch.workers = cluster(scheduler)
    elif workers > 1:
        batch.executor = functools.partial(processes, workers)
    if batch.executor:
        WarmParent.stop_shared()  # the probe's; those who judge have their own
    with Tally(len(batch.students()), say) as tally:
        batch.report = tally.take
        batch.run()
    journal.close()
    publish()
    for line in tally.summary(out, level):
        say(line)
    raise typer.Exit(1 if tally.unread else 0)


def shard_named(text: str) -> tuple[int, int] | None:
    """Return (K, N) of "K/N".

    Raises:
        ValueError: it is none.
    """
    if not text:
        return None
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError(f"--shard: expected K/N with 1 <= K <= N, such as 3/8, got {text!r}")
    return int(match[1]), int(match[2])


def size_of(text: str) -> int:
    """Return the bytes that "512MiB" or "2G" stands for.

    Raises:
        ValueError: it is none, or less than 64 MiB.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([kmg]?)(?:i?b)?", text.lower())
    size = int(float(match[1]) * UNITS[match[2]]) if match else 0
    if size < 64 * MIB:
        raise ValueError(f"--memory: expected a size of at least 64MiB, such as 2GiB, got {text!r}")
    return size
