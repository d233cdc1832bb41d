"""Odd answers: whatever comes back, or is raised, gets a verdict in words."""

import collections
import threading

import pytest
import torch
from judging import solution_of

from ddpm_edu import sample_by_t, sample_p, sample_q
from ddpm_edu.checks import run_check


pytestmark = pytest.mark.usefixtures("as_learners_run_it")


def right(x_0, t, schedule, noise):
    a = sample_by_t(schedule.alphas_bar, t, x_0.shape)
    return a.sqrt() * x_0 + (1 - a).sqrt() * noise


def answering(value):
    """Return an answer that computes what is right and hands over something else."""
    return lambda x_0, t, schedule, noise: value(right(x_0, t, schedule, noise))


class Subclass(torch.Tensor):
    pass


class AlwaysEqual:
    shape, dtype, device = (3, 1, 5, 4), torch.float64, torch.device("cpu")
    __class__ = torch.Tensor

    def __eq__(self, other):
        return True

    def __getattr__(self, name):
        return lambda *arguments, **options: self

    __hash__ = None
    __sub__ = __rsub__ = __abs__ = __le__ = __array__ = lambda self, *_: self

    def __bool__(self):
        return True


def recursive(value):
    deep = []
    deep.append(deep)
    return deep


ODD = {
    "a subclass of Tensor": (lambda x: x.as_subclass(Subclass), "subclass Subclass"),
    "an object that equals everything": (lambda x: AlwaysEqual(), "AlwaysEqual"),
    "a generator": (
        lambda x: (row for row in x),
        "got a generator: expected `return`, not `yield`",
    ),
    "a tuple with the right tensor": (lambda x: (1, x), "item 1 of it is right: return that alone"),
    "a list that contains itself": (recursive, "got a list of 1"),
    "a million items": (lambda x: [0] * 10**6, "a list of 1000000"),
    "10**12 elements": (lambda x: x.flatten()[:1].expand(10**6, 10**6), "with 1e+12 elements"),
    "a nested tensor": (
        lambda x: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        "got a nested tensor",
    ),
    "a numpy array": (lambda x: x.numpy(), "got a ndarray"),
    "a dictionary": (lambda x: {"x_t": x}, "got a dict"),
    "text": (lambda x: "x" * 10**6, "got a str"),
    "nothing": (lambda x: print("no return"), "is a `return` missing?"),
    "a sparse tensor": (lambda x: x.to_sparse(), "torch.sparse_coo"),
    "a tensor without storage": (lambda x: x.to("meta"), "on meta"),
    "another precision": (lambda x: x.half(), "got float16"),
    "a complex tensor": (lambda x: x + 0j, "got complex128"),
    "a shape that broadcasts": (lambda x: x[:1], "of shape (1, 1, 5, 4)"),
    "infinity": (lambda x: x / 0, "60 of 60 NaN or infinite"),
    "a number": (lambda x: 10**5000, "the whole number too long to show"),
}


@pytest.mark.parametrize("value", ODD)
def test_an_odd_result_is_wrong_and_described(value):
    make, words = ODD[value]
    report = run_check("sample_q", answering(make))
    assert (report.status, report.score) == ("wrong", 0)
    assert words in report.feedback
    assert len(report.feedback) < 2000


def test_a_view_a_stride_and_a_gradient_do_no_harm():
    turned = answering(lambda x: x.mT.contiguous().mT if x.ndim > 1 else x)
    assert run_check("sample_q", turned).status == "passed"
    assert run_check("sample_q", answering(lambda x: x.clone().requires_grad_())).status == "passed"
    assert run_check("sample_q", answering(lambda x: torch.nn.Parameter(x))).status == "passed"


def test_a_loss_made_a_parameter_is_cut_off_from_its_model():
    answer = solution_of("compute_loss")
    report = run_check("compute_loss", lambda *given: torch.nn.Parameter(answer(*given)))
    assert "its gradient with respect to model.slope is not" in report.feedback


def raising(error):
    def function(*arguments):
        raise error

    return function


class Own(BaseException):
    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "error",
    [SystemExit(0), KeyboardInterrupt(), GeneratorExit(), StopIteration(1), Own(), MemoryError()],
    ids=repr,
)
def test_an_exception_of_any_kind_is_a_crash(error):
    report = run_check("sample_q", raising(error))
    assert (report.status, report.score) == ("crashed", 0)
    assert type(error).__name__ in report.feedback
    assert "raise error" in report.feedback
    assert "observe.py" not in report.feedback


def test_endless_recursion_is_a_crash_with_a_short_trace():
    def forever(x_0, t, schedule, noise):
        return forever(x_0, t, schedule, noise)

    report = run_check("sample_q", forever)
    assert report.status == "crashed"
    assert "RecursionError" in report.feedback
    assert len(report.feedback.splitlines()) < 25


def test_noise_that_nobody_asked_for_is_seen():
    report = run_check("sample_q", answering(lambda x: x + 1e-3 * torch.randn_like(x)))
    assert (report.status, report.score) == ("wrong", 0)


def test_a_generator_that_is_seeded_anew_for_every_draw_is_seen():
    def sampling(model, shape, schedule, image_noise_steps_to_keep=1):
        x, states = torch.randn(shape), []
        for t in range(schedule.num_timesteps, 0, -1):
            z = torch.randn(shape, generator=torch.Generator().manual_seed(0))
            x = sample_p(model, x, torch.full(shape[:1], t), schedule, noise=z)
            states.append(x)
        return states[-image_noise_steps_to_keep:]

    report = run_check("sampling", sampling)
    assert report.status == "wrong"
    assert "seeded anew before a draw" in report.feedback


def test_a_generator_of_ones_own_in_the_place_of_the_one_given_is_seen():
    def sample_timesteps(batch_size, schedule, generator=None):
        own = torch.Generator().manual_seed(0)
        return torch.randint(1, schedule.num_timesteps + 1, (batch_size,), generator=own)

    report = run_check("sample_timesteps", sample_timesteps)
    assert report.status == "wrong"
    assert "should have changed generator" in report.feedback


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # of its stub
def test_the_reference_is_noticed_in_another_thread_too():
    def function(*arguments):
        results = []
        thread = threading.Thread(target=lambda: results.append(sample_q(*arguments)))
        thread.start()
        thread.join()
        return results[0]

    assert run_check("sample_q", function).misconception == "calls_reference"


def test_a_named_tuple_is_a_tuple():
    pair = collections.namedtuple("Pair", "alphas alphas_bar")
    assert (
        run_check("cumulative_alphas", lambda betas: pair(1 - betas, (1 - betas).cumprod(0))).status
        == "passed"
    )
