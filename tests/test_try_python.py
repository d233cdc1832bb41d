"""`make try`: what is no Python is named, and a trial that stops leaves nothing behind.

That it succeeds is seen by running it, which takes minutes and the network: docs/install.md.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).resolve().parent.parent
WITHOUT_VENV = f"""#!/bin/sh
[ "$2" = venv ] && {{ echo "no module venv, for $3" >&2; exit 3; }}
exec "{sys.executable}" "$@"
"""


def try_python(python, tmp_path):
    (tmp_path / "temporary").mkdir()
    return subprocess.run(
        ["sh", ROOT / "tools/try_python.sh", python],
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("python", ["", "no-such-python", "true"])
def test_what_is_no_python_is_named(tmp_path, python):
    result = try_python(python, tmp_path)
    assert result.returncode == 2
    assert f"expected a Python, as in `make try PYTHON=python3.13`, got '{python}'" in result.stderr


def test_a_trial_that_stops_says_why_and_leaves_nothing(tmp_path):
    stub = tmp_path / "python"
    stub.write_text(WITHOUT_VENV)
    stub.chmod(0o755)
    result = try_python(str(stub), tmp_path)
    temporary = tmp_path / "temporary"
    assert result.returncode == 3
    assert f"no module venv, for {temporary}" in result.stderr
    assert not list(temporary.iterdir())
