"""What holds for every public function of images and times alike, so that it is said once."""

import pytest
import torch
from torch.testing import assert_close

from ddpm_edu import (
    NoiseSchedule,
    compute_loss,
    linear_schedule,
    mean_from_noise,
    posterior_mean,
    predict_x0,
    sample_p,
    sample_p_unclipped,
    sample_q,
    step_q,
)


def model(x_t, t):
    """Answer by the data and by each row's time, in whatever precision and on whatever device."""
    return (x_t + t.reshape(-1, *(1,) * (x_t.ndim - 1)).to(x_t.dtype) / 1000).sin()


# every function of two images a and b (data, and noise or a second image), times and schedule
FUNCTIONS = {
    "step_q": lambda a, b, t, s: step_q(a, t, s, noise=b),
    "sample_q": lambda a, b, t, s: sample_q(a, t, s, noise=b),
    "posterior_mean": lambda a, b, t, s: posterior_mean(a, b, t, s),
    "predict_x0": lambda a, b, t, s: predict_x0(a, t, b, s),
    "mean_from_noise": lambda a, b, t, s: mean_from_noise(a, t, b, s),
    "sample_p": lambda a, b, t, s: sample_p(model, a, t, s, noise=b),
    "sample_p without clipping": lambda a, b, t, s: sample_p(
        model, a, t, s, clipping=False, noise=b
    ),
    "sample_p_unclipped": lambda a, b, t, s: sample_p_unclipped(model, a, t, s, noise=b),
}
TIMES = torch.tensor([1, 1000, 2, 500, 1])

every_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
every_shape = pytest.mark.parametrize(
    "trailing", [(), (2,), (3, 8, 8)], ids=["numbers", "points", "images"]
)


@pytest.fixture
def pair(generator):
    return torch.randn(2, len(TIMES), 3, 4, 4, dtype=torch.float64, generator=generator)


@every_function
@every_shape
def test_a_batch_of_mixed_times_equals_its_rows_one_by_one(function, trailing, schedule, generator):
    a, b = torch.randn(2, len(TIMES), *trailing, dtype=torch.float64, generator=generator)
    rows = [
        function(a[i : i + 1], b[i : i + 1], TIMES[i : i + 1], schedule) for i in range(len(TIMES))
    ]
    assert_close(function(a, b, TIMES, schedule), torch.cat(rows), rtol=1e-14, atol=1e-14)


@every_function
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("table_dtype", [torch.float32, torch.float64])
def test_the_precision_is_that_of_the_images(function, dtype, table_dtype, schedule, pair):
    a, b = pair.to(dtype)
    assert function(a, b, TIMES, schedule.to(dtype=table_dtype)).dtype == dtype


@every_function
def test_float32_agrees_with_float64(function, schedule, pair):
    # to 2e-5 of the largest value: Eq. 15 at t = T divides by 0.006 and so keeps two digits less
    # than float32 has
    exact = function(*pair, TIMES, schedule)
    single = function(*pair.float(), TIMES, schedule.to(dtype=torch.float32)).double()
    assert ((single - exact).flatten(1).norm(dim=1) / exact.flatten(1).norm(dim=1)).max() < 2e-5


@every_function
def test_inputs_are_left_as_they_were(function, schedule, pair):
    a, b, t = pair[0].clone(), pair[1].clone(), TIMES.clone()
    function(a, b, t, schedule)
    assert torch.equal(torch.stack([a, b]), pair)
    assert torch.equal(t, TIMES)


@every_function
def test_every_device_gives_the_same(function, device, pair):
    schedule, (a, b) = NoiseSchedule(linear_schedule(1000)), pair.float()
    there = function(a.to(device), b.to(device), TIMES.to(device), schedule.to(device))
    assert there.device.type == device.type
    assert_close(there.cpu(), function(a, b, TIMES, schedule), rtol=1e-4, atol=1e-4)


def test_the_loss_of_every_device_is_the_same(device, pair):
    schedule, (a, b) = NoiseSchedule(linear_schedule(1000)), pair.float()
    there = compute_loss(model, a.to(device), TIMES.to(device), schedule.to(device), b.to(device))
    assert_close(there.cpu(), compute_loss(model, a, TIMES, schedule, b), rtol=1e-5, atol=0)


@every_function
def test_times_may_be_any_view(function, schedule, pair):
    strided = torch.stack([TIMES, TIMES], dim=1)[:, 0]
    assert torch.equal(function(*pair, strided, schedule), function(*pair, TIMES, schedule))
