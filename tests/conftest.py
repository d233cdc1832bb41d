"""What the tests share: schedules, digits and the devices of this machine."""

import atexit
import os
import shutil
import sys
import tempfile
from types import SimpleNamespace

import jaxtyping
import pytest
import torch
from small import twenty_steps

from ddpm_edu import NoiseSchedule, cli, linear_schedule, load_images
from ddpm_edu.devices import available_devices


BLOCKED = os.path.join(os.path.dirname(__file__), "blocked")
# Tensors this small gain nothing from more, and threads would wait for each other.
torch.set_num_threads(1)

# Processes that tests start, kernels too, must find no network: Python imports
# blocked/sitecustomize.py at its start.
os.environ["PYTHONPATH"] = os.pathsep.join([BLOCKED, *filter(None, [os.environ.get("PYTHONPATH")])])

# Kernels that tests start must not write into the course's own folders.
SCRATCH = tempfile.mkdtemp(prefix="ddpm-edu-tests-")
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
os.environ["DDPM_EDU_PROGRESS"] = os.path.join(SCRATCH, "progress.json")


@pytest.fixture(scope="session")
def schedule():
    """The schedule of the paper in float64, so that no wrong formula hides behind rounding."""
    return NoiseSchedule(linear_schedule(1000), dtype=torch.float64)


@pytest.fixture
def short():
    """Return a schedule that reaches noise in twenty steps, in float64."""
    return twenty_steps()


@pytest.fixture
def five():
    """Return a schedule of five steps, in the precision that users get."""
    return NoiseSchedule(linear_schedule(5))


@pytest.fixture(scope="session")
def digits():
    """Return the first 64 digits and their labels."""
    images, labels = load_images("digits")
    return images[:64], labels[:64]


@pytest.fixture(params=available_devices())
def device(request):
    """Every device there is; without a GPU there is no test for one, rather than a skipped one."""
    return torch.device(request.param)


@pytest.fixture
def as_learners_run_it():
    """Switch off the checking of shapes, which learners do not have and which is slow."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def run_here(monkeypatch, capsys):
    """Run the command in this process, which need not start torch again."""

    def run_here(*arguments):
        monkeypatch.setattr(sys, "argv", ["ddpm-edu", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capsys.readouterr()
        return SimpleNamespace(returncode=ended.value.code, stdout=written.out, stderr=written.err)

    return run_here
