"""One answer, what a copier does with it, and right answers that owe nothing to each other."""

import importlib
import inspect
import re


LONG = '''
def sample_p(model, x_t, t, schedule, clipping=True):
    """Mine."""
    # one step back
    eps = model(x_t, t)
    root = schedule.alphas_bar[t].view(-1, 1, 1, 1).sqrt()
    rest = (1 - schedule.alphas_bar[t].view(-1, 1, 1, 1)).sqrt()
    clean = (x_t - rest * eps) / root
    if clipping:
        clean = clean.clamp(-1, 1)
    mean = posterior_mean(clean, x_t, t, schedule)
    return mean + torch.randn_like(x_t) * sample_by_t(schedule.posterior_variance, t, x_t.shape)
'''
BAR = "schedule.alphas_bar[t].view(-1, 1, 1, 1)"
# What a copier does with a copy, each alone and all at once, names last.
WORKED_OVER = {
    "statements": lambda code: re.sub(r"(    root = .*\n)(    rest = .*\n)", r"\2\1", code),
    "introduced": lambda code: code.replace(
        f"    root = {BAR}.sqrt()", f"    table = {BAR}\n    root = table.sqrt()"
    ),
    "inlined": lambda code: code.replace("    mean = posterior", "    return posterior").replace(
        "\n    return mean", ""
    ),
    "one line": lambda code: re.sub(
        r"    if clipping:\n        clean = (.*)", r"    clean = \1 if clipping else clean", code
    ),
    "signs": lambda code: code.replace("x_t - rest * eps", "-rest * eps + x_t"),
    "operands": lambda code: code.replace("rest * eps", "eps * rest"),
    "terms": lambda code: re.sub(
        r"return (mean|posterior_mean\(.*?\)) \+ (.*)", r"return \2 + \1", code
    ),
    "names": lambda code: re.sub(r"\bclean\b", "zzz", re.sub(r"\brest\b", "other", code)),
    "arguments": lambda code: re.sub(r"\bx_t\b", "xs", re.sub(r"\bt\b", "time", code)),
}


def all_at_once(code):
    for change in WORKED_OVER.values():
        code = change(code)
    return code


def accepted(lesson) -> dict[str, list[str]]:
    """Return exercise -> right answers as different learners write them, under its name."""
    found = importlib.import_module(f"accepted.lesson_{lesson}").ACCEPTED
    return {exercise: [*map_sources(functions, exercise)] for exercise, functions in found.items()}


def map_sources(functions, exercise):
    for one in functions:
        if inspect.isfunction(one) and one.__name__ != "<lambda>":
            yield inspect.getsource(one).replace(one.__name__, exercise)


INDEPENDENT = {name: codes for n in range(1, 10) for name, codes in accepted(n).items()}
