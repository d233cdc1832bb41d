"""What was handed in: a folder for each student, read without trusting any name or file in it."""

import hashlib
import os
import pathlib
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from ddpm_edu.grading.names import clean, clean_path, unique
from ddpm_edu.grading.result import NotebookFile


LARGEST = 32 * 2**20  # bytes of a notebook
MOST_FILES = 50  # notebooks of a student
MOST_DEPTH = 4  # folders below that of a student
IGNORED = ("__MACOSX", "__pycache__")


@dataclass(frozen=True)
class Handed:
    """A file that a student handed in, not read yet.

    Args:
        path: of the file, or of the archive that holds it.
        name: as results tell it: relative to the submissions, with forward slashes.
        sha256: of the file's bytes, or of the archive's.
        age: by which notebooks are ordered, the newest last.
        member: name inside the archive, or "".
    """

    path: str
    name: str
    sha256: str
    age: tuple
    member: str = ""

    def content(self) -> bytes:
        """Return the bytes.

        Raises:
            ValueError: too large, or an archive that cannot be read.
        """
        if self.member:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                content = file.read(LARGEST + 1)
        else:
            with open(self.path, "rb") as file:
                content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError(f"expected at most {LARGEST // 2**20} MiB, got more")
        return content


@dataclass(frozen=True)
class Submission:
    """Everything of one student.

    Args:
        student: name, fit for that of a file.
        files: notebooks, the oldest first.
        remarks: what was left out, and why.
    """

    student: str
    files: tuple[Handed, ...]
    remarks: tuple[str, ...] = ()

    @property
    def notebooks(self) -> tuple[NotebookFile, ...]:
        """The files as results tell them."""
        return tuple(NotebookFile(file.name, file.sha256) for file in self.files)


def places(folder: pathlib.Path) -> list[tuple[str, pathlib.Path]]:
    """Return (student, path) for each entry of a folder of submissions, or for one notebook.

    Raises:
        ValueError: there is none.
    """
    folder = pathlib.Path(folder)
    if folder.is_file():
        return [(clean(folder.stem), folder)]
    if not folder.is_dir():
        raise ValueError(f"{folder}: expected a folder of submissions or a notebook, got none")
    found, names = [], set()
    for entry in sorted(folder.iterdir(), key=lambda path: path.name):
        is_single = entry.suffix.lower() in (".ipynb", ".zip") and not entry.is_dir()
        if entry.name.startswith(".") or entry.name in IGNORED:
            continue
        if is_single or entry.is_dir() or entry.is_symlink():
            student = unique(clean(entry.stem if is_single else entry.name), names)
            names.add(student)
            found.append((student, entry))
    if not found:
        expected = "expected a folder for each student, with notebooks in it"
        raise ValueError(f"{folder}: {expected}, got none")
    return found


def read_submission(student: str, place: pathlib.Path, folder: pathlib.Path) -> Submission:
    """List what a student handed in, without opening notebooks.

    Args:
        student: name.
        place: folder or file.
        folder: of all submissions; nothing outside the student's own place is read.
    """
    root = folder if folder.is_dir() else folder.parent
    files, remarks = [], []
    if place.is_symlink():
        said = f"{clean(place.name)}: a symbolic link in the place of a folder is not followed"
        return Submission(student, (), (said,))
    for path in [place] if place.is_file() else walk(place, remarks):
        name = clean_path(path.relative_to(root))
        try:
            files += listed(path, name, remarks)
        except (OSError, ValueError, zipfile.BadZipFile, RuntimeError) as error:
            remarks.append(f"{name}: {getattr(error, 'strerror', None) or error}")
    if len(files) > MOST_FILES:
        remarks.append(f"{len(files)} notebooks; the newest {MOST_FILES} are read")
    files = sorted(files, key=lambda file: file.age)[-MOST_FILES:]
    return Submission(student, tuple(files), tuple(remarks))


def walk(place: pathlib.Path, remarks: list) -> Iterator[pathlib.Path]:
    """Yield the notebooks and archives below a student's folder; no link is followed out of it."""
    for here, folders, names in os.walk(place):
        depth = len(pathlib.Path(here).relative_to(place).parts)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in IGNORED and depth < MOST_DEPTH
        )
        for name in sorted(names):
            path = pathlib.Path(here, name)
            if name.startswith(".") or path.suffix.lower() not in (".ipynb", ".zip"):
                continue
            real = os.path.realpath(path)  # of links in a circle too
            if path.is_symlink() and not real.startswith(f"{os.path.realpath(place)}{os.sep}"):
                remarks.append(f"{clean(name)}: a symbolic link that leads out of the folder")
            else:
                yield path


def listed(path: pathlib.Path, name: str, remarks: list) -> list[Handed]:
    """Return a notebook, or the notebooks of an archive.

    Raises:
        ValueError: what it is instead.
    """
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise ValueError("expected a file, got something else of that name")
    if about.st_size > LARGEST:
        got = f"got {about.st_size / 2**20:.0f}"
        raise ValueError(f"expected at most {LARGEST // 2**20} MiB, {got}")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    if path.suffix.lower() == ".ipynb":
        age = about.st_mtime_ns, -len(path.name), clean(path.name)
        return [Handed(str(path), name, sha256, age)]
    found = []
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist()[: 100 * MOST_FILES]:
            parts = pathlib.PurePosixPath(member.filename.replace("\\", "/")).parts
            hidden = any(part.startswith(".") and part != ".." for part in parts)
            if not parts or not parts[-1].endswith(".ipynb") or hidden or parts[0] in IGNORED:
                continue
            if ".." in parts or parts[0].startswith("/") or ":" in parts[0]:
                remarks.append(f"{name}: {clean(member.filename)} leads out of the archive")
                continue
            age = member.date_time, -len(parts[-1]), clean(parts[-1])
            inner = f"{name}/{clean_path(pathlib.PurePosixPath(*parts))}"
            found.append(Handed(str(path), inner, sha256, (0, *age), member.filename))
    if not found:
        raise ValueError("an archive without a notebook that can be read")
    return found
