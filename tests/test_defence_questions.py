"""Each question as it is printed: its input gives the right option, and no other."""

import random
import re

import pytest
import torch
from printed import as_printed, option_of, result

from ddpm_edu.checks.run import exercises, find
from ddpm_edu.grading.defence import questions
from ddpm_edu.grading.defence.inputs import INPUTS
from ddpm_edu.grading.defence.outcomes import outcomes, written
from ddpm_edu.grading.defence.questions import ask, unlike


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
ENOUGH = 12  # different questions about each exercise


def made(name, kind, seed=0):
    return ask(find(name), kind, random.Random(seed), (), lambda misconception: 0)


def wrong(question):
    exercise = find(question.exercise)
    return next(m for m in exercise.misconceptions if m.id == question.misconception)


def test_every_exercise_can_be_asked_about():
    assert {exercise.id for exercise in exercises()} == set(INPUTS)


@pytest.mark.slow
@pytest.mark.parametrize("name", INPUTS)
def test_each_exercise_has_many_questions_and_each_key_is_right(name, monkeypatch):
    exercise = find(name)
    arguments = INPUTS[name](random.Random(0))
    found = outcomes(exercise, arguments)  # once: that is what takes time
    monkeypatch.setitem(INPUTS, name, lambda source: arguments)
    monkeypatch.setattr(questions, "outcomes", lambda *asked: found)
    for kind, check in (("output", check_output), ("change", check_change)):
        source, asked = random.Random(0), []
        while len(asked) < ENOUGH / 2:
            question = ask(exercise, kind, source, asked, lambda misconception: 0)
            assert question, f"{len(asked)} questions of kind {kind}"
            asked.append(question.misconception)
            check(exercise, question)
        assert len(set(asked)) == ENOUGH / 2


def check_output(exercise, question):
    """Compute the right option from what is printed, and that of the answer as it is."""
    changed = wrong(question)
    assert changed.message in question.text
    right = result(changed.function, exercise, as_printed(question))
    assert option_of(exercise, question.options, right) == question.options[question.right]
    as_it_is = result(exercise.reference, exercise, as_printed(question))
    assert option_of(exercise, question.options, as_it_is) in question.options
    assert len(set(question.options)) == 4


def check_change(exercise, question):
    """See that of the four changes only the one in the key makes the printed result."""
    assert wrong(question).message == question.options[question.right]
    asked = r"function is (.*)\. Changed in one place, it is (.*)\. What"
    match = re.search(asked, question.text)
    assert match
    before, after = printed = match.groups()
    as_it_is = result(exercise.reference, exercise, as_printed(question))
    assert option_of(exercise, printed, as_it_is) == before
    for option in question.options:
        change = next(m for m in exercise.misconceptions if m.message == option)
        given = result(change.function, exercise, as_printed(question))
        is_named = change.id == question.misconception
        assert (option_of(exercise, printed, given) == after) == is_named


TIMED = [
    *("linear_schedule", "step_q", "sample_q", "cosine_schedule", "snr"),
    *("posterior_variance", "posterior_mean"),
    *("predict_x0", "mean_from_noise", "compute_loss", "vlb_weight"),
    *("sample_p_unclipped", "sample_p", "repair_sampler", "velocity", "velocity_from_noise"),
]


@pytest.mark.parametrize("name", TIMED)
def test_the_named_time_is_where_the_results_are_farthest_apart(name):
    question = next(filter(None, (made(name, "time", seed) for seed in range(3))))
    exercise, changed, off = find(name), wrong(question), {}
    for t in range(1, 5):
        given = {**as_printed(question), "t": torch.tensor([t])}
        pair = [result(f, exercise, given) for f in (exercise.reference, changed.function)]
        if "t" not in exercise.rows:
            pair = [table[t] for table in pair]
        one, other = (torch.as_tensor(value, dtype=torch.float64) for value in pair)
        off[f"t = {t}"] = float((one - other).abs().max())
    assert question.options[question.right] == max(off, key=off.get)
    assert set(question.options) == set(off)


def test_results_that_hardly_differ_are_not_offered_together():
    values = {None: 1.0, "asked": 2.0, "near": 2.01, "as it is": 1.0, "far": 3.0, "nearer": 3.02}
    found = {name: torch.tensor([value]) for name, value in values.items()}
    for seed in range(5):
        [name] = unlike(found, ["asked", None], random.Random(seed), 2)
        assert name in ("far", "nearer")


@pytest.mark.parametrize("misconception", ["own_noise", "uniform_noise"])
def test_nothing_is_asked_about_noise_that_is_not_on_paper(misconception):
    sample_q = find("sample_q")
    assert misconception in {m.id for m in sample_q.misconceptions}
    assert misconception not in outcomes(sample_q, INPUTS["sample_q"](random.Random(0)))


def test_the_right_option_stands_anywhere(monkeypatch):
    found = outcomes(find("snr"), INPUTS["snr"](random.Random(0)))
    monkeypatch.setattr(questions, "outcomes", lambda *asked: found)
    places = [made("snr", "output", seed).right for seed in range(80)]
    assert all(places.count(place) > 10 for place in range(4))


def test_the_key_tells_what_each_wrong_letter_stands_for():
    question = made("snr", "output")
    told = re.findall(r"\b([A-D]): ", question.reason)
    assert sorted([*told, question.letter]) == [*"ABCD"]
    as_it_is = result(find("snr").reference, find("snr"), as_printed(question))
    place = question.options.index(written(as_it_is))
    assert f"{'ABCD'[place]}: the result as it is." in question.reason
