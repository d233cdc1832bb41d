"""Messages: right answers that were once refused, and wrong ones that were told a wrong cause."""

import dataclasses

import pytest
import torch

from ddpm_edu import check, hint, sample_by_t, sample_p, solution
from ddpm_edu.checks import run_check
from ddpm_edu.checks.run import LocalRunner, check_with, find


pytestmark = pytest.mark.usefixtures("as_learners_run_it")


def jump(convert):
    """Build Eq. 4 with its factors converted on the way."""

    def sample_q(x_0, t, schedule, noise):
        a = convert(sample_by_t(schedule.alphas_bar, t, x_0.shape))
        return a.sqrt() * x_0 + (1 - a).sqrt() * noise

    return sample_q


def test_numbers_that_look_alike_are_shown_with_the_digits_in_which_they_differ():
    report = run_check("sample_q", jump(lambda a: a.float().double()))
    shown = report.feedback.split("expected ")[1].split(" (right")[0].split(", got ")
    assert shown[0] != shown[1]
    assert abs(float(shown[0]) - float(shown[1])) < 1e-3


@pytest.mark.parametrize(
    "convert", [lambda a: a.float().double(), lambda a: a + 1e-9], ids=["float32", "an epsilon"]
)
def test_lost_precision_is_told_with_the_place_to_look(convert):
    report = run_check("sample_q", jump(convert))
    assert report.status == "wrong"
    assert "precision is lost on the way" in report.feedback
    assert ".float()" in report.feedback and "a small number that is added" in report.feedback


def test_a_wrong_formula_is_not_called_lost_precision():
    assert "precision" not in run_check("sample_q", jump(lambda a: a**1.1)).feedback


@pytest.mark.parametrize(
    "start",
    [
        lambda model, shape: torch.randn(shape, device=next(model.parameters()).device),
        lambda model, shape: torch.randn(shape, dtype=next(model.parameters()).dtype),
        lambda model, shape: torch.randn(shape).to(next(iter(model.state_dict().values()))),
    ],
    ids=["device", "dtype", "both"],
)
def test_device_and_dtype_may_be_taken_from_the_weights_of_the_model(start):
    def sampling(model, shape, schedule, image_noise_steps_to_keep=1):
        x, states = start(model, shape), []
        for t in range(schedule.num_timesteps, 0, -1):
            x = sample_p(model, x, torch.full(shape[:1], t), schedule)
            states.append(x.cpu())
        return states[-image_noise_steps_to_keep:]

    assert run_check("sampling", sampling).status == "passed"


def test_arguments_in_another_order_are_told_before_anything_runs():
    report = run_check("sample_q", lambda x_0, schedule, t, noise: x_0)
    assert report.status == "crashed"
    assert "the same arguments in another order: (x_0, schedule, t, noise)" in report.feedback


@pytest.mark.parametrize("where", ["missing", "last"])
def test_gradients_left_from_the_step_before_are_told_rightly_for_both_causes(where):
    def train_step(model, optimizer, x_0, schedule):
        t = torch.randint(1, schedule.num_timesteps + 1, x_0.shape[:1])
        noise = torch.randn_like(x_0)
        loss = (model(jump(lambda a: a)(x_0, t, schedule, noise), t) - noise).square().mean()
        loss.backward()
        optimizer.step()
        if where == "last":
            optimizer.zero_grad()
        return loss.item()

    report = run_check("train_step", train_step)
    assert report.misconception == "never_zeroed"
    assert "zero_grad() must come before backward()" in report.feedback
    assert "is missing" not in report.feedback


def test_two_causes_with_the_same_values_are_both_named():
    exercise = find("snr")
    inverted = next(m for m in exercise.misconceptions if m.id == "inverted")
    twin = dataclasses.replace(inverted, id="twin", message="You divided the wrong way round.")
    both = dataclasses.replace(exercise, misconceptions=(*exercise.misconceptions, twin))
    report = check_with(LocalRunner(inverted.function), both)
    assert report.misconception == "inverted|twin"
    assert f"Diagnosis: {inverted.message}" in report.feedback
    assert f"Diagnosis: or, with the same values: {twin.message}" in report.feedback


def test_a_mistake_that_contradicts_a_case_which_holds_is_not_named():
    right = jump(lambda a: a)

    def no_root_for_points(x_0, t, schedule, noise):
        if x_0.ndim > 2:
            return right(x_0, t, schedule, noise)
        a = sample_by_t(schedule.alphas_bar, t, x_0.shape)
        return a.sqrt() * x_0 + (1 - a) * noise

    report = run_check("sample_q", no_root_for_points)
    assert (report.status, report.misconception) == ("wrong", None)


def snr(t, schedule):
    return schedule.alphas_bar[t] / (1 - schedule.alphas_bar[t])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: check("SNR", snr), "(did you mean 'snr'?), got 'SNR'"),
        (lambda: check("Sample_Q ", snr), "(did you mean 'sample_q'?)"),
        (lambda: check(snr), "write check('snr', snr)"),
        (lambda: hint(snr), "(did you mean 'snr'?), got the function snr"),
        (lambda: solution(None), "progress() lists them, got None"),
        (lambda: hint(["snr"]), "got ['snr']"),
    ],
)
def test_a_name_that_is_none_of_them_is_one_sentence_without_frames(call, words):
    with pytest.raises(KeyError) as error:
        call()
    [shown] = error.value._render_traceback_()
    assert words in shown and "\n" not in shown
    assert "linear_schedule, cumulative_alphas" not in shown, "no list of all"
