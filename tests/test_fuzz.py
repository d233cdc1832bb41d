"""Whatever an answer returns, a check gives a verdict: it never raises, and NaN matches nothing."""

import dataclasses
import functools
import math
import os
import re

import pytest
import torch
from judging import IDS, freely, solution_of

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.exercise import Case, Misconception
from ddpm_edu.checks.judging.compare import close
from ddpm_edu.checks.run import run_check


pytestmark = pytest.mark.usefixtures("as_learners_run_it")


def every(change):
    """Make an answer whose tensors and numbers are changed one by one."""

    def apply(value):
        is_list = isinstance(value, (list, tuple))
        return type(value)(map(apply, value)) if is_list else change(value)

    return lambda right: apply(right)


def of_tensor(change, otherwise):
    return every(lambda value: change(value) if isinstance(value, torch.Tensor) else otherwise)


def length(value):
    has_length = isinstance(value, (list, tuple)) or getattr(value, "ndim", 0)
    return len(value) if has_length else 1


def filled_with(number):
    return of_tensor(
        lambda x: torch.full_like(x, number) if x.is_floating_point() else x.double() * number,
        number,
    )


NOT_FINITE = {"NaN": math.nan, "infinity": math.inf, "minus infinity": -math.inf}
KINDS = {
    **{name: filled_with(number) for name, number in NOT_FINITE.items()},
    **{
        f"a list of {name}": lambda right, item=item: [item] * length(right)
        for name, item in {
            "objects": object(), "words": "a", "nothing": None, "NaN": math.nan, "lists": [],
            "numbers": 2**200, "tensors": torch.ones(2), "truths": True,
        }.items()
    },
    "words": every(lambda value: "a"),
    "nothing in its place": every(lambda value: None),
    "numbers of Python": of_tensor(torch.Tensor.tolist, [1]),
    "nested": every(lambda value: [[value]]),
    "truths": of_tensor(lambda x: x > 0, True),
    "complex": of_tensor(lambda x: x + 0j, 1j),
    "sparse": of_tensor(lambda x: x.to_sparse() if x.ndim else x + 1, "a"),
    "empty": of_tensor(lambda x: x[:0] if x.ndim else x[None][:0], ()),
    "whole numbers": of_tensor(lambda x: x.long() + 7, 7),
    "another rank": of_tensor(lambda x: x[None, ..., None], torch.ones(1, 1)),
    "no storage": of_tensor(lambda x: x.to("meta"), 2),
    **{f"always {value!r}"[:20]: lambda right, value=value: value for value in [
        "a", b"", 3, 2**200, 1j, [], (), {}, torch.tensor([]), torch.tensor(1j), range(5), len,
    ]},
}  # fmt: skip
RIGHT = {("frechet_distance", "numbers of Python")}  # its stub says so: one float
ALWAYS_TRIED = ("NaN", "a list of objects")
SAME_NUMBER = re.compile(r"expected (\S+), got (?=(\S+))")


solution = functools.cache(solution_of)


def reject(name, kind):
    """Judge an answer that computes what is right and returns something of a kind."""
    right = solution(name)
    report = freely(CATALOGUE[name], lambda *arguments: KINDS[kind](right(*arguments)))
    if (name, kind) in RIGHT:
        assert report.status == "passed", (kind, report.feedback)
    elif name != "update_ema":  # it works in place, and has no result
        assert report.status in ("wrong", "crashed"), (kind, report.feedback)
    for expected, got in SAME_NUMBER.findall(report.feedback):
        assert expected.strip(",;)") != got.strip(",;)"), report.feedback
    return report


@pytest.mark.parametrize("name", IDS)
def test_a_check_never_raises(name):
    place = IDS.index(name)
    for number, kind in enumerate(KINDS):
        if kind in ALWAYS_TRIED or number == place % len(KINDS):
            reject(name, kind)


@pytest.mark.slow
@pytest.mark.parametrize("name", IDS)
def test_a_check_never_raises_whatever_comes(name):
    # every kind at every third exercise; EVERY_KIND=1 tries all at all
    place, step = IDS.index(name), 1 if "EVERY_KIND" in os.environ else 3
    for kind in [*KINDS][place % step :: step]:
        reject(name, kind)


@pytest.mark.parametrize("kind", NOT_FINITE)
@pytest.mark.parametrize("name", ["ddim_step", "posterior_mean", "sample_q", "kl_gaussians"])
def test_numbers_that_are_not_finite_match_no_mistake_whose_numbers_are(name, kind):
    report = reject(name, kind)
    assert report.misconception is None, report.feedback


def test_infinity_and_nan_are_equal_to_themselves_alone():
    expected = torch.tensor([math.inf, math.inf, math.inf, math.nan, math.nan, 1.0])
    got = torch.tensor([math.inf, -math.inf, 3.0, math.nan, 3.0, math.inf])
    same = close(Case("", {}), expected, got)
    assert same.tolist() == [True, False, False, True, False, False]


def test_nan_throughout_names_no_mistake_that_gives_it():
    def nothing(t, schedule):
        return schedule.alphas_bar[t] * math.nan

    exercise = CATALOGUE["snr"]
    mistakes = (*exercise.misconceptions, Misconception("nan", "You divided 0 by 0.", nothing))
    exercise = dataclasses.replace(exercise, misconceptions=mistakes)
    assert freely(exercise, nothing).misconception is None


def test_an_argument_whose_shape_was_changed_is_told():
    def jump(x_0, t, schedule, noise):
        result = solution("sample_q")(x_0, t, schedule, noise)
        x_0.resize_(1)
        return result

    report = run_check("sample_q", jump)
    assert report.status == "wrong"
    assert "changed what it was given: x_0" in report.feedback
