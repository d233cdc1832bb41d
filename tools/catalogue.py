"""Write docs/exercises.md: what the checks know, and how many wrong answers they name.

    python -m tools.catalogue [--seeds N]

A wrong answer is each misconception of an exercise; the mutation score is the share that is
rejected and named as itself, over all seeds.
"""

import argparse
import importlib
import pathlib
import sys

import torch

from ddpm_edu.checks import exercises, run_check
from ddpm_edu.checks.catalogue.derived import derived_cases
from ddpm_edu.checks.exercise import Probe


ROOT = pathlib.Path(__file__).parents[1]
PAGE = ROOT / "docs/exercises.md"
HEAD = """# The exercises and what their checks know

Written by `python -m tools.catalogue`. Every wrong answer (a misconception, as the function that
makes it) is run through the check; the mutation score is the share that is rejected and named as
itself. Accepted are right answers written in other ways; spelled are misconceptions that are also
tried as people write them, in three ways each. In the last column stands what the cases look at
besides values, and besides what is so for all exercises: inputs and global state are left alone,
and a call that is repeated gives the same again.

"""
FOOT = """
Once all of an exercise's own cases hold, more are derived from them by rule: rows in another order
and alone, calls repeated, gradients, and the end of what is legal (singular covariances, one step
and 2500, one axis and five, shapes that broadcast, w = 0, numbers at limits).

`python -m benchmarks.mutants` makes single and double edits of every solution, some 41,000 and as
many, and tries each that passes on wide legal inputs. Of 21,088 drawn with seed 0, 18,792 are wrong
on a legal input: all of them are rejected, 32 of them by cases that were added for them. The others
are listed in benchmarks/mutants/equal.json. Of 400 of the wrong ones, 86 % are explained by a
misconception, by the terms or by the source, and 10 % in other words.
"""
COLUMNS = (
    *("lesson", "exercise", "points", "minutes", "cases", "misconceptions", "mutation score"),
    *("accepted", "spelled", "looked at"),
)
TRIED_BY_ROW = ("rows in another order", "one row alone")
TRIED_AGAIN = ("other numbers in shapes that were there", "a case once more")


def looked_at(exercise) -> str:
    """Return the kinds of mistakes that the cases of an exercise are for, besides values."""
    cases = exercise.cases(0)
    derived = [case.name for case in derived_cases(exercise, cases, 0)]
    of_domain = set(derived) - {*TRIED_BY_ROW, *TRIED_AGAIN, "the gradient"}
    arguments = [value for case in cases for value in case.arguments.values()]
    kinds = {
        "dtype": any(case.name.startswith("float32") for case in cases),
        "gradients": exercise.gradients or any(case.same_gradients for case in cases),
        "modules and generators": any(isinstance(value, Probe) for value in arguments),
        "independent draws": exercise.recovered or any(c.compare == "uniform" for c in cases),
        "moments": any(case.compare == "moments" for case in cases),
        "rows": set(derived) & set(TRIED_BY_ROW),
        "ends of the domain": of_domain,
    }
    return ", ".join(kind for kind, is_so in kinds.items() if is_so)


def in_tests(kind: str, attribute: str) -> dict:
    """Return exercise -> what tests/accepted or tests/spellings hold for it."""
    sys.path.insert(0, str(ROOT / "tests"))
    found = {}
    for lesson in sorted({exercise.lesson for exercise in exercises()}):
        found |= getattr(importlib.import_module(f"{kind}.lesson_{lesson}"), attribute)
    return found


def facts(exercise) -> tuple:
    """Return what stands behind the mutation score."""
    accepted = in_tests("accepted", "ACCEPTED").get(exercise.id, ())
    spelled = in_tests("spellings", "MISTAKES").get(exercise.id, ())
    return len(accepted) + 1, len(spelled), looked_at(exercise)  # the course's own solution too


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
        *facts(exercise),
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
        "accepted answers": sum(facts(exercise)[0] for exercise in every),
        "misconceptions spelled in three ways": sum(facts(exercise)[1] for exercise in every),
    }
    total = ", ".join(f"{number} {name}" for name, number in totals.items())
    head = f"{HEAD}| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"
    return head + "".join(row(exercise, seeds) for exercise in every) + f"\n{total}.\n" + FOOT


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
