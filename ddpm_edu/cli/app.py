"""The command line as a whole: errors are one line, exit code 2."""

import codecs
import importlib.util
import io
import os
import sys
from typing import Annotated

import typer

import ddpm_edu


app = typer.Typer(
    help="Denoising diffusion: sample from shipped weights, train your own, check your answers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Device = Annotated[str, typer.Option(help="cpu, cuda or mps; auto takes the fastest there is.")]
Seed = Annotated[
    int, typer.Option(min=0, help="The same seed gives the same result on the same device.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress bar.")]


def show_version(asked: bool) -> bool:
    if asked:
        typer.echo(f"ddpm-edu {ddpm_edu.__version__}")
        raise typer.Exit
    return asked


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show it.")
    ] = False,
):
    """Take the options that come before a command."""


def say(line: str) -> None:
    """Write a line; a reader that has gone away, as after `| head -1`, ends no work."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  for the rest of it


SPELLED = {"✓": "+", "✗": "x", "…": "-", "–": "-"}


def spelled_out(error):
    """Write what a terminal has no letters for, such as marks on one of Windows, in ASCII."""
    letters = error.object[error.start : error.end]
    return "".join(SPELLED.get(letter, "?") for letter in letters), error.end


def require(package: str):
    """Tell how to install what a command needs beyond the library itself."""
    if importlib.util.find_spec(package) is None:
        install = f'{sys.executable} -m pip install "ddpm-edu[lab]"'
        raise ValueError(f"{package}: expected it to be installed; run: {install}")


def main():
    """Run the command line; a user's mistake is one line, not a traceback."""
    codecs.register_error("ddpm-edu", spelled_out)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not where a test or a program put its own
            stream.reconfigure(errors="ddpm-edu")
    try:
        app()
    except (ValueError, OSError, KeyError) as error:
        print(f"ddpm-edu: {error}", file=sys.stderr)
        sys.exit(2)
