"""Write docs/exercises.md: what the checks know of every exercise, and how many wrong answers they reject and name.

    python tools/catalogue.py [--seeds N]

A wrong answer is each misconception of an exercise; the mutation score is the share that is rejected and named as
itself, over all seeds.
"""

import argparse
import pathlib

import torch

from ddpm_edu.checks import exercises, run_check


PAGE = pathlib.Path(__file__).parents[1] / "docs/exercises.md"
HEAD = """# The exercises and what their checks know

Written by `python tools/catalogue.py`. Every wrong answer (a misconception, as the function that makes it) is run
through the check; the mutation score is the share that is rejected and named as itself.

| lesson | exercise | points | minutes | cases | misconceptions | mutation score |
|---|---|---|---|---|---|---|
"""


def row(exercise, seeds):
    """Give one line of the table."""
    named = [
        run_check(exercise.id, mistake.function, seed).misconception == mistake.id
        for mistake in exercise.misconceptions
        for seed in range(seeds)
    ]
    cells = (
        exercise.lesson,
        f"`{exercise.id}`",
        exercise.points,
        exercise.minutes,
        len(exercise.cases(0)),
        len(exercise.misconceptions),
        f"{100 * sum(named) / len(named):.4g} %",
    )
    return f"| {' | '.join(map(str, cells))} |\n"


def page(seeds=1):
    """Give the whole page."""
    every = exercises()
    mistakes = sum(len(exercise.misconceptions) for exercise in every)
    cases = sum(len(exercise.cases(0)) for exercise in every)
    total = (
        f"\n{len(every)} exercises, {sum(e.points for e in every)} points, {cases} cases, {mistakes} misconceptions.\n"
    )
    return HEAD + "".join(row(exercise, seeds) for exercise in every) + total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1, help="how many secret seeds to try each wrong answer with")
    options = parser.parse_args()
    torch.set_num_threads(1)
    PAGE.write_text(page(options.seeds), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
