"""What grading promises, attacked: one batch of hostile and odd submissions, a result for each."""

import dataclasses
import functools
import os
import socket
import time

import pytest
from attacks import (
    NEVER,
    RIGHT,
    WRONG,
    Attack,
    cells_around,
    endless,
    files,
    forging,
    honest,
    leaks,
    nbgrader,
    write,
)

from ddpm_edu.checks.run import find
from ddpm_edu.grading.batch import Batch
from ddpm_edu.grading.isolation import BWRAP
from ddpm_edu.grading.journal import Journal
from ddpm_edu.grading.limits import MIB, Limits
from ddpm_edu.grading.names import clean
from ddpm_edu.grading.options import Options
from ddpm_edu.grading.pool import processes
from ddpm_edu.grading.probe import has_bubblewrap
from ddpm_edu.grading.result import read_results
from ddpm_edu.grading.sandbox import PACKAGE


pytestmark = [
    pytest.mark.usefixtures("as_learners_run_it"),
    pytest.mark.slow,
    pytest.mark.skipif(not has_bubblewrap(), reason="bubblewrap cannot make a sandbox here"),
]
CONTROLS = [
    Attack("control-right", cells_around()),
    Attack("control-wrong", cells_around(answer=WRONG), NEVER),
    Attack("zz-control-right", cells_around("last = 1")),
    Attack("zz-control-wrong", cells_around("last = 1", answer=WRONG), NEVER),
]
ATTACKS = [
    *CONTROLS, *forging.ATTACKS, *honest.ATTACKS, *endless.ATTACKS, *files.ATTACKS, *leaks.ATTACKS,
    *nbgrader.ATTACKS,
]  # fmt: skip
EXERCISES = tuple((name, find(name).points) for name in ("sample_q", "snr"))
LIMITS = Limits(seconds=1.0, memory=768 * MIB, disk=64 * MIB)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of submissions and results."""
    return tmp_path_factory.mktemp("attacks")


@pytest.fixture(scope="module")
def graded(folder):
    """Grade all attacks in one batch, next to what must stay secret; return results by student."""
    submissions, results = folder / "submissions", folder / "results"
    os.environ["SECRET_OF_THE_TEACHER"] = leaks.MARKER
    with socket.create_server(("127.0.0.1", 0)) as server:
        values = {
            "submissions": str(submissions),
            "results": str(results),
            "package": str(PACKAGE),
            "port": str(server.getsockname()[1]),
            "judge": str(os.getpid()),
        }
        for attack in ATTACKS:
            write(filled(attack, values), submissions)
        (submissions / "control-right" / "notes.txt").write_text(leaks.MARKER)
        batch = Batch(
            submissions,
            Journal(results),
            Options(EXERCISES, LIMITS, BWRAP, 7, (str(submissions), str(results))),
            functools.partial(processes, 2),  # most of the time is spent waiting
            workers=2,
        )
        begin = time.monotonic()
        batch.run()
        print(f"{len(ATTACKS)} submissions in {time.monotonic() - begin:.0f} s")
    del os.environ["SECRET_OF_THE_TEACHER"]
    return {result.student: result for result in read_results(results)}


def filled(attack, values):
    """Put in what an attack must know of this run."""
    cells = attack.cells
    for name, value in values.items():
        cells = [cell.replace(f"{{{name}}}", value) for cell in cells]
    return dataclasses.replace(attack, cells=cells)


def test_the_corpus_is_large_and_each_has_a_name_of_its_own():
    assert len(ATTACKS) >= 120
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name[:40])
def test_an_attack_gets_what_it_earns(attack, graded):
    result = graded[clean(attack.name)]
    told = "\n".join([*result.remarks, *(cell.text for cell in result.cells)])
    assert result.is_readable == attack.readable, told
    for name in ("sample_q", "snr"):
        expected = getattr(attack, name)
        found = next(exercise for exercise in result.exercises if exercise.id == name)
        told = f"{found.status}: {found.feedback}\n{told}"
        if expected == NEVER:
            assert found.status != "passed", told
            is_partly = attack.name.removeprefix("forge-") in forging.PARTLY
            assert found.points == 0 or is_partly, told
        elif expected is not None:
            assert found.status == expected, told
            assert found.points == (found.max_points if expected == "passed" else 0), told
        elif not attack.readable:
            assert not found.points, told
    assert attack.words.lower() in told.lower()


@pytest.mark.parametrize("name", leaks.READS)
def test_nothing_that_is_secret_can_be_read(name, graded):
    result = graded[f"leak-{name}"]
    assert leaks.MARKER not in str(result)
    assert "secret_of_the_teacher" not in str(result).lower()


@pytest.mark.parametrize("name", leaks.MUST_FAIL)
def test_what_must_fail_fails(name, graded):
    cell = graded[f"refuse-{name}"].cells[1]
    assert cell.status == "crashed", cell
    assert "NameError" not in cell.text, cell.text


def test_no_submission_sees_the_files_of_another(graded):
    assert all(graded[f"leak-contamination-{n}"].cells[1].status == "passed" for n in (1, 2))


def test_what_a_notebook_writes_is_gone_with_its_sandbox(graded, folder):
    for name in ("side-effect", "side-effect-beside"):
        status = graded[f"nbgrader-{name}"].cells[1].status
        assert status == ("passed" if name == "side-effect" else "crashed")
    assert not list(folder.rglob("side-effect.txt"))


def test_the_same_notebook_is_judged_once_and_told_under_both_names(graded):
    one, two = graded["file-same-1"], graded["file-same-2"]
    assert [e.seconds for e in one.exercises] == [e.seconds for e in two.exercises]
    assert two.exercises[0].notebook == "file-same-2/work.ipynb"
    assert RIGHT in two.exercises[0].code
