"""`ddpm-edu train` on the digits, in a process of its own."""

import os
import subprocess
import sys


OPTIONS = ["--data", "digits", "--batch-size", "8", "--device", "cpu"]
TRAIN = [sys.executable, "-m", "ddpm_edu.cli", "train", *OPTIONS]
# the same number everywhere, so that sums are the same
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def begin(setting, *options):
    """Start a run with a constant of `runs` or `finished` set to another value."""
    code = "from ddpm_edu.cli import finished, main, runs; "
    return subprocess.Popen(
        [sys.executable, "-c", f"{code}{setting}; main()", *TRAIN[3:], *options],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
