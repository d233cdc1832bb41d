"""What the course needs, whether it is there, and the command that mends it."""

import importlib.metadata
import json
import pathlib
import subprocess
import sys
from dataclasses import dataclass

import torch

from ddpm_edu import __version__
from ddpm_edu.data import DATASETS, Embedded, cache_folder, load_images
from ddpm_edu.devices import choose_device, suitable_threads
from ddpm_edu.files import writable_folder
from ddpm_edu.pretrained import load_pretrained


NEEDED = (
    "jupyterlab",
    "ipykernel",
    "ipywidgets",
    "jupyterlab-widgets",
    "matplotlib",
    "sympy",
    "torchvision",
)
INSTALL = "make lab"


@dataclass(frozen=True)
class Requirement:
    """Something the course needs: what was found, and the command that mends it if missing."""

    subject: str
    found: str
    mend: str | None = None

    @property
    def fine(self) -> bool:
        return self.mend is None

    def __str__(self):
        remedy = "" if self.fine else f"  -> {self.mend}"
        return f"{'ok  ' if self.fine else 'MEND'} {self.subject:<20} {self.found}{remedy}"


def examine(home: pathlib.Path | None = None) -> list[Requirement]:
    """Look at everything a lesson may touch.

    Args:
        home: the course's folder, by default the current one.
    """
    home = home or pathlib.Path.cwd()
    findings = [python(), device(), *map(package, NEEDED), kernel()]
    findings += [data(name) for name, source in DATASETS.items() if isinstance(source, Embedded)]
    findings += [weights(name) for name in ("digits", "mnist5k")]
    return [
        *findings,
        folder("workbook", home / "workbook"),
        folder("download cache", cache_folder()),
    ]


def python():
    found = f"{sys.version.split()[0]}, torch {torch.__version__}, ddpm-edu {__version__}"
    return Requirement(
        "python", found, None if sys.version_info >= (3, 11) else "install Python 3.11 or later"
    )


def device():
    chosen = choose_device()
    if chosen == "cuda":
        return Requirement("device", f"cuda, {torch.cuda.get_device_name()}")
    with suitable_threads(0):
        small = torch.get_num_threads()
    threads = f"{torch.get_num_threads()} threads, {small} for small batches"
    return Requirement("device", f"{chosen}, {threads} (OMP_NUM_THREADS chooses)")


def package(name):
    try:
        return Requirement(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Requirement(name, "not installed", INSTALL)


def kernel():
    """Ask Jupyter itself which kernels it would offer, and whether one of them is this Python."""
    answer = subprocess.run(
        [sys.executable, "-m", "jupyter", "kernelspec", "list", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        return Requirement("notebook kernel", "jupyter does not start", INSTALL)
    specs = json.loads(answer.stdout)["kernelspecs"]
    ours = [name for name, spec in specs.items() if spec["resource_dir"].startswith(sys.prefix)]
    mend = f"{sys.executable} -m ipykernel install --sys-prefix"
    return Requirement(
        "notebook kernel", ", ".join(ours) or "none for this Python", None if ours else mend
    )


def data(name):
    return attempt(
        f"data {name}",
        lambda: f"{len(load_images(name)[0])} images",
        "git checkout ddpm_edu/assets",
    )


def weights(name):
    def describe():
        card = load_pretrained(name).card
        return f"{card['steps']} steps, loss {card['loss']}"

    return attempt(f"weights {name}", describe, "git checkout ddpm_edu/assets")


def folder(subject, path):
    def describe():
        return f"{path} can be written" if path.exists() else f"{path} is made when needed"

    nearest_there = next(parent for parent in (path, *path.parents) if parent.exists())
    mend = f"chmod u+w {nearest_there}"
    return attempt(subject, lambda: writable_folder(nearest_there) and describe(), mend)


def attempt(subject, look, mend):
    try:
        return Requirement(subject, look())
    except (ValueError, OSError) as error:
        return Requirement(subject, str(error), mend)
