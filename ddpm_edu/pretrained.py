"""Trained weights: one safetensors file holds tensors, architecture, schedule and card."""

import json
import pathlib
from functools import partial

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ddpm_edu.data import ASSETS
from ddpm_edu.files import nearest, whole_file
from ddpm_edu.schedule import NoiseSchedule
from ddpm_edu.unet import UNet
from ddpm_edu.velocity_unet import VelocityUNet


def save_model(
    model: UNet, schedule: NoiseSchedule, path: str | pathlib.Path, card: dict | None = None
) -> None:
    """Write a model that `load_model` reads: nothing but tensors and text, whole or not at all.

    Args:
        model: its weights, in float32.
        schedule: what it was trained for; kept exactly.
        path: of the safetensors file.
        card: how the model was made, JSON values.
    Raises:
        ValueError: the folder cannot be written.
    """
    tensors = {
        f"model.{name}": value.detach().cpu().contiguous()
        for name, value in model.state_dict().items()
    }
    tensors["schedule.betas"] = schedule.exact_betas
    notes = {"network": type(model).__name__, "architecture": json.dumps(model.config)}
    notes["card"] = json.dumps(card or {})
    write_safetensors(path, tensors, notes)


def load_model(path: str | pathlib.Path, device: str = "cpu") -> UNet:
    """Read a model that `save_model` wrote.

    Args:
        path: of the safetensors file.
        device: where model and schedule go.
    Returns:
        The UNet (or VelocityUNet) in eval mode; model.schedule is its NoiseSchedule, model.card
        says how it was made.
    Raises:
        ValueError: the file is missing, cut short, or of another architecture.
    """
    tensors, notes = read_safetensors(path)
    if "architecture" not in notes or "schedule.betas" not in tensors:
        raise ValueError(
            f"{path}: expected weights written by ddpm-edu, "
            "got tensors without architecture and schedule"
        )
    schedule = NoiseSchedule(tensors.pop("schedule.betas"), device=device)
    kind = UNet
    if notes.get("network") == "VelocityUNet":
        kind = partial(VelocityUNet, schedule)
    try:
        model = kind(**json.loads(notes["architecture"]))
        model.load_state_dict(
            {name.removeprefix("model."): value for name, value in tensors.items()}
        )
    except (RuntimeError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[-1].strip()  # the first line only names the class
        raise ValueError(
            f"{path}: expected weights of this UNet, got another architecture: {reason}"
        ) from error
    model.schedule, model.card = schedule, json.loads(notes["card"])
    # this order of the weights takes a third less time on a CPU; torch's types lack the argument
    model.to(device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return model.eval()


def load_pretrained(name: str, device: str = "cpu") -> UNet:
    """Load the weights shipped for a data set.

    Args:
        name: digits or mnist5k.
        device: where model and schedule go.
    Returns:
        The UNet of `load_model`; it predicts the noise as model(x_t, t) or model(x_t, t, labels).
    Raises:
        ValueError: an unknown name.

    >>> load_pretrained("digits").schedule.num_timesteps
    1000
    """
    return load_model(shipped(name), device)


def shipped(name, kind=""):
    """Find shipped weights: <name>.safetensors, or <name>-<kind>.safetensors of another network."""
    parts = {path: path.stem.partition("-") for path in sorted(ASSETS.glob("*.safetensors"))}
    paths = {stem: path for path, (stem, _, ending) in parts.items() if ending == kind}
    if name not in paths:
        raise ValueError(f"weights: expected {nearest(name, list(paths))}, got {name!r}")
    return paths[name]


def write_safetensors(path, tensors, notes):
    """Write tensors and texts, whole or not at all."""
    with whole_file(path) as temporary:
        try:
            save_file(tensors, temporary, notes)
        except SafetensorError as error:  # it hides the operating system's error
            raise OSError(f"{path} could not be written: {error}") from error


def read_safetensors(path):
    """Read tensors and texts; raise a ValueError for a file that is missing or cut short."""
    try:
        with safe_open(path, "pt") as file:
            names = file.keys()  # the file itself cannot be iterated over
            return {name: file.get_tensor(name) for name in names}, file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path}: expected a complete safetensors file, got: {error}") from error
