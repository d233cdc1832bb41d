"""What a call may leave changed in its arguments besides their values: modes, hooks, identities."""

import operator

import torch


class Identity:
    """Compare objects by identity; it keeps them, since the number of a lost one is used again."""

    def __init__(self, *objects):
        self.objects = objects

    def __eq__(self, other):
        both = isinstance(other, Identity) and len(self.objects) == len(other.objects)
        return both and all(map(operator.is_, self.objects, other.objects))


PLAIN = (bool, int, float, str, type(None))
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def settings(made: dict) -> dict[str, object]:
    """Return everything about arguments that a call should leave as it is, by name."""
    found = {}
    for name, value in made.items():
        if isinstance(value, torch.Tensor):
            found |= settings_of_tensor(name, value)
        elif isinstance(value, torch.nn.Module):
            found |= settings_of_module(name, value)
        elif isinstance(value, torch.optim.Optimizer):
            found |= settings_of_optimizer(name, value)
    return found


def settings_of_tensor(name, value):
    return {
        f"{name}.requires_grad": value.requires_grad,
        f"{name}.grad": "a gradient" if value.is_leaf and value.grad is not None else "None",
        f"{name} hooks": len(value._backward_hooks or ()),
    }


def settings_of_module(name, module):
    found = {}
    for inner, part in module.named_modules(prefix=name):
        found[f"{inner}.training"] = part.training
        found[f"{inner} hooks"] = sum(len(getattr(part, hooks)) for hooks in HOOKS)
    for inner, weight in module.named_parameters(prefix=name):
        found |= settings_of_tensor(inner, weight)
        found[f"{inner} object"] = Identity(weight)
    return found


def settings_of_optimizer(name, optimizer):
    found = {}
    for number, group in enumerate(optimizer.param_groups):
        where = f"{name}.param_groups[{number}]"
        found[f"{where} object"] = Identity(*group["params"])
        for key, value in group.items():
            if key != "params":
                found[f"{where}[{key!r}]"] = value if type(value) in PLAIN else Identity(value)
    return found


def changed_settings(made: dict, before: dict[str, object]) -> dict[str, str]:
    """Return what is different after a call: name -> what it is now, in a word."""
    now = settings(made)
    return {
        name: word(name, now.get(name))
        for name in sorted(before.keys() | now.keys())
        if differ(before.get(name), now.get(name))
    }


def differ(one, other):
    return type(one) is not type(other) or one != other  # no `!=` of the learner's own making


def word(name, value):
    if value is None:
        return "gone"
    return str(value)[:80] if type(value) in PLAIN else "another"
