"""The list of edits that pass and are right: equal.json, with a reason for each.

exercise -> digest of the code -> [what was edited, reason]. The reason is "equal on N inputs", or a
sentence written by hand, which is kept.
"""

import json
import pathlib

from benchmarks.mutants.corpus import Mutant
from benchmarks.mutants.legal import wide_cases
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.files import whole_file


PATH = pathlib.Path(__file__).with_name("equal.json")


def read_equal() -> dict[str, dict[str, list[str]]]:
    return json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}


def keep(rows: list[dict]):
    """Add the edits that passed and were found right on all wide legal inputs; drop the others."""
    known, inputs = read_equal(), {name: len(wide_cases(e)) for name, e in CATALOGUE.items()}
    for row in rows:
        name = row["exercise"]
        digest = Mutant(name, row["family"], row["what"], row["code"]).digest
        of_exercise = known.setdefault(name, {})
        if row["status"] == "passed" and not row["wrong"]:
            of_exercise.setdefault(digest, [row["what"], f"equal on {inputs[name]} inputs"])
        else:
            of_exercise.pop(digest, None)
    ordered = {name: dict(sorted(known[name].items())) for name in CATALOGUE if name in known}
    text = json.dumps(ordered, indent=0, ensure_ascii=False)
    with whole_file(PATH) as path:
        path.write_text(text + "\n", encoding="utf-8")
