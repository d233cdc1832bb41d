"""What a box keeps back as long as a formula is the learner's to find.

A derived exercise names its aim and what to start from; its second hint has the formula. Until then
a diagnosis says what the answer does, and not what belongs there instead.
"""

import re

from ddpm_edu.checks.exercise import Exercise
from ddpm_edu.checks.learner.progress_file import Entry
from ddpm_edu.checks.report import DIAGNOSIS


WITH_FORMULA = 2  # the hint that has it
OPENING = r"(?:or, with the same values: |and then: )?(?:in line \d+(?: of \w+)?: )?"
# What an answer does stands before the first of these signs, what is right behind it.
DIAGNOSED = re.compile(rf"({DIAGNOSIS}{OPENING})(.*?)(?:[;:] .*|\.)")
OF_TERMS = re.compile(r"(Your .*?); .*")
MISSING = re.compile(r"You (?:left out|did not)\b")
LATER = "What belongs there instead is for you to find."


def keeps_back(exercise: Exercise, entry: Entry | None) -> bool:
    """Tell whether the formula of an exercise is still to be found.

    Args:
        exercise: that was answered.
        entry: what is known of it, or None where nobody is learning, as in grading.
    """
    if entry is None or not exercise.derived:
        return False
    return entry.hints < WITH_FORMULA and not entry.solution_is_open


def without_formula(lines: list[str]) -> list[str]:
    """Return the lines of a report without what says how it should be."""
    short = [shortened(line) for line in lines]
    return [*short, LATER] if short != lines else lines


def shortened(line):
    if diagnosed := DIAGNOSED.fullmatch(line):
        opening, done = diagnosed.groups()
        return f"{opening}{'Something is left out' if MISSING.match(done) else done}."
    of_terms = OF_TERMS.fullmatch(line)
    return f"{of_terms[1]}." if of_terms else line
