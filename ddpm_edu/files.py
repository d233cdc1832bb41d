"""Files that are either whole or not there: nothing half-written stays under its final name."""

import contextlib
import difflib
import itertools
import os
import pathlib
import stat
import tempfile


Files = dict[str, bytes]  # path in a folder, with forward slashes -> content


@contextlib.contextmanager
def whole_file(path):
    """Yield a temporary path beside `path`; it is renamed to it if the block ends without error."""
    path = pathlib.Path(path)
    writable_folder(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    try:
        yield pathlib.Path(name)
        with open(name, "rb") as file:
            # a full disk or a power cut must not leave an empty file behind the new name
            os.fsync(file.fileno())
        os.chmod(name, stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644)
        os.replace(name, path)
    finally:
        pathlib.Path(name).unlink(missing_ok=True)


def write_new(files: Files, folder: pathlib.Path) -> list[pathlib.Path]:
    """Write files into a folder, over none that is there; a script becomes executable.

    Args:
        files: to be written.
        folder: made if missing.
    Returns:
        Where they are.
    Raises:
        ValueError: a file with other content is there; then nothing is written.
    """
    content = {folder / name: text for name, text in files.items()}
    for path, text in content.items():
        if os.path.lexists(path) and not (path.is_file() and path.read_bytes() == text):
            expected = "expected no file, or the one that would be written"
            raise ValueError(f"{path}: {expected}, got another; nothing was written")
    for path, text in content.items():
        with whole_file(path) as name:
            name.write_bytes(text)
        path.chmod(0o755 if text.startswith(b"#!") else 0o644)
    return list(content)


def unused(path):
    """Return a path that no file has yet: this one, or one with -2, -3, ... before the suffix."""
    path = pathlib.Path(path)
    others = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))
    return next(free for free in itertools.chain([path], others) if not free.exists())


def writable_folder(path):
    """Make a folder if it is missing and prove that it can be written; ValueError otherwise."""
    path = pathlib.Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise ValueError(
            f"{path}: expected a folder that can be written, got: {error.strerror}"
        ) from error


def nearest(name, names):
    """Say which names exist, and which one was probably meant."""
    return f"one of {', '.join(names)}{did_you_mean(name, names)}"


def did_you_mean(name, names):
    """Say which of the names was probably meant; nothing when none is near."""
    close = difflib.get_close_matches(str(name), names, n=1, cutoff=0.4)
    return f" (did you mean {close[0]!r}?)" if close else ""
