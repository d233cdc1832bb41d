"""Fresh arguments for every call, and what a call changed in them."""

import torch

from ddpm_edu.checks.exercise import Probe
from ddpm_edu.checks.worker.partial_schedule import map_tables, tables_of
from ddpm_edu.checks.worker.probes import RecordingModel, build
from ddpm_edu.schedule import NoiseSchedule


def make(arguments: dict, device: str, trusted: bool = False) -> dict:
    """Build probes and copy the rest, on a device.

    Args:
        arguments: of a case.
        device: where they are made.
        trusted: whether what is called leaves networks as they are, which are then built once.
    """
    made = {}
    for name, value in arguments.items():
        is_probe = isinstance(value, Probe)
        made[name] = build(value, made, trusted and device == "cpu") if is_probe else copied(value)
        if device != "cpu" and hasattr(made[name], "to"):
            made[name] = made[name].to(device)
    settle(made)
    return made


def settle(made):
    """Bring recording models to the dtype of the data, as a real network has it."""
    tables = [value.betas for value in made.values() if isinstance(value, NoiseSchedule)]
    data = [value for value in made.values() if isinstance(value, torch.Tensor)]
    dtypes = [value.dtype for value in (*data, *tables) if value.is_floating_point()]
    for model in made.values():
        if isinstance(model, RecordingModel) and dtypes:
            model.to(dtypes[0])  # in place: an optimiser keeps its parameters


def copied(value):
    if isinstance(value, torch.Tensor):
        return value.clone()
    return map_tables(value, torch.clone) if isinstance(value, NoiseSchedule) else value


def contents(value) -> dict[str, torch.Tensor]:
    """Return copies of the tensors inside an argument: what a call might change."""
    return {name: tensor.detach().cpu().clone() for name, tensor in tensors(value).items()}


def tensors(value):
    if isinstance(value, torch.Tensor):
        return {"": value}
    if isinstance(value, NoiseSchedule):
        return {f".{name}": table for name, table in tables_of(value).items()}
    if isinstance(value, torch.Generator):
        return {"": value.get_state()}
    if isinstance(value, torch.nn.Module):
        return {f".{name}": tensor for name, tensor in value.state_dict(keep_vars=True).items()}
    if isinstance(value, torch.optim.Optimizer):
        return {
            f".state[{number}].{key}": tensor
            for number, state in enumerate(value.state.values())
            for key, tensor in state.items()
            if isinstance(tensor, torch.Tensor)
        }
    return {}


def changes(made: dict, before: dict) -> dict[str, torch.Tensor]:
    """Return what is different after a call, by name: x_0, schedule.betas, model.slope."""
    changed = {}
    for argument, value in made.items():
        now = tensors(value)
        for name, was in before[argument].items():
            after = now.get(name)
            if after is None:
                changed[argument + name] = torch.empty(0)
            elif not torch.equal(after.detach().cpu(), was):
                changed[argument + name] = after.detach().cpu().clone()
    return changed


def trained(made: dict) -> set[str]:
    """Return the names of the weights that require gradients."""
    modules = {name: value for name, value in made.items() if isinstance(value, torch.nn.Module)}
    return {
        f"{name}{inner}"
        for name, module in modules.items()
        for inner, tensor in tensors(module).items()
        if tensor.requires_grad
    }
