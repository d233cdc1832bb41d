"""The course itself, to be carried to a machine that has nothing but Python."""

import importlib.metadata
import pathlib
import re

from ddpm_edu.course.paths import ROOT
from ddpm_edu.files import Files
from ddpm_edu.grading.handouts.handout import Handout, for_students


PACKAGE = pathlib.Path(__file__).parents[2]
TORCH = ("torch", "torchvision")  # installed first, from an index of builds for the CPU
LAB_ONLY = ("jupyterlab",)  # nobody opens a notebook where one is judged
KERNEL = ("ipykernel",)  # JupyterLab would have brought it


def course_files(handout: Handout) -> Files:
    """Return the package, what it needs, and the exercises with their course.toml."""
    package = {
        f"{PACKAGE.name}/{path.relative_to(PACKAGE).as_posix()}": path.read_bytes()
        for path in sorted(PACKAGE.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    exercises = {f"exercises/{name}": text for name, text in for_students(handout).items()}
    names = requirements()
    return {
        **package,
        **exercises,
        "requirements.txt": pinned(name for name in names if name not in TORCH),
        "requirements-torch.txt": pinned(TORCH),
    }


def requirements() -> list[str]:
    """Return the names of the packages that the course and notebooks of it need."""
    if (ROOT / "pyproject.toml").is_file():
        import tomllib

        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        needed = [*project["dependencies"], *project["optional-dependencies"]["lab"]]
    else:
        listed = importlib.metadata.requires("ddpm-edu") or []
        needed = [line for line in listed if "extra" not in line or "lab" in line.split(";")[1]]
    names = [re.match(r"[\w.-]+", line)[0] for line in needed]  # pyright: ignore
    return [*(name for name in names if name not in LAB_ONLY), *KERNEL]


def pinned(names) -> bytes:
    """Return a file of requirements with the versions that are installed here."""
    lines = []
    for name in sorted(names):
        try:
            version = importlib.metadata.version(name).split("+")[0]  # 2.9.0+cpu
            lines.append(f"{name}=={version}\n")
        except importlib.metadata.PackageNotFoundError:
            lines.append(f"{name}\n")
    return "".join(lines).encode()
