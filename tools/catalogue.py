"""Write docs/exercises.md: what the checks know, and how many wrong answers they name.

    python -m tools.catalogue [--seeds N]

A wrong answer is each misconception of an exercise; the mutation score is the share that is
rejected and named as itself, over all seeds.
"""

import argparse
import pathlib

import torch

from ddpm_edu.checks import exercises, run_check


PAGE = pathlib.Path(__file__).parents[1] / "docs/exercises.md"
HEAD = """# The exercises and what their checks know

Written by `python -m tools.catalogue`. Every wrong answer (a misconception, as the function that
makes it) is run through the check; the mutation score is the share that is rejected and named as
itself.

| lesson | exercise | points | minutes | cases | misconceptions | mutation score |
|---|---|---|---|---|---|---|
"""


def row(exercise, seeds):
    """Return one line of the table."""
    named = [
        run_check(exercise.id, misconception.function, seed).misconception == misconception.id
        for misconception in exercise.misconceptions
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
    """Return the whole page."""
    every = exercises()
    totals = {
        "exercises": len(every),
        "points": sum(exercise.points for exercise in every),
        "cases": sum(len(exercise.cases(0)) for exercise in every),
        "misconceptions": sum(len(exercise.misconceptions) for exercise in every),
    }
    total = ", ".join(f"{number} {name}" for name, number in totals.items())
    return HEAD + "".join(row(exercise, seeds) for exercise in every) + f"\n{total}.\n"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seeds", type=int, default=1, help="how many secret seeds to try each wrong answer with"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    PAGE.write_text(page(options.seeds), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
