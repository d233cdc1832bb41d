"""Which device to compute on, and on how many threads."""

import contextlib
import os

import torch


# Numbers in a batch. Below, threads wait for each other about as long as they help when the machine
# is theirs alone, and many times longer when it is busy: `python benchmarks/run.py threads`.
SMALL = 20_000
UNTOUCHED = torch.get_num_threads()  # unless someone chose another number since


def available_devices() -> list[str]:
    """Return the kinds of device of this machine, the fastest first; "cpu" is always the last."""
    accelerators = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    return [*(kind for kind, is_there in accelerators.items() if is_there()), "cpu"]


def choose_device(name: str = "auto") -> str:
    """Return the device to use: the one named, or with "auto" the fastest there is.

    Raises:
        ValueError: a device that this machine does not have; the message lists those it has.
    """
    devices = available_devices()
    if name == "auto":
        return devices[0]
    if name.split(":")[0] not in devices:
        raise ValueError(f"--device: expected auto or one of {', '.join(devices)}, got {name!r}")
    return name


def suitable_threads(numbers: int):
    """Compute small batches on one thread, as long as nobody chose a number of threads.

    It is chosen by OMP_NUM_THREADS, or by torch.set_num_threads to other than torch's own number.

    Args:
        numbers: in a batch.
    """
    is_chosen = "OMP_NUM_THREADS" in os.environ or torch.get_num_threads() != UNTOUCHED
    return contextlib.nullcontext() if is_chosen or numbers >= SMALL else one_thread()


@contextlib.contextmanager
def one_thread():
    """Compute on one thread, and then on as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
