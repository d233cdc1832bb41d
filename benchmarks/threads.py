"""One thread or two for small batches, alone and beside two programs that keep both cores busy.

Each figure is a process of its own, as a learner starts it; ratios are within one run.
"""

import os
import subprocess
import sys
import time
from contextlib import ExitStack


STEPS = 50
BATCHES = {"digits": "nine 8x8 digits", "mnist5k": "sixteen 28x28 digits"}
SHAPES = {"digits": (9, 1, 8, 8), "mnist5k": (16, 1, 28, 28)}
SAMPLE = """
import sys, time, ddpm_edu, torch
name, shape, threads = sys.argv[1], eval(sys.argv[2]), int(sys.argv[3])
if threads:
    ddpm_edu.devices.SMALL = 0  # no choice of ours
    torch.set_num_threads(threads)
model = ddpm_edu.load_pretrained(name)
schedule = ddpm_edu.NoiseSchedule(ddpm_edu.linear_schedule(50))
begin = time.perf_counter()
ddpm_edu.sampling(model, shape, schedule, progress=False)
print(time.perf_counter() - begin)
"""
BUSY = "import time; end = time.time() + 600\nwhile time.time() < end: pass"


def seconds(name, threads):
    """Return how long it takes to sample; 0 threads leave the choice to the course."""
    command = [sys.executable, "-c", SAMPLE, name, str(SHAPES[name]), str(threads)]
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


def measure(name):
    return [seconds(name, threads) for threads in (1, 2, 0)]


def main():
    print(f"threads, {STEPS} steps: one, two, and what the course chooses")
    for name, words in BATCHES.items():
        alone = measure(name)
        with ExitStack() as stack:
            for _ in range(os.cpu_count() or 2):
                process = stack.enter_context(subprocess.Popen([sys.executable, "-c", BUSY]))
                stack.callback(process.kill)
            time.sleep(0.5)
            busy = measure(name)
        for company, (one, two, ours) in {"alone": alone, "busy": busy}.items():
            print(f"  {words:<21} {company:<6} one {one:6.2f} s, two {two:6.2f} s ", end="")
            print(f"({two / one:.1f} x one), chosen {ours:6.2f} s ({ours / one:.1f} x one)")
    print()


if __name__ == "__main__":
    main()
