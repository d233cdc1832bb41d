"""What the tests share: the paper's schedule and the devices of this machine."""

import os
import tempfile

import jaxtyping
import pytest
import torch

from ddpm_edu import NoiseSchedule, linear_schedule


BLOCKED = os.path.join(os.path.dirname(__file__), "blocked")
torch.set_num_threads(1)  # tensors this small gain nothing from more, and threads would wait for each other

# Processes that tests start, kernels too, must find no network: Python imports blocked/sitecustomize.py at its start.
os.environ["PYTHONPATH"] = os.pathsep.join([BLOCKED, *filter(None, [os.environ.get("PYTHONPATH")])])

# Kernels that tests start must not write into the course's own folders.
os.environ["DDPM_EDU_PROGRESS"] = os.path.join(tempfile.mkdtemp(prefix="ddpm-edu-tests-"), "progress.json")

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
def as_learners_run_it():
    """Switch off the checking of shapes in every call, which learners do not have and which takes ten times as long."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)
