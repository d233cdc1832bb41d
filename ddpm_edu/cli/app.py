"""The command line as a whole: errors are one line, exit code 2."""

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


def main():
    """Run the command line; a user's mistake is one line, not a traceback."""
    try:
        app()
    except (ValueError, OSError, KeyError) as error:
        print(f"ddpm-edu: {error}", file=sys.stderr)
        sys.exit(2)
