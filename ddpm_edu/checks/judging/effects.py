"""Rules about what a call leaves behind in its arguments, and about gradients of its result."""

import torch

from ddpm_edu.checks.judging.compare import apart
from ddpm_edu.checks.judging.findings import Finding, FindingKind


HALF_WAY = (
    "A factor is detached, computed under torch.no_grad(), or made anew from its numbers (.item(), "
    ".data, torch.tensor)"
)


def replaced_objects(case, expected, got):
    return about(expected, got, lambda name: name.endswith(" object"))


def changed_settings(case, expected, got):
    # A step may clear its gradients afterwards or leave them; what is only to be returned has none.
    return about(expected, got, lambda name: case.same_gradients or not name.endswith(".grad"))


def about(expected, got, is_looked_at):
    """Say what was changed otherwise than expected, the outermost module first."""
    right, now = expected.observation.settings, got.settings
    names = [name for name in right.keys() | now.keys() if right.get(name) != now.get(name)]
    names = sorted(filter(is_looked_at, names), key=lambda name: (name.count("."), name))
    if not names:
        return None
    others = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    text = describe_setting(names[0], now.get(names[0])) + others
    return Finding(FindingKind.SETTING, text, " ".join(names))


def describe_setting(name, value):
    if value is None:
        return f"{name} should have changed, and did not"
    argument, _, what = name.rpartition(".")
    if what == "training":
        mode, way = ("train", "train()") if value == "True" else ("eval", "eval()")
        return (
            f"{argument} is left in {mode} mode ({way}): put back the mode it had, "
            f"{argument}.train(before), with before = {argument}.training"
        )
    if what == "requires_grad":
        return f"{name} is {value} after the call, and was not before: leave it as it is"
    if what == "grad":
        return f"{argument} holds {value} after the call: calling backward() is not asked for here"
    if name.endswith(" hooks"):
        return f"a hook stays on {name.removesuffix(' hooks')}: call remove() on its handle"
    if name.endswith(" object"):
        whose = name.removesuffix(" object")
        return (
            f"{whose} was replaced by another object, while the optimiser and all others still "
            "hold the old one: change it in place (copy_, mul_, add_, lerp_)"
        )
    return f"{name} is {value} after the call: leave the optimiser's options as they are"


def gradient_values(case, expected, got):
    """Compare gradients where there are any; that there must be some is another rule.

    A result that is cut off from all arguments and then made to require gradients, as a Parameter
    is, has none either; where a model learns from it, that is wrong all the same.
    """
    right, found = expected.observation.gradient_values, got.gradient_values
    if not case.same_gradients and not any(gradient.any() for gradient in found.values()):
        return None
    # Relative to all of them: a bias before a normalisation has a gradient of 0, up to rounding.
    largest = max((g.abs().max().item() for g in right.values()), default=0.0)
    wrong = [n for n in right if found and not near(case, right[n], found.get(n), largest).all()]
    if not wrong:
        return None
    name = wrong[0]
    others = f" (nor with respect to {', '.join(wrong[1:4])})" if len(wrong) > 1 else ""
    text = (
        f"the result is right, but its gradient with respect to {name} is not{others}: "
        f"{difference(case, right[name], found.get(name), largest)}. {HALF_WAY}"
    )
    return Finding(FindingKind.GRADIENT_VALUES, text, " ".join(wrong))


def near(case, right, found, largest):
    if found is None or found.shape != right.shape:
        return torch.zeros_like(right, dtype=torch.bool)
    relative, of_largest = case.tolerance
    return (found - right).abs() <= relative * right.abs() + of_largest * largest


def difference(case, right, found, largest):
    if found is None or found.shape != right.shape or not found.any():
        return "it is zero"
    ratio = (found.double() * right).sum() / (right.double() * right).sum()
    if near(case, right * ratio, found, largest).all():
        return f"it is {ratio.item():.4g} times what it should be"
    bad = ~near(case, right, found, largest)
    index = tuple(bad.nonzero()[0].tolist())
    return "expected {}, got {}".format(*apart(right[index].item(), found[index].item()))
