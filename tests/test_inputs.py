"""Bad input is a ValueError that names the argument, what was seen and what was expected."""

import inspect

import pytest
import torch

import ddpm_edu
from ddpm_edu import (
    NoiseSchedule,
    linear_schedule,
    sampling,
    train_step,
)


T, SHAPE = 10, (3, 2, 2)
SCHEDULE = NoiseSchedule(linear_schedule(T))
FUNCTIONS = [
    "step_q",
    "sample_q",
    "snr",
    "posterior_mean",
    "predict_x0",
    "mean_from_noise",
    "compute_loss",
    "vlb_weight",
    "sample_p",
    "sample_p_unclipped",
]
GOOD = {name: torch.zeros(SHAPE) for name in ("x_0", "x_t", "x_prev", "eps", "noise")} | {
    "t": torch.tensor([1, 5, T]),
    "schedule": SCHEDULE,
    "model": lambda x_t, t: x_t,
}


def arguments(function):
    names = inspect.signature(getattr(ddpm_edu, function)).parameters
    return {name: GOOD[name] for name in names if name in GOOD}


def is_image(name):
    return isinstance(GOOD[name], torch.Tensor) and name != "t"


def assert_refused(function, words, **bad):
    """Check that a call with some arguments replaced raises a ValueError that has all the words."""
    with pytest.raises(ValueError) as error:
        getattr(ddpm_edu, function)(**arguments(function) | bad)
    for word in words:
        assert word in str(error.value)


PAIRS = [
    (function, name) for function in FUNCTIONS for name in arguments(function) if is_image(name)
]
SECOND_IMAGES = [(f, n) for i, (f, n) in enumerate(PAIRS) if i and PAIRS[i - 1][0] == f]

every_function = pytest.mark.parametrize("function", FUNCTIONS)
every_image = pytest.mark.parametrize(("function", "name"), PAIRS)
every_second_image = pytest.mark.parametrize(("function", "name"), SECOND_IMAGES)
with_images = pytest.mark.parametrize("function", sorted({function for function, _ in PAIRS}))


@every_function
def test_good_input_is_accepted(function):
    getattr(ddpm_edu, function)(**arguments(function))


@every_image
@pytest.mark.parametrize("dtype", [torch.uint8, torch.long])
def test_integer_images(function, name, dtype):
    words = [
        f"{name}: expected a floating-point tensor",
        "[-1, 1]",
        f"got {dtype}",
        f"{name}.float() / 127.5 - 1",
    ]
    assert_refused(function, words, **{name: torch.zeros(SHAPE, dtype=dtype)})


@every_image
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_images_that_are_not_finite(function, name, value):
    image = torch.zeros(SHAPE)
    image[1, 0, 1] = value
    assert_refused(
        function, [f"{name}: expected finite", "got 1 NaN or infinite of 12"], **{name: image}
    )


@every_image
def test_images_that_are_no_tensor(function, name):
    assert_refused(
        function, [f"{name}: expected a floating-point tensor", "got a list"], **{name: [[0.0]] * 3}
    )


@every_image
def test_a_number_is_no_batch(function, name):
    assert_refused(
        function,
        [f"{name}: expected a batch (B, ...)", "no dimension"],
        **{name: torch.tensor(0.0)},
    )


@every_second_image
# the first two would broadcast
@pytest.mark.parametrize("shape", [(3, 2, 1), (1, 2, 2), (3, 2), (4, 2, 2)])
def test_images_of_different_shapes(function, name, shape):
    words = [f"{name}: expected the shape of ", "(3, 2, 2)", f"got {shape}"]
    assert_refused(function, words, **{name: torch.zeros(shape)})


@every_function
@pytest.mark.parametrize(("time", "seen"), [(0, 0), (-1, -1), (T + 1, T + 1)])
def test_times_outside_1_to_t(function, time, seen):
    assert_refused(
        function, ["t: expected times in 1..10", f"got {seen}"], t=torch.tensor([1, time, 5])
    )


@every_function
@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8, torch.bool])
def test_times_that_are_not_long(function, dtype):
    assert_refused(
        function, ["t: expected a torch.long tensor", f"got {dtype}"], t=torch.ones(3, dtype=dtype)
    )


@every_function
def test_a_python_number_as_time(function):
    assert_refused(function, ["t: expected a torch.long tensor", "got int 5", "torch.full(("], t=5)


@every_function
@pytest.mark.parametrize("shape", [(), (3, 1)])
def test_times_that_are_not_one_per_row(function, shape):
    words = ["t: expected a torch.long tensor", "one time per row", f"got shape {shape}"]
    assert_refused(function, words, t=torch.ones(shape, dtype=torch.long))


@with_images
@pytest.mark.parametrize("length", [1, 2, 4])  # one time would broadcast
def test_more_or_fewer_times_than_images(function, length):
    assert_refused(
        function,
        ["t: expected", "shape (3,)", f"got shape ({length},)"],
        t=torch.ones(length).long(),
    )


@every_function
def test_a_schedule_on_another_device(function):
    assert_refused(
        function, ["schedule: expected on cpu", "got it on meta"], schedule=SCHEDULE.to("meta")
    )


@with_images
def test_times_on_another_device(function):
    assert_refused(
        function, ["t: expected on cpu", "got it on meta", "t.to('cpu')"], t=GOOD["t"].to("meta")
    )


OPTIMIZER = torch.optim.SGD([torch.zeros(1)], lr=0.1)
MODEL_CALLERS = {
    "compute_loss": lambda model: ddpm_edu.compute_loss(model, GOOD["x_0"], GOOD["t"], SCHEDULE),
    "sample_p": lambda model: ddpm_edu.sample_p(model, GOOD["x_t"], GOOD["t"], SCHEDULE),
    "sample_p_unclipped": lambda model: ddpm_edu.sample_p_unclipped(
        model, GOOD["x_t"], GOOD["t"], SCHEDULE
    ),
    "sampling": lambda model: sampling(model, SHAPE, SCHEDULE, progress=False),
    "train_step": lambda model: train_step(model, OPTIMIZER, GOOD["x_0"], SCHEDULE),
}
every_caller = pytest.mark.parametrize("call", MODEL_CALLERS.values(), ids=MODEL_CALLERS.keys())


@every_caller
def test_a_model_that_answers_in_another_shape(call):
    with pytest.raises(
        ValueError, match=r"model: expected .* shape of x_t, \(3, 2, 2\), got \(3, 1, 2\)"
    ):
        call(lambda x_t, t: x_t[:, :1])  # it would broadcast


@every_caller
def test_a_model_that_answers_with_no_tensor(call):
    with pytest.raises(ValueError, match=r"model: expected .* got tuple"):
        call(lambda x_t, t: (x_t, t))
