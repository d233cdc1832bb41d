"""What a run of the corpus says, as a table."""

from collections import Counter

from ddpm_edu.checks.catalogue import CATALOGUE


BY_FORMULA = ("id", "terms", "source")


def figures(rows: list[dict]) -> str:
    """Return a table with a line for each exercise, and the edits that are wrong and pass."""
    head = ("exercise", "edits", "equal", "wrong", "rejected", "id", "terms", "source", "words",
            "error", "alone")  # fmt: skip
    lines, total = (
        [f"{head[0]:<24}" + "".join(f"{word:>9}" for word in head[1:])],
        Counter(),
    )
    missed = []
    for name in CATALOGUE:
        counts = Counter()
        for row in (row for row in rows if row["exercise"] == name):
            counts += count(row)
            if row.get("wrong"):
                missed.append(f"{name}: {row['what']}\n    {row['wrong']}")
        if counts:
            lines.append(line(name, counts))
            total += counts
    lines.append(line("all", total))
    explained = sum(total[key] for key in (*BY_FORMULA, "words", "error"))
    lines.append(f"{percent(explained, total['asked'])} of the rejected that were diagnosed are "
                 "explained by an id, terms, source, words or the error's line")  # fmt: skip
    return "\n".join([*lines, *(["", "Wrong, and passed:"] if missed else []), *missed])


def count(row) -> Counter:
    if row["status"] == "passed":
        return Counter({"edits": 1, "wrong" if row["wrong"] else "equal": 1})
    counts = Counter({"edits": 1, "wrong": 1, "rejected": 1})
    if row["how"] is not None:  # it was diagnosed
        counts += Counter({"asked": 1, row["how"] or "alone": 1})
    return counts


def line(name, counts) -> str:
    numbers = [counts["edits"], counts["equal"], counts["wrong"]]
    shares = [percent(counts["rejected"], counts["wrong"])]
    shares += [
        percent(counts[key], counts["asked"]) for key in (*BY_FORMULA, "words", "error", "alone")
    ]
    return f"{name:<24}" + "".join(f"{value:>9}" for value in (*numbers, *shares))


def percent(part, whole) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
