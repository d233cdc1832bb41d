"""Fresh arguments for every call, and what a call changed in them."""

import copy

import torch

from ddpm_edu.checks.exercise import Probe
from ddpm_edu.checks.probes import build
from ddpm_edu.schedule import NoiseSchedule


class EarlySchedule(NoiseSchedule):
    """The schedule of lessons 1 and 2: without the posterior variance, which the learner has yet to derive."""

    def __init__(self, betas, device=None, dtype=torch.float32):
        super().__init__(betas, device, dtype)
        object.__delattr__(self, "posterior_variance")

    def __getattr__(self, name):
        if name == "posterior_variance":
            raise AttributeError("posterior_variance: the schedule has it from lesson 3 on; derive it from alphas_bar")
        raise AttributeError(f"NoiseSchedule has no {name!r}: it has betas, alphas, alphas_bar, num_timesteps")

    def to(self, device=None, dtype=None):
        """Give the same tables elsewhere; no new schedule is made, since that is an answer of lesson 2."""
        twin = copy.copy(self)
        for name, table in vars(self).items():
            if name != "exact_betas":
                object.__setattr__(twin, name, table.to(dtype or table.dtype).to(device or table.device))
        return twin


def make(arguments: dict, device: str, trusted: bool = False) -> dict:
    """Build probes and copy the rest, on a device; what is called with them may be trusted to leave networks alone."""
    made = {}
    for name, value in arguments.items():
        made[name] = build(value, made, trusted and device == "cpu") if isinstance(value, Probe) else copied(value)
        if device != "cpu" and hasattr(made[name], "to"):
            made[name] = made[name].to(device)
    return made


def copied(value):
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, NoiseSchedule):
        twin = copy.copy(value)
        for name, table in vars(value).items():
            object.__setattr__(twin, name, table.clone())
        return twin
    return value


def contents(value) -> dict[str, torch.Tensor]:
    """Give the tensors inside an argument, copied: what a call might change."""
    return {name: tensor.detach().cpu().clone() for name, tensor in tensors(value).items()}


def tensors(value):
    if isinstance(value, torch.Tensor):
        return {"": value}
    if isinstance(value, NoiseSchedule):
        return {f".{name}": table for name, table in vars(value).items()}
    if isinstance(value, torch.Generator):
        return {"": value.get_state()}
    if isinstance(value, torch.nn.Module):
        return {f".{name}": tensor for name, tensor in value.state_dict(keep_vars=True).items()}
    return {}


def changes(made: dict, before: dict) -> dict[str, torch.Tensor]:
    """Give what is different after a call, by name: x_0, schedule.betas, model.slope."""
    changed = {}
    for argument, value in made.items():
        now = tensors(value)
        for name, was in before[argument].items():
            after = now.get(name)
            if after is None or not torch.equal(after.detach().cpu(), was):
                changed[argument + name] = torch.empty(0) if after is None else after.detach().cpu().clone()
    return changed


def trained(made: dict) -> set[str]:
    """Give the names of the weights that ask for gradients."""
    return {f"{name}{inner}" for name, value in made.items() if isinstance(value, torch.nn.Module)
            for inner, tensor in tensors(value).items() if tensor.requires_grad}  # fmt: skip
