"""One function of torch that ends the whole process where it should raise an error."""

import contextlib

import torch


@contextlib.contextmanager
def checked_eigenvalues():
    """Let torch.linalg.eigvals raise for NaN and infinity, as eig does; LAPACK ends the process."""
    unchecked = torch.linalg.eigvals

    def eigvals(a, **options):
        if isinstance(a, torch.Tensor) and not a.isfinite().all():
            raise RuntimeError("torch.linalg.eigvals: input tensor should not contain infs or NaNs")
        return unchecked(a, **options)

    torch.linalg.eigvals = eigvals
    try:
        yield
    finally:
        torch.linalg.eigvals = unchecked
