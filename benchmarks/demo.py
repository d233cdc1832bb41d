"""Time what a newcomer waits for: the demo, the embedded data, a check."""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from ddpm_edu import load_images
from ddpm_edu.checks import exercises, run_check


def seconds(call, turns):
    """Time a call several times, after one that does not count."""
    call()
    times = []
    for _ in range(turns):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return times


def sample_16_digits():
    command = pathlib.Path(sys.executable).parent / "ddpm-edu"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [command, "sample", "--num", "16", "--out", folder], check=True, capture_output=True
        )


def main():
    print(f"make demo after set-up: {min(seconds(sample_16_digits, 1)):.0f} s, target <= 60 s")
    for name in ("digits", "mnist5k"):
        milliseconds = 1000 * statistics.median(seconds(lambda name=name: load_images(name), 9))
        print(f'load_images("{name}"): {milliseconds:.0f} ms, target < 50 ms')
    checks = {e.id: seconds(lambda e=e: run_check(e.id, e.reference), 9) for e in exercises()}
    medians = {exercise: statistics.median(times) for exercise, times in checks.items()}
    slowest = max(medians, key=medians.get)
    print(f"run_check: median {1000 * statistics.median(medians.values()):.0f} ms, ", end="")
    print(f"worst {1000 * medians[slowest]:.0f} ms ({slowest}), target <= 300 ms\n")


if __name__ == "__main__":
    main()
