"""Check all right answers under many seeds: `python tests/right_answers.py --seeds 100`.

They are the solutions, the accepted variants and functions of other libraries. It prints each one
that is refused, and how many were tried.
"""

import argparse
import sys
import warnings

import jaxtyping
from judging import ACCEPTED
from others import OTHERS, loaded

from ddpm_edu.checks.run import run_check


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    jaxtyping.config.update("jaxtyping_disable", True)  # as learners have it
    warnings.simplefilter("ignore")
    answers = [(name, answer) for name, answers in ACCEPTED.items() for answer in answers]
    answers += [pair for library in OTHERS if loaded(library) for pair in OTHERS[library]]
    refused = set()
    for seed in range(options.first, options.first + options.seeds):
        for number, (name, answer) in enumerate(answers):
            report = run_check(name, answer, seed)
            if report.status != "passed":
                refused.add(number)
                print(f"seed {seed}: {report.feedback}\n", flush=True)
    print(f"{len(answers)} right answers under {options.seeds} seeds: {len(refused)} refused")
    sys.exit(bool(refused))


if __name__ == "__main__":
    main()
