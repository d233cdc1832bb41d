"""The command line: ddpm-edu sample | train | check | progress | reset | doctor. Errors are one line, exit code 2."""

import math
import os
import pathlib
import shlex
import signal
import sys
from functools import partial
from typing import Annotated

import torch
import typer

from ddpm_edu.devices import choose_device


app = typer.Typer(
    help="Denoising diffusion: sample from shipped weights, train your own, check the installation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Data = Annotated[str, typer.Option(help="digits, mnist5k; train also mnist, fashion_mnist, cifar10 (downloads).")]
Device = Annotated[str, typer.Option(help="cpu, cuda or mps; auto takes the fastest there is.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same result on the same device.")]


@app.command()
def sample(
    data: Data = "mnist5k",
    num: Annotated[int, typer.Option(min=1, help="How many images.")] = 16,
    seed: Seed = 0,
    steps_to_keep: Annotated[int | None, typer.Option(help="How many of the last states the filmstrip covers.")] = None,
    clipping: Annotated[bool, typer.Option(help="Clip the estimate of x_0 to [-1, 1] in every step.")] = True,
    label: Annotated[int | None, typer.Option(help="One class for all; without, each class in turn.")] = None,
    weights: Annotated[pathlib.Path | None, typer.Option(help="Your own weights instead of the shipped ones.")] = None,
    device: Device = "auto",
    out: Annotated[pathlib.Path, typer.Option(help="Folder for samples.png and filmstrip.png.")] = pathlib.Path("demo"),
):
    """Sample images by Algorithm 2 and write them, and how they came about, as PNG."""
    from ddpm_edu.files import writable_folder
    from ddpm_edu.pictures import filmstrip, save_png, sheet
    from ddpm_edu.pretrained import load_model, load_pretrained
    from ddpm_edu.sampling import sampling

    writable_folder(out)  # before a minute of sampling, not after
    where = choose_device(device)
    model = load_model(weights, where) if weights else load_pretrained(data, where)
    if label is not None and not 0 <= label < model.num_classes:
        raise ValueError(f"--label: wanted 0..{model.num_classes - 1}, saw {label}")
    labels = torch.arange(num, device=where) % model.num_classes if label is None else torch.full((num,), label)
    shape, generator = (num, *model.image_shape), torch.Generator(where).manual_seed(seed)
    if steps_to_keep is None:  # all of them, up to a gigabyte of float32
        steps_to_keep = max(1, min(model.schedule.num_timesteps, 10**9 // (4 * math.prod(shape))))
    conditional = partial(model, labels=labels.to(where))
    states = sampling(conditional, shape, model.schedule, steps_to_keep, clipping, generator)
    columns = min(num, 8)
    for name, picture in {"samples": sheet(states[-1], columns), "filmstrip": filmstrip(states)}.items():
        save_png(picture, out / f"{name}.png")
        typer.echo(f"wrote {out / name}.png")


@app.command()
def train(
    data: Data = "mnist5k",
    minutes: Annotated[float | None, typer.Option(help="How long to train; 10 unless --steps is given.")] = None,
    steps: Annotated[int | None, typer.Option(help="How many steps; reproducible to the bit, unlike minutes.")] = None,
    batch_size: Annotated[int, typer.Option(help="Images per step, over all processes.")] = 64,
    seed: Seed = 0,
    device: Device = "auto",
    out: Annotated[pathlib.Path, typer.Option(help="Folder of the run; one that exists is resumed.")] = pathlib.Path(
        "run"
    ),
):
    """Train a model by Algorithm 1; the same command resumes an interrupted run."""
    from tqdm.auto import tqdm

    from ddpm_edu.runs import Plan, Run

    length = 10.0 if minutes is None and steps is None else minutes
    run = Run(Plan(data, seed, batch_size), out, choose_device(device), length, steps)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: setattr(run, "stopping", True))
    first = run.rank == 0
    if first and run.state.step:
        typer.echo(f"resuming {out} at step {run.state.step}, {run.state.seconds:.0f} s in")
    with tqdm(total=100, unit="%", disable=not first, bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}") as bar:
        average = None
        for state in run:
            average = state.loss if average is None else 0.98 * average + 0.02 * state.loss
            bar.update(min(100, 100 * run.done()) - bar.n)
            bar.set_postfix_str(f"step {state.step}, loss {average:.4f}", refresh=False)
    if not first:
        os._exit(0)  # nothing is left to write, and threads of torch.distributed can abort an orderly shutdown
    if run.stopping:
        typer.echo(f"stopped at step {run.state.step} and saved; the same command goes on from there", err=True)
        raise typer.Exit(130)
    run.finish(shlex.join(["ddpm-edu", *sys.argv[1:]]))
    typer.echo(f"wrote {out / 'weights.safetensors'}, {run.losses}, {out / 'samples.png'}")


Notebooks = Annotated[
    list[pathlib.Path] | None, typer.Argument(help="Folders or notebooks; without: workbook/, or else exercises/.")
]


@app.command()
def check(
    paths: Notebooks = None,
    json: Annotated[pathlib.Path | None, typer.Option(help="Write the scoreboard here as JSON.")] = None,
    junit: Annotated[pathlib.Path | None, typer.Option(help="Write one test case per cell here, as JUnit XML.")] = None,
):
    """Run exercise notebooks from top to bottom and say how each answer did; exit code 1 unless all passed."""
    from ddpm_edu.checks.scoreboard import run
    from ddpm_edu.course import exercise_folder

    raise typer.Exit(0 if run(paths or [exercise_folder()], json, junit, typer.echo) else 1)


Folder = Annotated[
    pathlib.Path | None, typer.Argument(help="Of the exercises; without: workbook/, or else exercises/.")
]


@app.command()
def progress(folder: Folder = None):
    """Show which exercises have passed and which come next."""
    from ddpm_edu.checks.progress_file import NAME, Progress
    from ddpm_edu.checks.render import progress_text
    from ddpm_edu.checks.run import exercises

    if folder and not folder.is_dir():
        raise ValueError(f"{folder}: wanted a folder, saw none")
    notes = Progress(folder and folder / NAME, tell=lambda text: typer.echo(text, err=True))
    typer.echo(progress_text(exercises(), notes.read()))


@app.command()
def reset(exercise: Annotated[str, typer.Argument(help="Id of the exercise.")], folder: Folder = None):
    """Put one exercise's stub back; your answer is kept in answers/ beside the notebook."""
    from ddpm_edu.checks.run import find
    from ddpm_edu.course import exercise_folder
    from ddpm_edu.course import reset as put_back

    notebook, kept = put_back(find(exercise).id, folder or exercise_folder())
    typer.echo(f"{notebook}: {exercise} is as it was at first" + (f"; your answer is in {kept}" if kept else ""))


@app.command()
def doctor():
    """Show what the course needs, what it found, and the command that mends what is missing."""
    from ddpm_edu.doctor import examine

    findings = examine()
    for finding in findings:
        typer.echo(finding)
    ill = sum(not finding.fine for finding in findings)
    typer.echo(f"\n{ill} thing(s) to mend" if ill else "\nall is well: `make lab` opens the course")
    raise typer.Exit(1 if ill else 0)


def main():
    """Run the command line; a mistake of the user's is one line, not a traceback."""
    try:
        app()
    except (ValueError, OSError, KeyError) as error:
        text = error.args[0] if isinstance(error, KeyError) else error  # a KeyError shows its text in quotes
        print(f"ddpm-edu: {text}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
