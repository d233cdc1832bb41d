"""Write notebooks, and run the course's command on them."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat


COMMAND = Path(sys.executable).parent / "ddpm-edu"


def write(path, *sources):
    """Write a notebook in which, as in ours, every cell may raise."""
    path.parent.mkdir(exist_ok=True, parents=True)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    for cell in book.cells:
        cell.metadata.tags = ["raises-exception"]
    nbformat.write(book, path)
    return path.parent


def run(*command, **options):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        timeout=110,
        env=environment,
        **options,
    )
