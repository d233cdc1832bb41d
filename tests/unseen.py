"""Solutions with a few words exchanged: wrong answers of kinds that are on no list."""

from ddpm_edu.checks.run import run_check
from ddpm_edu.course.answers import solution_with_imports


def source_with(name, exchanges, above=""):
    """Return the source of an exercise's solution with words exchanged, and its imports."""
    imports, code = solution_with_imports(name)
    for old, new in exchanges.items():
        assert code.count(old) == 1, (name, old)
        code = code.replace(old, new)
    return f"import copy\n{imports}\n{above}\n{code}"


def judged(name, exchanges, above=""):
    names = {}
    exec(source_with(name, exchanges, above), names)
    return run_check(name, names[name])
