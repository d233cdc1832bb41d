"""Commands that run a model: sample, train."""

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

from ddpm_edu.cli.app import Device, Quiet, Seed, app
from ddpm_edu.devices import choose_device


MOST_KEPT = 10**9  # bytes of states that the filmstrip covers unless told otherwise

Data = Annotated[
    str, typer.Option(help="digits, mnist5k; train also mnist, fashion_mnist, cifar10 (downloads).")
]
Number = Annotated[int, typer.Option(min=1, help="How many images.")]
StepsToKeep = Annotated[
    int | None, typer.Option(help="How many of the last states the filmstrip covers.")
]
Clipping = Annotated[bool, typer.Option(help="Clip the estimate of x_0 to [-1, 1] in every step.")]
Label = Annotated[int | None, typer.Option(help="One class for all; without, each class in turn.")]
Weights = Annotated[
    pathlib.Path | None, typer.Option(help="Your own weights instead of the shipped ones.")
]
Pictures = Annotated[pathlib.Path, typer.Option(help="Folder for samples.png and filmstrip.png.")]


@app.command()
def sample(
    data: Data = "mnist5k",
    num: Number = 16,
    seed: Seed = 0,
    steps_to_keep: StepsToKeep = None,
    clipping: Clipping = True,
    label: Label = None,
    weights: Weights = None,
    device: Device = "auto",
    out: Pictures = pathlib.Path("demo"),
    quiet: Quiet = False,
):
    """Sample images by Algorithm 2 and write them, and how they came about, as PNG."""
    from ddpm_edu.files import writable_folder
    from ddpm_edu.pictures import filmstrip, save_png, sheet
    from ddpm_edu.pretrained import load_model, load_pretrained
    from ddpm_edu.sampling import sampling

    writable_folder(out)  # before a minute of sampling, not after
    where = choose_device(device)
    model = load_model(weights, where) if weights else load_pretrained(data, where)
    labels = labels_for(num, label, model.num_classes).to(where)
    shape, generator = (num, *model.image_shape), torch.Generator(where).manual_seed(seed)
    if steps_to_keep is None:
        affordable = MOST_KEPT // (4 * math.prod(shape))
        steps_to_keep = max(1, min(model.schedule.num_timesteps, affordable))
    conditional = partial(model, labels=labels)
    options = {"clipping": clipping, "generator": generator, "progress": not quiet}
    states = sampling(conditional, shape, model.schedule, steps_to_keep, **options)
    pictures = {"samples": sheet(states[-1], min(num, 8)), "filmstrip": filmstrip(states)}
    for name, picture in pictures.items():
        save_png(picture, out / f"{name}.png")
        typer.echo(f"wrote {out / name}.png")


def labels_for(num, label, num_classes):
    """Return a label for each image: the one asked for, or each class in turn."""
    if label is None:
        return torch.arange(num) % num_classes
    if not 0 <= label < num_classes:
        raise ValueError(f"--label: expected 0..{num_classes - 1}, got {label}")
    return torch.full((num,), label)


Minutes = Annotated[
    float | None, typer.Option(help="How long to train; 10 unless --steps is given.")
]
Steps = Annotated[
    int | None, typer.Option(help="How many steps; reproducible to the bit, unlike minutes.")
]
BatchSize = Annotated[int, typer.Option(help="Images per step, over all processes.")]
RunFolder = Annotated[
    pathlib.Path, typer.Option(help="Folder of the run; one that exists is resumed.")
]


@app.command()
def train(
    data: Data = "mnist5k",
    minutes: Minutes = None,
    steps: Steps = None,
    batch_size: BatchSize = 64,
    seed: Seed = 0,
    device: Device = "auto",
    out: RunFolder = pathlib.Path("run"),
    quiet: Quiet = False,
):
    """Train a model by Algorithm 1; the same command resumes an interrupted run."""
    from ddpm_edu.cli.runs import Plan, Run

    length = 10.0 if minutes is None and steps is None else minutes
    run = Run(Plan(data, seed, batch_size), out, choose_device(device), length, steps)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: setattr(run, "stopping", True))
    is_first = run.rank == 0
    if is_first and run.state.step:
        typer.echo(f"resuming {out} at step {run.state.step}, {run.state.seconds:.0f} s in")
    follow(run, quiet or not is_first)
    if not is_first:
        # Nothing is left to write, and torch.distributed's threads can abort an orderly shutdown.
        os._exit(0)
    if run.stopping:
        typer.echo(
            f"stopped at step {run.state.step} and saved; the same command goes on from there",
            err=True,
        )
        raise typer.Exit(130)
    run.finish(shlex.join(["ddpm-edu", *sys.argv[1:]]))
    typer.echo(f"wrote {out / 'weights.safetensors'}, {run.losses}, {out / 'samples.png'}")


def follow(run, quiet):
    """Run to the end with a bar that shows the share done and the loss, averaged over steps."""
    from tqdm.auto import tqdm

    layout = "{l_bar}{bar}| {elapsed}<{remaining}{postfix}"
    with tqdm(total=100, unit="%", disable=quiet, bar_format=layout) as bar:
        average = None
        for state in run:
            average = state.loss if average is None else 0.98 * average + 0.02 * state.loss
            bar.update(min(100, 100 * run.done()) - bar.n)
            bar.set_postfix_str(f"step {state.step}, loss {average:.4f}", refresh=False)
