"""The command that trains a model, and goes on where it was interrupted: train."""

import contextlib
import os
import pathlib
import shlex
import signal
import sys
from typing import Annotated

import typer

from ddpm_edu.cli.app import Device, Quiet, Seed, app
from ddpm_edu.cli.models import Data
from ddpm_edu.devices import choose_device


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
    from ddpm_edu.cli.finished import how_to_go_on, is_finished, save_weights
    from ddpm_edu.cli.runs import Plan, Run

    length = 10.0 if minutes is None and steps is None else minutes
    run = Run(Plan(data, seed, batch_size), out, choose_device(device), length, steps)
    is_first = run.rank == 0
    if is_finished(run):
        if is_first:
            typer.echo(how_to_go_on(run))
        return
    with on_signals(lambda *_: setattr(run, "stopping", True)):
        if is_first and run.state.step:
            typer.echo(f"resuming {out} at step {run.state.step}, {run.state.seconds:.0f} s in")
        follow(run, quiet or not is_first)
        if not is_first:
            # Nothing is left to write, and torch.distributed's threads can abort an orderly
            # shutdown.
            os._exit(0)
        if run.stopping:
            saved = f"stopped at step {run.state.step} and saved"
            typer.echo(f"{saved}; the same command goes on from there", err=True)
            raise typer.Exit(130)
        save_weights(run, shlex.join(["ddpm-edu", *sys.argv[1:]]))
        draw(run, quiet)
    typer.echo(f"wrote {out / 'weights.safetensors'}, {run.losses}, {out / 'samples.png'}")


@contextlib.contextmanager
def on_signals(handler):
    """Answer Ctrl-C and SIGTERM by a handler, and afterwards as before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number in before:
            signal.signal(number, handler)
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def draw(run, quiet):
    """Draw samples.png; Ctrl-C and SIGTERM end that at once, the training is saved already."""
    from ddpm_edu.cli.finished import STEPS_OF_SAMPLES, draw_samples, samples_of, weights_of

    typer.echo(f"drawing {samples_of(run)} in {STEPS_OF_SAMPLES} DDIM steps")
    try:
        with on_signals(signal.default_int_handler):
            if run.stopping:  # since the last step
                raise KeyboardInterrupt
            draw_samples(run, progress=not quiet)
    except KeyboardInterrupt:
        saved = f"stopped; {weights_of(run)} is saved, samples.png is not"
        typer.echo(f"{saved}: the same command draws it", err=True)
        raise typer.Exit(130) from None


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
