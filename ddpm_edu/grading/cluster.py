"""Judging by the workers of a dask.distributed scheduler, for those who have one."""

import importlib
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any


SECONDS = 30  # to reach it


def cluster(address: str) -> tuple[Callable[[], Executor], int]:
    """Return what makes an executor whose tasks a scheduler hands out, and how many run at a time.

    Limits are those of the sandbox on each worker's machine, which must see the same folders.

    Args:
        address: such as tcp://host:8786.
    Raises:
        ValueError: it cannot be reached or has no workers.
    """
    client_of: Any = importlib.import_module("distributed").Client

    try:
        client = client_of(address, timeout=SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        raise ValueError(f"--scheduler {address}: cannot be reached: {error}") from error
    threads = sum(worker["nthreads"] for worker in client.scheduler_info()["workers"].values())
    if not threads:
        raise ValueError(f"--scheduler {address}: expected workers, got a scheduler without any")
    return lambda: client.get_executor(pure=False, retries=3), threads
