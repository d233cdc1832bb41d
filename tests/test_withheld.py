"""A derived exercise tells its formula from hint 2 on; until then a box says what was done."""

import contextlib

import pytest

from ddpm_edu import check, checks, hint, ready
from ddpm_edu.checks import CheckFailed, run_check
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.learner.notebook import GO_ON
from ddpm_edu.checks.learner.withheld import LATER, without_formula
from ddpm_edu.checks.report import DIAGNOSIS
from ddpm_edu.checks.worker.answers import CALLS


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
TWO_THINGS = "Diagnosis: You added the noise; Eq. 15 subtracts it."


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("DDPM_EDU_PROGRESS", str(tmp_path / "progress.json"))


def told(capsys, exercise, answer):
    with contextlib.suppress(CheckFailed):
        check(exercise, answer)
    return capsys.readouterr().out


def velocity(x_0, eps, t, schedule):
    a = schedule.alphas_bar[t].reshape(-1, *(1,) * (x_0.ndim - 1))
    return a.sqrt() * eps + (1 - a).sqrt() * x_0


def test_the_formula_comes_with_the_second_hint(capsys):
    for _ in range(2):
        first = told(capsys, "velocity", velocity)
        assert "Diagnosis: You added sqrt(1 - alpha_bar_t) x_0.\n" in first and LATER in first
        assert "subtracted" not in first
        hint("velocity")
        capsys.readouterr()
    assert "; it is subtracted.\n" in told(capsys, "velocity", velocity)


def test_the_formula_comes_with_the_solution(capsys):
    boxes = [told(capsys, "velocity", velocity) for _ in range(3)]
    assert ["it is subtracted" in box for box in boxes] == [False, False, True]


def test_a_formula_that_is_given_is_named_at_once(capsys):
    def step_q(x_prev, t, schedule, noise):
        b = schedule.betas[t].reshape(-1, *(1,) * (x_prev.ndim - 1))
        return (1 - b).sqrt() * x_prev + b * noise

    assert not CATALOGUE["step_q"].derived
    assert "Eq. 2 scales it by the square root." in told(capsys, "step_q", step_q)


def test_a_program_is_told_all():
    assert "; it is subtracted." in run_check("velocity", velocity).feedback


@pytest.mark.parametrize(
    ("line", "short"),
    [
        (TWO_THINGS, "Diagnosis: You added the noise."),
        (
            f"Diagnosis: or, with the same values: {TWO_THINGS.removeprefix(DIAGNOSIS)}",
            "Diagnosis: or, with the same values: You added the noise.",
        ),
        ("Diagnosis: You left out the root of alpha_t.", "Diagnosis: Something is left out."),
        (
            "Diagnosis: in line 3: the parentheses reach too far: write `a` in the place of `b`. "
            "With this change alone all 6 cases hold.",
            "Diagnosis: in line 3: the parentheses reach too far.",
        ),
        ("Your factor of eps is -w; Eq. 6 has 1 + w.", "Your factor of eps is -w."),
    ],
)
def test_of_a_line_stays_what_the_answer_does(line, short):
    assert without_formula([line]) == [short, LATER]


def test_other_lines_stay_as_they_are():
    lines = ["First: mixed times: expected 0.5, got 0.25", "Read again: Eq. 7 (lesson 02)"]
    assert without_formula(lines) == lines


def test_what_is_drawn_waits_for_the_functions_it_draws_with(capsys, monkeypatch):
    def right(x_0, eps, t, schedule):
        return 2 * schedule.alphas_bar[t].sqrt().reshape(
            -1, *(1,) * (x_0.ndim - 1)
        ) * eps - velocity(x_0, eps, t, schedule)

    assert not ready(velocity=velocity, snr=lambda t, schedule: None)
    line = "This cell draws with your functions. Still to pass: velocity, snr.\n"
    assert capsys.readouterr().out == line
    assert ready(velocity=right) and not capsys.readouterr().out
    told(capsys, "velocity", right)
    assert ready(velocity=right)
    with pytest.raises(KeyError, match="did you mean"):
        ready(velocit=right)
    monkeypatch.setenv(GO_ON, "1")  # as under ddpm-edu check
    assert not ready(velocity=right) and not capsys.readouterr().out


def test_a_worker_that_grades_knows_every_call_and_draws_nothing():
    learners = {name for name, home in checks.HOMES.items() if home == "learner.notebook"}
    assert learners == {*CALLS}
    assert not CALLS["ready"](velocity=velocity)
