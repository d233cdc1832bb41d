"""Questions about students' own answers: who is asked what; reproducible; no code is run."""

import subprocess
import sys
from pathlib import Path

import pytest
from class_results import write_student

from ddpm_edu.checks.run import find
from ddpm_edu.grading.defence import sheet
from ddpm_edu.grading.defence.exam import exams
from ddpm_edu.grading.defence.questions import KINDS


# Those that need a reading of their own, and those with the fewest questions.
ALONE = (
    *("timestep_embedding", "residual_block_forward", "unet_forward", "sample_timesteps"),
    *("train_step", "update_ema", "sample_by_t", "ddim_timesteps"),
)
pytestmark = pytest.mark.usefixtures("as_learners_run_it")


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
    path = results / "results/cleo.json"  # of an exercise that this version does not have
    path.write_text(path.read_text().replace("train_step", "training_step"))
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_whoever_passed_one_exercise_alone_gets_three_questions(results):
    for exercise in map(find, ALONE):
        write_student(results, exercise.id, (exercise.lesson,), only=(exercise.id,))
    for exam in exams(results):
        about = {(q.exercise, q.kind, q.misconception) for q in exam.questions}
        assert len(about) == 3 and {name for name, *_ in about} == {exam.student}, exam.student
