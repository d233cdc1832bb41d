"""State of the whole process that an answer must leave alone.

It is restored after the call, and what had changed is named.
"""

import random
import sys
import warnings
from typing import Any

import numpy as np
import torch


# Torch's seed while an answer runs: whatever else it is afterwards, the answer has set.
SEED = 0x5EED_0F_A11


def seeded():
    torch.default_generator.manual_seed(SEED)


class GlobalState:
    """Remember the state on creation, restore it by `restore`, or at the end of a `with`."""

    def __init__(self):
        self.filters = list(warnings.filters)
        # A warning in an answer is no error, whatever the program around it says.
        warnings.simplefilter("default")
        self.values = {name: get() for name, (get, _) in ENTRIES.items()}
        self.torch_random, self.python_random = torch.get_rng_state(), random.getstate()
        self.cuda_random = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
        self.modules = len(sys.modules)
        seeded()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.restore()

    def restore(self) -> list[str]:
        """Restore everything; return the names of what had changed."""
        changed = []
        for name, (get, put) in ENTRIES.items():
            if get() != self.values[name]:
                put(self.values[name])
                changed.append(name)
        set_filters(self.filters)
        if len(sys.modules) != self.modules and FILTERS in changed:
            # A library that was imported for the first time sets its own.
            changed.remove(FILTERS)
        if torch.initial_seed() != SEED:
            changed.append("the random seed (torch.manual_seed)")
        torch.set_rng_state(self.torch_random)
        random.setstate(self.python_random)  # not named: libraries draw from it for their own ends
        if self.cuda_random is not None:
            torch.cuda.set_rng_state_all(self.cuda_random)
        return changed


def numpy_state():
    """Return numpy's state with its numbers as bytes, which compare at once."""
    state: Any = np.random.get_state()
    name, numbers, *rest = state
    return name, numbers.tobytes(), *rest


def set_numpy_state(state):
    name, numbers, *rest = state
    np.random.set_state((name, np.frombuffer(numbers, dtype=np.uint32), *rest))


def set_filters(filters):
    warnings.resetwarnings()  # tells the warnings module that its caches are stale
    in_force: Any = warnings.filters  # a list, in whose place no other can be put
    in_force[:] = filters


def set_device(device):
    torch.set_default_device(None if device.type == "cpu" else device)


FILTERS = "the warnings filters"
ENTRIES = {
    "the default dtype (torch.set_default_dtype)": (
        torch.get_default_dtype,
        torch.set_default_dtype,
    ),
    "the default device (torch.set_default_device)": (torch.get_default_device, set_device),
    "the gradient mode (torch.set_grad_enabled)": (torch.is_grad_enabled, torch.set_grad_enabled),
    "the number of threads (torch.set_num_threads)": (torch.get_num_threads, torch.set_num_threads),
    "anomaly detection": (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    "numpy's random state (draw with torch)": (numpy_state, set_numpy_state),
    "the recursion limit (sys.setrecursionlimit)": (sys.getrecursionlimit, sys.setrecursionlimit),
    FILTERS: (lambda: list(warnings.filters), set_filters),
}
