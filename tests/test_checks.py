"""The checks themselves: right answers pass, wrong ones are named, whatever the seed."""

import math

import pytest
import torch

from ddpm_edu import check, mean_from_noise, posterior_mean, predict_x0, sample_by_t
from ddpm_edu import sample_p as library_sample_p
from ddpm_edu.checks import CheckFailed, exercises, run_check
from ddpm_edu.checks.render import as_html, as_text


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
EXERCISES = {exercise.id: exercise for exercise in exercises()}


def step(mean, noise):
    """Build a step as a learner might write it, from the two parts that differ."""

    def function(model, x_t, t, schedule):
        z = noise(x_t, t, schedule) if noise.__name__.startswith("before") else None
        result = mean(model, x_t, t, schedule)
        return result + (noise(x_t, t, schedule) if z is None else z)

    return function


def mean_by_posterior(model, x_t, t, schedule):
    return posterior_mean(predict_x0(x_t, t, model(x_t, t), schedule), x_t, t, schedule)


def mean_with_alpha(model, x_t, t, schedule):
    alphas, alphas_bar = 1 - schedule.betas, (1 - schedule.betas).cumprod(0)
    a, a_bar = sample_by_t(alphas, t, x_t.shape), sample_by_t(alphas_bar, t, x_t.shape)
    return (x_t - (1 - a) / (1 - a_bar).sqrt() * model(x_t, t)) / a.sqrt()


def before_model_with_exp_log(x_t, t, schedule):
    variance = sample_by_t(schedule.posterior_variance, t, x_t.shape).clamp(min=1e-300)
    return torch.where(t.reshape(-1, *(1,) * (x_t.ndim - 1)) > 1, (variance.log() / 2).exp(), 0.0) * torch.randn(
        x_t.shape, dtype=x_t.dtype
    )


def only_rows_that_need_it(x_t, t, schedule):
    noise = torch.zeros_like(x_t)
    noise[t > 1] = torch.empty_like(x_t[t > 1]).normal_()
    return sample_by_t(schedule.posterior_variance, t, x_t.shape).sqrt() * noise


def normal_with_own_generator(x_t, t, schedule):
    noise = torch.normal(0.0, 1.0, x_t.shape, generator=torch.Generator().manual_seed(3)).to(x_t.dtype)
    return sample_by_t(schedule.posterior_variance, t, x_t.shape).sqrt() * noise


@pytest.mark.parametrize("mean", [mean_by_posterior, mean_with_alpha])
@pytest.mark.parametrize("noise", [before_model_with_exp_log, only_rows_that_need_it, normal_with_own_generator])
def test_equivalent_steps_pass(mean, noise):
    report = run_check("sample_p_unclipped", step(mean, noise))
    assert report.status == "passed", report.feedback


def test_a_chain_that_draws_all_its_noise_first_passes():
    def sampling(model, shape, schedule, image_noise_steps_to_keep=1, extra="default arguments are welcome"):
        noise = torch.randn(schedule.num_timesteps, *shape)
        with torch.no_grad():
            x, states = torch.randn(*shape), []
            for t in range(schedule.num_timesteps, 0, -1):
                times = torch.full(shape[:1], t)
                x = library_sample_p(model, x, times, schedule, noise=noise[t - 1])
                states.append(x)
        return states[-image_noise_steps_to_keep:]

    report = run_check("sampling", sampling)
    assert report.status == "passed", report.feedback


TRIVIAL = {
    "zeros": lambda model, x_t, t, *rest: torch.zeros_like(x_t),
    "ones": lambda model, x_t, t, *rest: torch.ones_like(x_t),
    "the input": lambda model, x_t, t, *rest: x_t,
    "NaN": lambda model, x_t, t, *rest: x_t * math.nan,
    "random": lambda model, x_t, t, *rest: torch.randn_like(x_t),
    "a tuple": lambda model, x_t, t, schedule, *rest: (mean_from_noise(x_t, t, model(x_t, t), schedule),),
    "another dtype": lambda model, x_t, t, schedule, *rest: library_sample_p(model, x_t, t, schedule).half(),
    "a shape that broadcasts": lambda model, x_t, t, schedule, *rest: library_sample_p(model, x_t, t, schedule)[:1],
}


@pytest.mark.parametrize("exercise_id", ["sample_p_unclipped", "sample_p", "repair_sampler"])
@pytest.mark.parametrize("answer", TRIVIAL.values(), ids=TRIVIAL)
def test_a_trivial_answer_gets_no_points(exercise_id, answer):
    report = run_check(exercise_id, answer)
    assert (report.status, report.points) == ("wrong", 0), report.feedback


def test_a_changed_input_is_reported():
    def function(model, x_t, t, schedule):
        result = library_sample_p(model, x_t, t, schedule, clipping=False)
        x_t.zero_()
        return result

    assert "changed what it was given: argument 2" in run_check("sample_p_unclipped", function).feedback


def test_a_changed_default_dtype_is_put_back_and_reported():
    def function(model, x_t, t, schedule):
        torch.set_default_dtype(torch.float64)
        return library_sample_p(model, x_t, t, schedule, clipping=False)

    assert "default dtype" in run_check("sample_p_unclipped", function).feedback
    assert torch.get_default_dtype() == torch.float32


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
    assert report.status == "wrong"
    assert "torch.no_grad" in report.feedback


def raises(model, x_t, t, schedule):
    raise NotImplementedError


def dots(model, x_t, t, schedule): ...


@pytest.mark.parametrize("stub", [raises, dots, lambda *arguments: None])
def test_a_stub_is_not_an_error(stub):
    report = run_check("sample_p_unclipped", stub)
    assert (report.status, report.score, report.misconception) == ("not_attempted", 0, None)


def test_a_crash_shows_the_learners_lines_only():
    def forgot_to_unpack(model, x_t, t, schedule):
        return model(x_t) + 1

    report = run_check("sample_p_unclipped", forgot_to_unpack)
    assert report.status == "crashed"
    assert "return model(x_t) + 1" in report.feedback
    assert "TypeError" in report.feedback
    assert "site-packages" not in report.feedback
    assert "caller.py" not in report.feedback


def test_what_is_no_function_is_told_so():
    assert "wanted a function, saw a int" in run_check("sample_p", 3).feedback


def test_an_unknown_exercise_suggests_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'sample_p'"):
        run_check("sampel_p", library_sample_p)


def test_random_numbers_of_the_learner_are_left_alone():
    torch.manual_seed(0)
    wanted = torch.randn(3)
    torch.manual_seed(0)
    run_check("sample_p", library_sample_p)
    assert torch.equal(torch.randn(3), wanted)


def test_check_prints_the_report_and_fails_unless_passed(capsys):
    check("sample_p", library_sample_p)
    assert "✓ sample_p: passed, 4 of 4 points" in capsys.readouterr().out
    with pytest.raises(CheckFailed, match="sample_p: not right yet"):
        check("sample_p", EXERCISES["sample_p"].misconceptions[0].function)
    assert "✗ sample_p: not right yet" in capsys.readouterr().out


def test_the_box_says_what_the_text_says_and_escapes_it():
    def function(model, x_t, t, schedule):
        raise ValueError("<script>alert(1)</script>")

    report = run_check("sample_p_unclipped", function)
    assert "<script>" in as_text(report)
    assert "<script>" not in as_html(report)
    assert "&lt;script&gt;" in as_html(report)
