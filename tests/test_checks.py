"""What a learner reads: verdicts, messages, boxes."""

import re

import pytest
import torch

from ddpm_edu import check, mean_from_noise, posterior_mean, predict_x0, sample_by_t
from ddpm_edu.checks import CheckFailed, run_check
from ddpm_edu.checks.learner.render import as_html, as_text


pytestmark = pytest.mark.usefixtures("as_learners_run_it")


def right(x_0, t, schedule, noise):
    a = sample_by_t(schedule.alphas_bar, t, x_0.shape)
    return a.sqrt() * x_0 + (1 - a).sqrt() * noise


def no_root(x_0, t, schedule, noise):
    a = sample_by_t(schedule.alphas_bar, t, x_0.shape)
    return a.sqrt() * x_0 + (1 - a) * noise


def step(model, x_t, t, schedule):
    variance = sample_by_t(schedule.posterior_variance, t, x_t.shape)
    return mean_from_noise(x_t, t, model(x_t, t), schedule) + variance.sqrt() * torch.randn_like(
        x_t
    )


def test_a_right_answer_gets_all_points():
    report = run_check("sample_q", right)
    assert (report.exercise, report.status, report.score, report.points) == (
        "sample_q",
        "passed",
        1,
        3,
    )
    assert report.misconception is None
    assert report.seconds > 0
    assert as_text(report).splitlines()[0] == "✓ sample_q: passed, 3 of 3 points"


def test_a_mistake_is_named_with_the_first_difference_and_the_equation():
    report = run_check("sample_q", no_root)
    assert (report.status, report.misconception) == ("wrong", "noise_without_root")
    assert re.search(
        r"60 of 60 values differ; the first at t = 500, \[0, 0, 0, 0\]: expected \S+, got \S+",
        report.feedback,
    )
    assert (
        "multiplying the noise by 1 - alpha_bar_t; Eq. 4 scales it by the square root."
        in report.feedback
    )
    assert "Read again: Eq. 4" in report.feedback


def test_some_right_cases_give_some_of_the_points():
    report = run_check("sample_q", lambda x, t, s, n: right(x, t, s, n) if len(x) == 3 else x)
    assert (report.status, report.score, report.points) == ("wrong", 0.4, 1.2)
    assert [found is None for _, found in report.cases] == [True, True, False, False, False]


def test_the_feedback_gives_no_value_beyond_the_first_difference_and_no_code():
    report = run_check("sample_q", no_root)
    assert len(re.findall(r"expected [-\d.]+", report.feedback)) == 1
    assert "def " not in report.feedback
    assert "lambda" not in report.feedback


def test_a_mistake_in_one_row_is_found_at_its_time():
    def wrong_at_2(x_0, t, schedule, noise):
        result = right(x_0, t, schedule, noise)
        result[t == 2] += 1e-5
        return result

    report = run_check("sample_q", wrong_at_2)
    assert report.score < 1
    assert "the first at t = 2" in report.feedback


def test_a_crash_shows_the_learners_lines_only():
    def forgot_to_unpack(model, x_t, t, schedule):
        return model(x_t) + 1

    report = run_check("sample_p_unclipped", forgot_to_unpack)
    assert report.status == "crashed"
    assert "return model(x_t) + 1" in report.feedback
    assert "TypeError" in report.feedback
    assert "site-packages" not in report.feedback
    assert "observe.py" not in report.feedback


def test_an_unknown_exercise_suggests_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'sample_p'"):
        run_check("sampel_p", right)


def test_a_second_call_of_the_model_is_seen_where_values_cannot_tell():
    def twice(model, x_t, t, schedule):
        model(x_t, t)
        return step(model, x_t, t, schedule)

    report = run_check("sample_p_unclipped", twice)
    assert report.misconception == "called_twice"
    assert "the model was called 2 times, expected once" in report.feedback


def test_gradients_kept_through_a_chain_are_reported():
    def sampling(model, shape, schedule, image_noise_steps_to_keep=1):
        x, states = torch.randn(shape), []
        for t in range(schedule.num_timesteps, 0, -1):
            times = torch.full(shape[:1], t)
            x_0 = predict_x0(x, times, model(x, times), schedule).clamp(-1, 1)
            variance = sample_by_t(schedule.posterior_variance, times, shape)
            x = posterior_mean(x_0, x, times, schedule) + variance.sqrt() * torch.randn_like(x)
            states.append(x)
        return states[-image_noise_steps_to_keep:]

    report = run_check("sampling", sampling)
    assert (report.status, report.misconception) == ("wrong", "gradients_kept")
    assert "torch.no_grad" in report.feedback


def test_the_schedule_of_the_first_lessons_does_not_hold_the_answer():
    def reads_it_off(schedule):
        return schedule.posterior_variance

    report = run_check("posterior_variance", reads_it_off)
    assert report.status == "crashed"
    assert "the schedule has it from lesson 3 on" in report.feedback
    assert (
        run_check(
            "posterior_variance",
            lambda schedule: schedule.to(dtype=torch.float64).posterior_variance,
        ).score
        == 0
    )


def test_check_prints_the_report_and_fails_unless_passed(capsys):
    check("sample_q", right)
    assert "✓ sample_q: passed, 3 of 3 points" in capsys.readouterr().out
    with pytest.raises(CheckFailed, match="sample_q: not right yet"):
        check("sample_q", no_root)
    assert "✗ sample_q: not right yet" in capsys.readouterr().out


def test_the_box_says_what_the_text_says_and_escapes_it():
    def function(x_0, t, schedule, noise):
        print("<b>printed</b>")
        raise ValueError("<script>alert(1)</script>")

    report = run_check("sample_q", function)
    assert "<script>" in as_text(report)
    assert "<script>" not in as_html(report)
    assert "<b>printed" not in as_html(report)
    assert "&lt;script&gt;" in as_html(report)


def test_the_box_has_a_picture_with_words_where_values_differ():
    assert re.search(
        r'<img alt="Your values beside .* differ by up to [\d.]+\." src="data:image/png',
        as_html(run_check("sample_q", no_root)),
    )
    assert "<img" not in as_html(run_check("sample_q", right))
