"""`ddpm-edu check` amid other people's settings, odd names, copies, and cells that went missing."""

import json
import os
import subprocess

import pytest
from notebook_runs import COMMAND, run, write

from ddpm_edu.checks.learner.progress_file import PROGRESS


pytestmark = pytest.mark.slow
CELLS = [
    "from ddpm_edu import check",
    "def snr(t, schedule):\n    return schedule.alphas_bar[t] / (1 - schedule.alphas_bar[t])",
    "check('snr', snr)",
]


def test_a_run_is_shielded_from_its_surroundings(tmp_path):
    folder = tmp_path / "-x course [spring] a::b @é"
    write(folder / "-01 größe.ipynb", "import os\nassert os.path.exists('conftest.py')", *CELLS)
    (folder / "conftest.py").write_text("import no_such_module\n")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    strays = {
        "PYTEST_ADDOPTS": "-k nothing --no-such-option",
        "PYTEST_PLUGINS": "no_such_plugin",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONIOENCODING": "ascii",
    }
    command, environment = [COMMAND, "check", "."], {**os.environ, **strays}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  + cell 4: check('snr', snr)\n" in done.stdout
    assert "1 of 1 exercises passed" in done.stdout


def test_a_reader_that_goes_away_ends_no_work(tmp_path):
    folder = write(tmp_path / "book/01_small.ipynb", *CELLS)
    command = f'"{COMMAND}" check "{folder}" --json "{tmp_path}/a.json" | head -1'
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")
    assert json.loads((tmp_path / "a.json").read_text())["score"] == 1


def test_an_exercise_without_a_verdict_is_told_and_no_other_is_lost(tmp_path):
    write(tmp_path / "01_small.ipynb", *CELLS[:2])  # its check was deleted
    write(tmp_path / "01_small-Copy1.ipynb", *CELLS[:2], "import os; os._exit(1)")
    os.utime(tmp_path / "01_small.ipynb", (1, 1))
    done = run(COMMAND, "check", tmp_path, "--json", tmp_path / "a.json")
    assert done.returncode == 1
    assert "  ✓ snr: judged as it stands at the end\n" in done.stdout
    assert done.stdout.splitlines()[-4:-1] == [
        "? lesson 1  snr: 0 of 1 points, not checked",
        "In two notebooks: snr; the newest answer that is no stub counts, that in "
        "01_small-Copy1.ipynb, not that in 01_small.ipynb",
        "0 of 1 exercises passed, 1 not checked, 0 of 1 points",
    ]
    [found] = json.loads((tmp_path / "a.json").read_text())["exercises"]
    assert (found["status"], found["notebook"][-20:]) == ("not_checked", "01_small-Copy1.ipynb")


def test_notebooks_without_an_exercise_are_told(tmp_path):
    (tmp_path / "02_broken.ipynb").write_text("")
    done = run(COMMAND, "check", write(tmp_path / "01_none.ipynb", "1 + 1"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected a cell that defines or checks an exercise" in done.stderr
    assert "got none in 2 notebooks" in done.stderr and "an empty file" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_check_and_progress_agree_wherever_the_notebook_goes(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != PROGRESS}
    environment["OMP_NUM_THREADS"] = "1"
    folder = write(tmp_path / "mine/Copy of 01_small.ipynb", "%cd ..", *CELLS)

    def said(command, cwd):
        done = subprocess.run(
            [COMMAND, command], cwd=cwd, env=environment, capture_output=True, text=True
        )
        return done.stdout

    assert "1 of 1 exercises passed" in said("check", folder)
    assert [path.name for path in tmp_path.rglob("progress.json")] == ["progress.json"]
    for cwd in (folder, tmp_path):
        assert "  ✓ snr: 1 of 1 points, 1 attempt\n" in said("progress", cwd)


def test_no_progress_file_is_left_in_a_folder_that_is_not_the_learner_s_own(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != PROGRESS}
    folder = write(tmp_path / "theirs/01_small.ipynb", *CELLS)
    for workbook in ("theirs", "workbook"):
        if workbook == "workbook":
            write(tmp_path / "workbook/01_small.ipynb", *CELLS)
        named = [folder] if workbook == "theirs" else []
        done = subprocess.run([COMMAND, "check", *named], cwd=tmp_path, env=environment)
        assert done.returncode == 0
    assert not (folder / "progress.json").exists()
    assert (tmp_path / "workbook/progress.json").exists()
