"""What has been judged, line by line; after a kill at any moment the same command goes on.

journal.jsonl begins with a line that says who judges and holds the secret from which the cases
come; then comes a line for each submission, written when its result is on the disk.
"""

import hashlib
import json
import os
import pathlib
import secrets

import ddpm_edu
from ddpm_edu.files import writable_folder
from ddpm_edu.grading.result import FOLDER


NAME = "journal.jsonl"


class Journal:
    """The journal of a folder of results.

    Args:
        folder: made if missing.
        force: whether to begin anew where another version of the course has judged.
        shard: "K/N", or "" for the whole.
    Raises:
        ValueError: the folder cannot be written, or holds results of another version or shard.
    """

    def __init__(self, folder: pathlib.Path, force: bool = False, shard: str = ""):
        self.folder = writable_folder(folder)
        self.path = self.folder / NAME
        lines = read_lines(self.path)
        begin = next((line for line in reversed(lines) if line.get("kind") == "begin"), None)
        version = ddpm_edu.__version__
        if begin and begin["version"] != version and not force:
            holds = f"holds results of ddpm-edu {begin['version']}, this is {version}"
            raise ValueError(f"{folder}: {holds}; choose another --out, or judge again by --force")
        if begin and begin["shard"] != shard:
            holds = f"holds the results of {named(begin['shard'])}, asked for {named(shard)}"
            raise ValueError(f"{folder}: {holds}; choose another --out")
        self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if not ends_whole(self.path):
            os.write(self.file, b"\n")  # a line that a kill cut short stays, and is passed over
        if begin is None or begin["version"] != version:
            secret = begin["secret"] if begin else secrets.token_hex(16)
            begin = {"kind": "begin", "version": version, "shard": shard, "secret": secret}
            self.append(begin)
        self.secret = begin["secret"]
        self.done = {line["student"]: line for line in lines if line.get("kind") == "done"}

    @property
    def seed(self) -> int:
        """The seed of cases and noise."""
        return int(hashlib.sha256(self.secret.encode()).hexdigest()[:7], 16)

    def has(self, student: str, key: str) -> bool:
        """Tell whether a submission has been judged as it is now, and its result is there."""
        line = self.done.get(student)
        there = (self.folder / FOLDER / f"{student}.json").is_file()
        return line is not None and line["key"] == key and there

    def note(self, student: str, key: str, is_readable: bool):
        """Note that a submission's result has been written."""
        line = {"kind": "done", "student": student, "key": key, "is_readable": is_readable}
        self.append(line)
        self.done[student] = line

    def append(self, line: dict):
        """Write a line to the disk."""
        data = (json.dumps(line) + "\n").encode()
        while data:
            data = data[os.write(self.file, data) :]
        os.fsync(self.file)

    def close(self):
        """Close the file."""
        os.close(self.file)


def named(shard):
    return f"shard {shard}" if shard else "all submissions"


def read_lines(path: pathlib.Path) -> list[dict]:
    """Return the lines of a journal, without those that a kill cut short."""
    lines = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            lines.append(found)
    return lines


def ends_whole(path: pathlib.Path) -> bool:
    """Tell whether a file is empty or ends with the end of a line."""
    with open(path, "rb") as file:
        if not file.seek(0, os.SEEK_END):
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
