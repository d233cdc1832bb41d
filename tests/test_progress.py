"""The progress file: what it counts, and that no learner can break it or lose more than it."""

import json

import pytest

from ddpm_edu.checks import Report
from ddpm_edu.checks.learner.progress_file import (
    Entry,
    Progress,
    after_check,
    one_hint_more,
)


@pytest.fixture
def told():
    return []


@pytest.fixture
def notes(tmp_path, told):
    """Return a progress file that does not exist yet; what it says goes into `told`."""
    return Progress(tmp_path / "progress.json", tell=told.append)


def report(status="wrong", score=0.5, misconception=None):
    return Report("snr", status, score, score, misconception, "", 0.1)


def test_attempts_count_what_is_no_stub_and_the_best_score_stays(notes):
    for status, score in (
        ("not_attempted", 0.0),
        ("wrong", 0.75),
        ("crashed", 0.0),
        ("wrong", 0.5),
        ("not_attempted", 0.0),
    ):
        notes.update("snr", after_check(report(status, score)))
    assert notes.read() == {"snr": Entry(passed=False, attempts=3, score=0.75)}


def test_what_has_passed_stays_passed(notes):
    for status, score in (("passed", 1.0), ("wrong", 0.0)):
        entry = notes.update("snr", after_check(report(status, score)))
    assert entry == Entry(passed=True, attempts=2, score=1.0)


def test_each_mistake_is_noted_once_in_order(notes):
    for name in ("roots", None, "inverted", "roots", "inverted"):
        notes.update("snr", after_check(report(misconception=name)))
    assert notes.read()["snr"].misconceptions == ("roots", "inverted")


def test_hints_go_up_to_three(notes):
    assert [notes.update("snr", one_hint_more).hints for _ in range(5)] == [1, 2, 3, 3, 3]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        *(b"null", b"[1]", b'"text"', b"{}"),
        *(
            b'{"exercises": %s}' % part
            for part in (b"null", b"[]", b'{"snr": 3}', b'{"snr": []}', b'{"snr": null}')
        ),
        *(b'{"exercises": {"snr": {"attempts": %s}}}' % part for part in (b'"2"', b"null", b"1.5")),
        *(
            b'{"exercises": {"snr": {"score": %s}}}' % part
            for part in (b"NaN", b"7", b"-1", b'"1"')
        ),
        *(
            b'{"exercises": {"snr": {"%s": {}}}}' % part
            for part in (b"passed", b"hints", b"misconceptions")
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_moved_aside_whole_and_work_goes_on(
    content, notes, told, tmp_path
):
    notes.path.write_bytes(content)
    assert notes.update("snr", one_hint_more) == Entry(hints=1)
    [aside] = tmp_path.glob("progress-unreadable-*.json")
    assert aside.read_bytes() == content
    assert len(told) == 1
    assert f"it is now {aside.name}" in told[0]
    assert notes.read() == {"snr": Entry(hints=1)}


def test_files_set_aside_in_the_same_second_are_all_kept(notes, tmp_path):
    for number in range(4):
        notes.path.write_text(f"broken {number}")
        assert notes.read() == {}
    kept = {path.read_text() for path in tmp_path.glob("progress-unreadable-*.json")}
    assert kept == {f"broken {number}" for number in range(4)}


def test_a_file_of_a_newer_version_is_read_and_its_exercises_survive(notes, told):
    newer = {
        "version": 2,
        "more": 1,
        "exercises": {"snr": {"attempts": 2, "stars": 5}, "new_exercise": {"hints": 2}},
    }
    notes.path.write_text(json.dumps(newer))
    assert notes.update("snr", one_hint_more) == Entry(attempts=2, hints=1)
    assert notes.read() == {"snr": Entry(attempts=2, hints=1), "new_exercise": Entry(hints=2)}
    assert told == []


@pytest.mark.parametrize(
    "place", ["file/progress.json", "/proc/progress.json", "/dev/null/progress.json"]
)
def test_where_nothing_can_be_written_it_is_told_once_and_kept_in_memory(
    place, tmp_path, told, monkeypatch
):
    monkeypatch.setattr("ddpm_edu.checks.learner.progress_file.PATIENCE", 0.2)
    monkeypatch.setattr(Progress, "in_memory", {})
    (tmp_path / "file").touch()
    for hints in (1, 2, 3):
        notes = Progress(tmp_path / place, tell=told.append)  # as each check makes a new one
        assert notes.read() == ({"snr": Entry(hints=hints - 1)} if hints > 1 else {})
        assert notes.update("snr", one_hint_more).hints == hints
    assert len(told) == 1
    assert "kept for this session only" in told[0]


def test_deleting_the_file_loses_progress_and_nothing_else(notes, told, tmp_path):
    notes.update("snr", one_hint_more)
    notes.path.unlink()
    assert notes.read() == {}
    assert notes.update("snr", one_hint_more) == Entry(hints=1)
    assert told == []
    assert {path.name for path in tmp_path.iterdir()} == {"progress.json", ".progress.json.lock"}
