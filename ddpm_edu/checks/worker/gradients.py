"""The gradient of a result with respect to arguments: one number per weight or input."""

import torch

from ddpm_edu.checks.worker.arguments import tensors
from ddpm_edu.checks.worker.plain_data import tensors_in


def ask_for(made: dict, names: tuple[str, ...]) -> dict[str, torch.Tensor]:
    """Let the named tensors and the weights of the named modules require gradients; return them."""
    asked = {}
    for name in names:
        if isinstance(made[name], torch.Tensor):
            made[name].requires_grad_()
        found = tensors(made[name]).items()
        asked |= {name + inner: tensor for inner, tensor in found if tensor.requires_grad}
    return asked


def gradients_of(output, asked: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the gradient of a weighted sum of all values; nothing where none of them has any."""
    if not asked:
        return {}
    with torch.enable_grad():
        parts = [weighted_sum(tensor) for tensor in tensors_in(output) if tensor.requires_grad]
    if not parts:
        return {}
    found = torch.autograd.grad(parts, list(asked.values()), allow_unused=True)
    pairs = zip(asked.items(), found, strict=True)
    return {
        name: (torch.zeros_like(tensor) if gradient is None else gradient).detach().cpu().clone()
        for (name, tensor), gradient in pairs
    }


def weighted_sum(tensor):
    """Weigh each value differently, so that errors do not cancel."""
    numbers = torch.arange(tensor.numel(), device=tensor.device, dtype=tensor.dtype)
    return (tensor * (1.5 + torch.cos(3 * numbers)).view(tensor.shape)).sum()
