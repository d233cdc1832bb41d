"""Try small edits of every solution: `python -m benchmarks.mutants --sample 3000`.

Results are appended to a file, and a second start goes on where the first ended.
"""

import argparse
import json
import os
import pathlib

from benchmarks.mutants.corpus import corpus
from benchmarks.mutants.equal import keep
from benchmarks.mutants.figures import figures
from benchmarks.mutants.process import OneProcess
from ddpm_edu.checks.catalogue import CATALOGUE


RESULTS = pathlib.Path("mutants.jsonl")


def main():
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="how many edits; all of them if left out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    parser.add_argument("--again", action="store_true", help="try those again that passed")
    parser.add_argument("--verdicts", action="store_true", help="do not ask for explanations")
    parser.add_argument("--figures", action="store_true", help="of the results so far, and end")
    parser.add_argument("--keep", action="store_true", help="list those that are equal, and end")
    parser.add_argument("exercises", nargs="*", metavar="exercise")
    options = parser.parse_args()
    names = tuple(options.exercises or CATALOGUE)
    known = read(options.results)
    if options.figures or options.keep:
        print(figures(list(known.values())))
        if options.keep:
            keep(list(known.values()))
        return
    mutants = corpus(names, options.seed, options.sample)
    if options.again:
        known = {code: row for code, row in known.items() if row["status"] != "passed"}
    one = OneProcess()
    with options.results.open("a", encoding="utf-8") as file:
        for mutant in mutants:
            if (mutant.exercise, mutant.code) not in known:
                row = {**vars(mutant), **one.tried(mutant, not options.verdicts)}
                known[mutant.exercise, mutant.code] = row
                file.write(json.dumps(row) + "\n")
                file.flush()
    one.end()
    print(figures([known[m.exercise, m.code] for m in mutants]))


def read(path) -> dict:
    """Return (exercise, code) -> row of results; the last one counts."""
    if not path.exists():
        return {}
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {(row["exercise"], row["code"]): row for row in rows}


if __name__ == "__main__":
    main()
