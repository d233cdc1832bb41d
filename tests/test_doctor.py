"""`ddpm-edu doctor`: what the course needs, what is there, and the command that mends the rest."""

import subprocess
from pathlib import Path

from notebook_runs import COMMAND

from ddpm_edu.cli import doctor


def test_doctor_finds_this_installation_well():
    done = subprocess.run(
        [COMMAND, "doctor"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout
    assert "all is well" in done.stdout
    for subject in (
        "python",
        "device",
        "notebook kernel",
        "ipywidgets",
        "data mnist5k",
        "weights digits",
        "workbook",
    ):
        assert f"ok   {subject}" in done.stdout


def test_doctor_names_what_is_missing_and_the_command_that_mends_it(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "NEEDED", ("no-such-package",))
    monkeypatch.setattr("ddpm_edu.data.ASSETS", tmp_path)
    monkeypatch.setattr("ddpm_edu.pretrained.ASSETS", tmp_path)
    (tmp_path / "workbook").touch()  # a file where a folder is expected
    ill = {finding.subject: finding for finding in doctor.examine(tmp_path) if not finding.fine}
    assert ill.keys() >= {"no-such-package", "data digits", "weights mnist5k", "workbook"}
    assert ill["no-such-package"].mend == "make lab"
    assert "git checkout" in ill["data digits"].mend
    assert "MEND" in str(ill["workbook"])
