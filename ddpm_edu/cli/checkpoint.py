"""What a training run carries from one process to the next: its state as named tensors."""

from ddpm_edu.training import Training


def state_tensors(state: Training):
    """Return all that a run carries as named tensors."""
    parts = {"model": state.core.state_dict(), "ema": state.ema_model.state_dict()}
    for index, moments in state.optimizer.state_dict()["state"].items():
        parts[f"moments.{index}"] = moments
    return {
        f"{part}.{name}": value.contiguous()
        for part, values in parts.items()
        for name, value in values.items()
    }


def load_state(state: Training, tensors, step: int, seconds: float):
    """Put `state_tensors` back, in place."""
    parts = {"model": {}, "ema": {}, "moments": {}}
    for key, value in tensors.items():
        part, name = key.split(".", 1)
        parts[part][name] = value
    state.core.load_state_dict(parts["model"])
    state.ema_model.load_state_dict(parts["ema"])
    optimizer = state.optimizer.state_dict()
    for key, value in parts["moments"].items():
        index, name = key.split(".")
        optimizer["state"].setdefault(int(index), {})[name] = value
    state.optimizer.load_state_dict(optimizer)
    state.step, state.seconds = step, seconds
