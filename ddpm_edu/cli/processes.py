"""A training run in several processes, as torchrun starts them."""

import contextlib

import torch
import torch.distributed as dist


@contextlib.contextmanager
def several_processes(run):
    """Share the gradients among the processes that torchrun started, if it did."""
    if run.world_size == 1:
        yield
        return
    dist.init_process_group("nccl" if run.device.type == "cuda" else "gloo")
    model = run.state.model
    try:
        run.state.model = torch.nn.parallel.DistributedDataParallel(model)
        yield
        dist.barrier()  # a process that leaves while another still talks to it would end that one
    finally:
        run.state.model = model  # what shares gradients must be gone before the group is
        dist.destroy_process_group()
