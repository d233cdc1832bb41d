"""Time the verdict on every misconception, and on an answer that no misconception explains."""

import dataclasses
import statistics

import torch

from ddpm_edu.checks import exercises
from ddpm_edu.checks.run import LocalRunner, check_with


TARGET = {"median": 100, "worst": 300}  # ms


def unexplained(reference):
    """Make an answer that is wrong in a way of its own, so that all pairs are tried on it too."""

    def spoil(value):
        if isinstance(value, (list, tuple)):
            return type(value)(map(spoil, value))
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            return value * 1.0123 + 0.017
        return value * 1.0123 if isinstance(value, float) else value

    return lambda *arguments: spoil(reference(*arguments))


def main():
    torch.set_num_threads(2)
    milliseconds = {}
    for exercise in exercises():
        # the answer made here may call the reference
        exercise = dataclasses.replace(exercise, forbidden=())
        answers = {m.id: m.function for m in exercise.misconceptions}
        answers["unexplained"] = unexplained(exercise.reference)
        # the first call loads what is lazy
        check_with(LocalRunner(answers["unexplained"]), exercise, seed=0)
        for name, function in answers.items():
            report = check_with(LocalRunner(function), exercise, seed=0)
            milliseconds[f"{exercise.id}, {name}"] = 1000 * report.seconds
    worst, count = sorted(milliseconds, key=milliseconds.get)[-3:], len(milliseconds)
    print(f"run_check, {count} wrong answers to {len(exercises())} exercises, 2 threads:")
    median = statistics.median(milliseconds.values())
    print(f"  median {median:.0f} ms, target <= {TARGET['median']} ms")
    for name in reversed(worst):
        print(f"  worst {milliseconds[name]:.0f} ms ({name}), target <= {TARGET['worst']} ms")
    print()


if __name__ == "__main__":
    main()
