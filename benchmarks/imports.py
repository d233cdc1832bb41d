"""Time what `import ddpm_edu` costs beyond `import torch`, in fresh processes that take turns."""

import statistics
import subprocess
import sys


TURNS = 5
TARGET_SECONDS = 0.2
TIMED_IMPORT = (
    "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
)


def seconds(module):
    process = subprocess.run(
        [sys.executable, "-c", TIMED_IMPORT.format(module)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(process.stdout)


def main():
    seconds("ddpm_edu")  # fills the disk cache, and compiles what is not compiled
    turns = [(seconds("torch"), seconds("ddpm_edu")) for _ in range(TURNS)]
    torch_alone, ours = (statistics.median(column) for column in zip(*turns, strict=True))
    print(f"import torch {torch_alone:.2f} s, ", end="")
    print(f"import ddpm_edu {ours:.2f} s, median of {TURNS} turns")
    print(f"ddpm_edu beyond torch: {ours - torch_alone:.2f} s, target <= {TARGET_SECONDS} s\n")


if __name__ == "__main__":
    main()
