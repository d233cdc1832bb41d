"""Devices and threads: what is chosen, and that a choice of the user wins."""

import pytest
import torch

from ddpm_edu import NoiseSchedule, devices, linear_schedule, sampling
from ddpm_edu.devices import SMALL, available_devices, choose_device, suitable_threads


@pytest.fixture
def two_threads(monkeypatch):
    """Take two threads for torch's own number, chosen by nobody."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    monkeypatch.setattr(devices, "UNTOUCHED", 2)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    yield
    torch.set_num_threads(before)


def threads_within(numbers):
    with suitable_threads(numbers):
        return torch.get_num_threads()


def test_small_batches_get_one_thread_and_large_ones_all(two_threads):
    assert threads_within(SMALL - 1) == 1
    assert threads_within(SMALL) == 2
    assert torch.get_num_threads() == 2, "it is put back"


def test_the_number_is_put_back_after_an_error(two_threads):
    with pytest.raises(RuntimeError), suitable_threads(1):
        raise RuntimeError
    assert torch.get_num_threads() == 2


def test_a_choice_by_the_environment_wins(two_threads, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert threads_within(1) == 2


def test_a_choice_by_torch_wins(two_threads):
    torch.set_num_threads(3)
    assert threads_within(1) == 3


def test_sampling_computes_small_batches_on_one_thread(two_threads):
    seen = set()

    def model(x_t, t):
        seen.add(torch.get_num_threads())
        return x_t / 2

    sampling(model, (2, 1, 8, 8), NoiseSchedule(linear_schedule(3)), progress=False)
    assert seen == {1}
    assert torch.get_num_threads() == 2


def test_the_cpu_is_always_there_and_comes_last():
    assert available_devices()[-1] == "cpu"
    assert choose_device("auto") == available_devices()[0]


def test_a_device_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"expected auto or one of .*cpu, got 'tpu'"):
        choose_device("tpu")
