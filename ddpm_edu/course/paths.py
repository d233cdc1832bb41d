"""Where the course's files are."""

import builtins
import os
import pathlib
import sysconfig
from urllib.parse import quote

from ddpm_edu.files import nearest


NOTEBOOKS = "[!.]*.ipynb"  # what a power cut leaves behind is hidden
LESSONS = ("lessons", "notebooks")  # the learner's copies, where there are any; the originals


def is_checkout(root: pathlib.Path) -> bool:
    """Tell the repository, where the course may be changed, from an installed copy of it."""
    return (root / "pyproject.toml").is_file()


def find_root() -> pathlib.Path:
    """Return the folder with notebooks/, exercises/, solutions/: the repository's, or a wheel's."""
    repository = pathlib.Path(__file__).parents[2]
    schemes = (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
    installed = [pathlib.Path(sysconfig.get_path("data", scheme)) for scheme in schemes]
    folders = [folder / "share/ddpm-edu" for folder in installed]
    there = (folder for folder in folders if (folder / "notebooks").is_dir())
    return repository if is_checkout(repository) else next(there, repository)


ROOT = find_root()


def learner_folder() -> pathlib.Path:
    """Return the folder of the notebook in which this runs; outside of one, the current folder.

    Within a notebook the current folder may be another: after `%cd`, or where the program that
    opened the notebook started its kernel elsewhere.
    """
    get_shell = getattr(builtins, "get_ipython", None)  # IPython puts it there
    shell = get_shell() if get_shell else None
    if shell is None:
        return pathlib.Path.cwd()
    # VS Code and Jupyter name the notebook itself.
    named = (shell.user_ns.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME"))
    folders = [pathlib.Path(name).parent for name in named if name and os.path.isabs(name)]
    return next((folder for folder in folders if folder.is_dir()), pathlib.Path(shell.starting_dir))


def exercise_folder() -> pathlib.Path:
    """Return the folder of exercises to use when none is named.

    It is the first of these that holds notebooks: the learner's folder, workbook/ (the learner's
    copies) and exercises/ in it. From lessons/ and notebooks/ the two are looked for beside it.
    Where there are none, it is the learner's.
    """
    here = learner_folder()
    in_lessons = here.name in LESSONS
    course = here.parent if in_lessons else here
    folders = [course / "workbook", course / "exercises"]
    folders = folders if in_lessons else [here, *folders]
    with_notebooks = [folder for folder in folders if notebooks_in(folder)]
    with_checks = (folder for folder in with_notebooks if has_checks(folder))
    return next(with_checks, next(iter(with_notebooks), here))


def notebooks_in(folder) -> list[pathlib.Path]:
    """Return a folder's notebooks, whatever they are called."""
    return [path for path in folder.glob(NOTEBOOKS) if not path.is_dir()]


def has_checks(folder) -> bool:
    """Tell a folder of exercises from one where there happens to be a notebook."""
    return any(b"check(" in path.read_bytes() for path in notebooks_in(folder) if path.is_file())


def lesson_folder() -> pathlib.Path:
    """Return the folder of lessons to use when none is named.

    It is lessons/ (the learner's copies) or notebooks/ here, or beside it in one of the two; where
    neither is there, the course's own.
    """
    here = pathlib.Path.cwd()
    course = here.parent if here.name in LESSONS else here
    folders = [course / part for part in LESSONS]
    return next((folder for folder in folders if notebooks_in(folder)), ROOT / "notebooks")


def lesson_notebook(name: str) -> pathlib.Path:
    """Return the notebook of a lesson that is named by number or name, such as 2 or 02_posterior.

    Raises:
        ValueError: there is none.
    """
    lessons = {path.stem: path for path in sorted(lesson_folder().glob(NOTEBOOKS))}
    for stem, path in lessons.items():
        if stem == name or (name.isdecimal() and stem.startswith(f"{int(name):02}_")):
            return path
    problem = f"expected a notebook, a folder or {nearest(name, list(lessons))}, got none"
    raise ValueError(f"{name}: {problem}")


def lesson_link(lesson: int, folder: pathlib.Path, section="", parts=LESSONS) -> str | None:
    """Return the path of a lesson's notebook as seen from a folder of a course; None without one.

    Args:
        lesson: its number.
        folder: one level below the course's.
        section: heading to go to; JupyterLab names it with dashes in the place of spaces.
        parts: folders to look in, the first one that has the lesson counts.
    """
    anchor = f"#{quote(section.replace(' ', '-'))}" if section else ""
    course = folder.absolute().parent
    pattern = f"{lesson:02}_*.ipynb"
    first = next((path for part in parts for path in sorted((course / part).glob(pattern))), None)
    return f"../{first.parent.name}/{first.name}{anchor}" if first else None


def section_of_readme(title: str) -> str:
    """Return the text under a heading of the README, so that a lesson can show it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0].strip()
