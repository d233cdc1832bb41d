"""Each question as it is printed: its input gives the right option, and no other."""

import random
import re

import pytest
import torch

from ddpm_edu import NoiseSchedule
from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.run import exercises, find
from ddpm_edu.checks.worker.observe import observe
from ddpm_edu.grading.defence.inputs import INPUTS, StraightModel
from ddpm_edu.grading.defence.outcomes import outcomes, written
from ddpm_edu.grading.defence.questions import KINDS, ask, unlike


LEFT_OUT = {
    *("residual_block_forward", "unet_forward", "sample_timesteps", "train_step"),
    "timestep_embedding",
}
NUMBERS = r"-?[\d.]+"


def made(name, kind, seed=0):
    return ask(find(name), kind, random.Random(seed), (), lambda misconception: 0)


def as_printed(question) -> dict:
    """Read the input back from what is printed."""
    read = {}
    for line in question.given:
        if match := re.fullmatch(rf"model\(x, t\) = ({NUMBERS}) x ([+-]) ({NUMBERS}) t", line):
            read["model"] = StraightModel(float(match[1]), float(match[2] + match[3]))
        elif match := re.fullmatch(rf"(\w+): weight ({NUMBERS}), bias ({NUMBERS})", line):
            read[match[1]] = torch.nn.Linear(1, 1, dtype=torch.float64)
            for part, text in zip(read[match[1]].parameters(), match.groups()[1:], strict=True):
                torch.nn.init.constant_(part, float(text))
        elif " = " in line:
            key, value = line.split(" = ")
            value = eval(value)
            read[key] = as_tensor(value) if isinstance(value, list) else value
    if question.table:
        betas = torch.tensor([float(row[1]) for row in question.table], dtype=torch.float64)
        read["schedule"] = NoiseSchedule(betas, dtype=torch.float64)
    return read


def as_tensor(value):
    return torch.tensor(value, dtype=torch.float64)


def result(function, exercise, given):
    """Run a function of the catalogue on what was printed."""
    names = re.findall(r"(\w+)(?:=[^,)]*)?[,)]", exercise.signature)
    arguments = {}
    for name in names:
        if name in given:
            is_time = name in ("t", "t_prev")
            arguments[name] = given[name].long() if is_time else given[name]
    seen = observe(function, Case("test", arguments, "ones"), trusted=True)
    assert not seen.failure, seen.failure
    changed = [p.detach() for p in given["ema_model"].parameters()] if "ema_model" in given else 0
    return seen.output if seen.output is not None else changed


def wrong(question):
    exercise = find(question.exercise)
    return next(m for m in exercise.misconceptions if m.id == question.misconception)


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_the_right_option_is_what_the_printed_input_gives(name, seed):
    question = made(name, "output", seed)
    changed, exercise = wrong(question), find(name)
    assert changed.message in question.text
    right = written(result(changed.function, exercise, as_printed(question)))
    assert question.options.count(right) == 1
    assert question.options[question.right] == right
    assert written(result(exercise.reference, exercise, as_printed(question))) in question.options


@pytest.mark.parametrize("name", INPUTS)
def test_only_the_named_change_gives_the_printed_result(name):
    question, exercise = made(name, "change"), find(name)
    assert wrong(question).message == question.options[question.right]
    asked = r"function is (.*)\. Changed in one place, it is (.*)\. What"
    printed = re.search(asked, question.text)
    for option in question.options:
        change = next(m for m in exercise.misconceptions if m.message == option)
        given = written(result(change.function, exercise, as_printed(question)))
        assert (given == printed[2]) == (change.id == question.misconception)
    assert written(result(exercise.reference, exercise, as_printed(question))) == printed[1]


TIMED = [
    *("linear_schedule", "step_q", "sample_q", "cosine_schedule", "snr"),
    *("posterior_variance", "posterior_mean"),
    *("predict_x0", "mean_from_noise", "compute_loss", "vlb_weight"),
    *("sample_p_unclipped", "sample_p", "repair_sampler", "velocity"),
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


def test_nearly_every_exercise_can_be_asked_about():
    assert {exercise.id for exercise in exercises()} - set(INPUTS) == LEFT_OUT


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


@pytest.mark.slow
def test_options_differ_and_the_right_one_stands_anywhere():
    found = [q for name in INPUTS for kind in KINDS if (q := made(name, kind))]
    assert all(len(set(question.options)) == 4 for question in found)
    places = [question.right for question in found]
    assert all(places.count(place) > len(found) / 8 for place in range(4))
