"""Make .venv what pyproject.toml asks for: `sh tools/setup.sh lab,dev`.

setup.sh finds the Python that runs this file; nothing but the standard library is used here.
A stamp inside .venv says what it was made from, so that a second start only compares small files.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import venv
from pathlib import Path


ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "ddpm-edu.json"
LOG = VENV / "setup.log"
RUNNING = "{}.{}".format(*sys.version_info)
OLDEST = (3, 11)
# `make lab CPU=1`: on Linux torch otherwise brings CUDA, 3 GB to fetch and 6.5 to keep.
CPU = os.environ.get("CPU") == "1"
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"  # newer, for pip, than the same without +cpu
NEEDED_GB = 10 if sys.platform == "linux" and not CPU else 3


class SetupError(Exception):
    """What was expected, what was there and what mends it: for a person to read."""


def fingerprint(python: str) -> str:
    expected = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(python.encode() + b"".join(expected)).hexdigest()


def read_stamp() -> dict:
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {"fingerprint": None, "extras": []}


def moved_from() -> Path | None:
    """Return where .venv was made, if not here: the programs in its bin/ begin with that path."""
    settings = (VENV / "pyvenv.cfg").read_text() if (VENV / "pyvenv.cfg").exists() else ""
    made = re.search(r"^command = .* -m venv (?:--\S+ )*(/.*)$", settings, re.MULTILINE)
    return Path(made[1]) if made and Path(made[1]).resolve() != VENV.resolve() else None


def is_ready(extras: set[str]) -> bool:
    stamp = read_stamp()
    return (
        Path(sys.prefix).resolve() == VENV.resolve()
        and stamp["fingerprint"] == fingerprint(RUNNING)
        and extras <= set(stamp["extras"])
        and moved_from() is None
    )


def python_of_venv() -> str | None:
    probe = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        found = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True)
    except OSError:
        return None
    return found.stdout.strip() if found.returncode == 0 else None


def fault() -> str | None:
    """Say why the .venv that is there cannot be used; None if it can."""
    if old := moved_from():
        return f"it was made for {old} and works only there"
    version = python_of_venv()
    if version is None:
        return "its Python or its pip does not start"
    if tuple(map(int, version.split("."))) < OLDEST:
        return f"it has Python {version}; 3.11 or newer is expected"
    return None


def require_disk() -> None:
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < NEEDED_GB:
        raise SetupError(
            f"expected {NEEDED_GB} GB of free disk for the first install (PyTorch is large), "
            f"got {free:.1f} GB.\n"
            "Make room, or move this folder to a larger disk, and run the same command again."
        )


def require_venv_module() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{RUNNING}-venv"
        raise SetupError(
            f"expected Python {RUNNING} with its venv module ({package}), got one without.\n"
            f"Debian, Ubuntu: sudo apt install {package}. Then run the same command again."
        )


def make_venv() -> None:
    require_venv_module()
    if VENV.exists():
        # No test of the disk: what the old one frees is what the new one takes.
        print(f"Making .venv anew: {fault()}.", flush=True)
    else:
        require_disk()
        print(f"Making .venv with Python {RUNNING}.", flush=True)
    venv.create(VENV, clear=True, symlinks=True, with_pip=True)


def progress() -> str:
    log = LOG.read_text(errors="replace")
    found = re.findall(r"^(?:Collecting |Processing \S*/)([\w.-]+)", log, re.MULTILINE)
    if writing := re.search(r"^Installing collected packages: (.*)", log, re.MULTILINE):
        return f"writing {len(writing[1].split(', '))} packages to disk"
    return f"{len(found)} packages found, now {found[-1]}" if found else "starting pip"


def pip_install(extras: set[str]) -> None:
    """Show that something happens while pip works, and pip's own words only if it fails."""
    names = ",".join(sorted(extras))
    print(f"Installing {names}; the first time takes minutes.", flush=True)
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    options += ["-c", "constraints.txt", *(["--extra-index-url", CPU_BUILDS] if CPU else [])]
    command = [PYTHON, "-m", "pip", "install", *options, "-e", f".[{names}]"]
    started = time.monotonic()
    with LOG.open("w") as log, subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log) as pip:
        while pip.poll() is None:
            try:
                pip.wait(timeout=10)
            except subprocess.TimeoutExpired:
                print(f"  {time.monotonic() - started:4.0f} s  {progress()}", flush=True)
    if pip.returncode:
        raise SetupError(why_pip_failed())
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def install(extras: set[str]) -> None:
    if fault():
        make_venv()
    stamp = {"fingerprint": fingerprint(python_of_venv()), "extras": sorted(extras)}
    STAMP.unlink(missing_ok=True)  # an install that is cut off must not look finished
    pip_install(extras)
    part = STAMP.with_suffix(".part")
    part.write_text(json.dumps(stamp))
    part.replace(STAMP)


def why_pip_failed() -> str:
    lines = LOG.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
    reason = next((line for line in lines if line.lower().startswith("error")), lines[-1])
    return (
        f"pip stopped: {reason}\n"
        "All it said: .venv/setup.log. Often it is the network or the disk; then run the same "
        "command again."
    )


def parse(arguments: list[str] | None) -> set[str]:
    parser = argparse.ArgumentParser(prog="tools/setup.sh", description="Set up .venv.")
    split = lambda names: set(names.split(","))  # noqa: E731
    parser.add_argument("extras", type=split, help="for example lab,dev")
    extras = parser.parse_args(arguments).extras
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    if unknown := ",".join(extras - set(known)):
        raise SetupError(f"extras: expected some of {','.join(known)}, got {unknown}.")
    return extras


def main(arguments: list[str] | None = None) -> int:
    try:
        extras = parse(arguments)
        if not is_ready(extras):
            install(extras | set(read_stamp()["extras"]))
    except (SetupError, OSError, subprocess.SubprocessError) as error:
        print(f"ddpm-edu: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ddpm-edu: stopped; the same command goes on from here.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
