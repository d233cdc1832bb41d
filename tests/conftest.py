"""What the tests share: the paper's schedule and the devices of this machine."""

import pytest
import torch

from ddpm_edu import NoiseSchedule, linear_schedule


torch.set_num_threads(1)  # tensors this small gain nothing from more, and threads would wait for each other

DEVICES = ["cpu"]
if torch.cuda.is_available():
    DEVICES.append("cuda")
if torch.backends.mps.is_available():
    DEVICES.append("mps")


@pytest.fixture(scope="session")
def schedule():
    """The schedule of the paper, T = 1000, in float64, so that a wrong formula cannot hide behind rounding."""
    return NoiseSchedule(linear_schedule(1000), dtype=torch.float64)


@pytest.fixture(params=DEVICES)
def device(request):
    """Every device there is; a machine without a GPU gets no test for one, rather than a skipped one."""
    return torch.device(request.param)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)
