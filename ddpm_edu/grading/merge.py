"""Put the results of shards together: files beside files, with what does not fit told."""

import dataclasses
import json
import pathlib

from ddpm_edu.grading.journal import NAME, Journal, read_lines
from ddpm_edu.grading.result import FOLDER, Result, from_json, write_result


def merge_results(folders: list[pathlib.Path], out: pathlib.Path, tell) -> list[str]:
    """Copy the results of several folders into one; return who could not be read, and what misses.

    Args:
        folders: with results of `ddpm-edu grade`.
        out: folder for all of them.
        tell: takes a line.
    Raises:
        ValueError: no results there, results of two versions, or two that disagree.
    """
    begins = {folder: begin_of(folder) for folder in folders}
    versions = {begin["version"] for begin in begins.values()}
    if len(versions) > 1:
        raise ValueError(f"--merge: expected results of one version, got {', '.join(versions)}")
    missing = missing_shards(begins.values())
    for shard in missing:
        tell(f"missing: {shard}")
    found: dict[str, tuple[pathlib.Path, Result, dict]] = {}
    overlap, differ = [], []
    for folder in folders:
        done = {line["student"]: line for line in read_lines(folder / NAME) if "student" in line}
        for student, line in sorted(done.items()):
            path = folder / FOLDER / f"{student}.json"
            result = from_json(json.loads(path.read_text(encoding="utf-8")))
            if student in found:
                same = without_seconds(found[student][1]) == without_seconds(result)
                (overlap if same else differ).append(f"{student} in {found[student][0]}, {folder}")
            found[student] = folder, result, line
    if differ:
        raise ValueError(f"--merge: results that disagree: {'; '.join(differ[:10])}")
    for text in overlap:
        tell(f"twice, with the same result: {text}")
    journal = Journal(out)
    for student, (_, result, line) in sorted(found.items()):
        write_result(result, out)
        journal.note(student, line["key"], result.is_readable)
    journal.close()
    unread = [student for student, (_, result, _) in found.items() if not result.is_readable]
    tell(f"{len(found)} submissions of {len(folders)} folders, results in {out}")
    if unread:
        tell(f"{len(unread)} could not be read: {', '.join(sorted(unread)[:20])}")
    return [*unread, *missing]


def begin_of(folder):
    """Return the line of a journal that says who judged."""
    begins = [line for line in read_lines(folder / NAME) if line.get("kind") == "begin"]
    if not begins:
        raise ValueError(f"{folder}: expected results of ddpm-edu grade, got no {NAME}")
    return begins[-1]


def missing_shards(begins) -> list[str]:
    """Return the shards that are not there, of those that say how many there are."""
    shards = [begin["shard"].split("/") for begin in begins if begin["shard"]]
    counts = {int(of) for _, of in shards}
    if len(counts) > 1:
        numbers = ", ".join(map(str, sorted(counts)))
        raise ValueError(f"--merge: expected shards of one number, got shards of {numbers}")
    there = {int(number) for number, _ in shards}
    return [f"shard {n}/{of}" for of in counts for n in range(1, of + 1) if n not in there]


def without_seconds(result: Result) -> Result:
    """Return a result without what differs from run to run."""
    return dataclasses.replace(
        result,
        exercises=tuple(dataclasses.replace(part, seconds=0.0) for part in result.exercises),
        cells=tuple(dataclasses.replace(part, seconds=0.0) for part in result.cells),
    )
