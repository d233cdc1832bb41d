"""What is no answer yet, and what is no function."""

import pytest
import torch

from ddpm_edu import mean_from_noise, sample_by_t
from ddpm_edu.checks import run_check


pytestmark = pytest.mark.usefixtures("as_learners_run_it")


def right(x_0, t, schedule, noise):
    a = sample_by_t(schedule.alphas_bar, t, x_0.shape)
    return a.sqrt() * x_0 + (1 - a).sqrt() * noise


def step(model, x_t, t, schedule):
    variance = sample_by_t(schedule.posterior_variance, t, x_t.shape)
    return mean_from_noise(x_t, t, model(x_t, t), schedule) + variance.sqrt() * torch.randn_like(
        x_t
    )


def raises(x_0, t, schedule, noise):
    raise NotImplementedError


def raises_with_words(x_0, t, schedule, noise):
    """Say what to do."""
    raise NotImplementedError("write me")


def dots(x_0, t, schedule, noise): ...


def only_words(x_0, t, schedule, noise):
    """Say what to do."""


@torch.no_grad()
def decorated(x_0, t, schedule, noise):
    pass


@pytest.mark.parametrize(
    "stub", [raises, raises_with_words, dots, only_words, decorated, lambda *arguments: None]
)
def test_a_stub_is_not_an_error(stub):
    report = run_check("sample_q", stub)
    assert (report.status, report.score, report.misconception) == ("not_attempted", 0, None)


def test_a_stub_is_not_an_error_where_nothing_is_to_be_returned():
    assert run_check("update_ema", lambda ema_model, model, decay: None).status == "not_attempted"


def test_an_answer_that_forgets_its_return_is_no_stub():
    def forgets(x_0, t, schedule, noise):
        right(x_0, t, schedule, noise)

    report = run_check("sample_q", forgets)
    assert report.status == "wrong"
    assert "is a `return` missing?" in report.feedback


def test_an_error_of_torch_is_no_stub_either():
    def not_implemented_by_torch(x_0, t, schedule, noise):
        return torch.nn.Module()(x_0)

    assert run_check("sample_q", not_implemented_by_torch).status == "crashed"


def test_a_part_that_is_not_written_leaves_the_other_its_points():
    def half_written(model, x_t, t, schedule, clipping=True):
        if clipping:
            raise NotImplementedError
        return step(model, x_t, t, schedule)

    report = run_check("sample_p", half_written)
    assert report.status in ("wrong", "crashed")
    assert 0 < report.score < 1
    assert "not written yet" in report.feedback


class Answer:
    def __call__(self, x_0, t, schedule, noise):
        return right(x_0, t, schedule, noise)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (3, "expected a function sample_q(x_0, t, schedule, noise), got the whole number 3"),
        (None, "got None; write check"),
        (torch.zeros(2), "got float32 of shape (2,)"),
        (Answer, "got the class Answer"),
        (lambda x_0, t: x_0, "got <lambda>(x_0, t): too many positional arguments"),
        (lambda a, b, c, d, e: a, "missing a required argument: 'e'"),
    ],
)
def test_what_cannot_be_called_is_told_so(answer, words):
    report = run_check("sample_q", answer)
    assert (report.status, report.score) == ("crashed", 0)
    assert words in report.feedback


def test_an_object_that_can_be_called_is_a_function():
    assert run_check("sample_q", Answer()).status == "passed"


def test_a_compiled_function_passes():
    assert run_check("sample_q", torch.compile(right, backend="eager")).status == "passed"
