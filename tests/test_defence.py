"""Questions about students' own answers: right as printed, different, reproducible, never run."""

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from class_results import write_student

from ddpm_edu import NoiseSchedule
from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.run import exercises, find
from ddpm_edu.checks.worker.observe import observe
from ddpm_edu.grading.defence import sheet
from ddpm_edu.grading.defence.exam import exams
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


def test_options_differ_and_the_right_one_stands_anywhere():
    found = [q for name in INPUTS for kind in KINDS if (q := made(name, kind))]
    assert all(len(set(question.options)) == 4 for question in found)
    places = [question.right for question in found]
    assert all(places.count(place) > len(found) / 8 for place in range(4))


@pytest.fixture
def results(tmp_path):
    return tmp_path / "graded"


def asked(results, seed=0):
    return {exam.student: exam for exam in exams(results, seed)}


def test_three_questions_are_about_three_answers_and_of_three_kinds(results):
    write_student(results, "ada", (1,))
    questions = asked(results)["ada"].questions
    assert len({question.exercise for question in questions}) == 3
    assert {question.kind for question in questions} == set(KINDS)


def test_only_answers_that_passed_are_asked_about(results):
    write_student(results, "ada", (1,), status="wrong")
    write_student(results, "bob", (1,), only=("snr",))
    write_student(results, "cleo", (5,), only=("train_step",))
    found = asked(results)
    assert found["ada"].questions == ()
    assert found["ada"].remark == "ada: 0 of 3 questions, since no answer passed"
    assert {question.exercise for question in found["bob"].questions} == {"snr"}
    assert len({question.misconception for question in found["bob"].questions}) == 3
    assert found["cleo"].remark == (
        "cleo: 0 of 3 questions; 0 of 1 answers that passed can be asked about"
    )


def test_students_get_different_questions(results):
    for number in range(12):
        write_student(results, f"student {number:02}", (2,))
    found = [q for exam in exams(results) for q in exam.questions]
    assert len(found) == 36
    assert len({(q.exercise, q.kind, q.misconception) for q in found}) == 36
    assert len({q.given + q.table for q in found}) == 36


def test_the_same_seed_makes_the_same_pages_in_every_process(results):
    write_student(results, "ada", (1, 2))
    write_student(results, "bob", (6,))
    code = (
        "import sys, hashlib, pathlib; from ddpm_edu.grading.defence import exam, sheet\n"
        "made = list(exam.exams(pathlib.Path(sys.argv[1]), 5))\n"
        "print(hashlib.sha256(b''.join(sheet.files(made).values())).hexdigest())"
    )
    command = [sys.executable, "-c", code, results]
    root = Path(__file__).parents[1]
    runs = [subprocess.run(command, capture_output=True, text=True, cwd=root) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout != ""
    assert sheet.files(list(exams(results, 5))) != sheet.files(list(exams(results, 6)))


def test_a_students_code_is_shown_and_never_run(results, tmp_path):
    trace = tmp_path / "trace"
    code = f"open({str(trace)!r}, 'w')\ndef snr(t, schedule):\n    open({str(trace)!r}, 'w')"
    write_student(results, "eve", (1,), code=code)
    made = list(exams(results))
    assert made[0].questions[0].code == code
    assert code.splitlines()[1] in sheet.files(made)["sheets.html"].decode()
    assert not trace.exists()
