"""Trained weights: one safetensors file holds the tensors, the architecture, the schedule and the card."""

import json
import pathlib

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ddpm_edu.data import ASSETS
from ddpm_edu.files import nearest, whole_file
from ddpm_edu.schedule import NoiseSchedule
from ddpm_edu.unet import UNet


def save_model(model: UNet, schedule: NoiseSchedule, path: str | pathlib.Path, card: dict | None = None) -> None:
    """Write a model that `load_model` reads back: nothing but tensors and text, whole or not at all.

    Args:
        model: its weights, in float32.
        schedule: what it was trained for; kept exactly.
        path: of the safetensors file.
        card: how the model was made, JSON values.
    Raises:
        ValueError: the folder cannot be written.
    """
    tensors = {f"model.{name}": value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    tensors["schedule.betas"] = schedule.exact_betas
    write_safetensors(path, tensors, {"architecture": json.dumps(model.config), "card": json.dumps(card or {})})


def load_model(path: str | pathlib.Path, device: str = "cpu") -> UNet:
    """Read a model that `save_model` wrote.

    Args:
        path: of the safetensors file.
        device: where model and schedule go.
    Returns:
        The UNet in eval mode; model.schedule is its NoiseSchedule, model.card says how it was made.
    Raises:
        ValueError: no file, a file cut short, or one of another architecture.
    """
    tensors, notes = read_safetensors(path)
    if "architecture" not in notes or "schedule.betas" not in tensors:
        raise ValueError(f"{path}: wanted weights written by ddpm-edu, saw tensors without architecture and schedule")
    schedule = NoiseSchedule(tensors.pop("schedule.betas"), device=device)
    try:
        model = UNet(**json.loads(notes["architecture"]))
        model.load_state_dict({name.removeprefix("model."): value for name, value in tensors.items()})
    except (RuntimeError, TypeError, ValueError) as error:
        first = str(error).splitlines()[-1].strip()
        raise ValueError(f"{path}: wanted weights of this UNet, saw another architecture: {first}") from error
    model.schedule, model.card = schedule, json.loads(notes["card"])
    return model.to(device, memory_format=torch.channels_last).eval()  # a third faster on a CPU


def load_pretrained(name: str, device: str = "cpu") -> UNet:
    """Load the weights shipped for a data set.

    Args:
        name: digits or mnist5k.
        device: where model and schedule go.
    Returns:
        The UNet in eval mode, predicting the noise: model(x_t, t) or model(x_t, t, labels); model.schedule is
        its NoiseSchedule, model.card says how it was made.
    Raises:
        ValueError: an unknown name.

    >>> load_pretrained("digits").schedule.num_timesteps
    1000
    """
    return load_model(shipped(name), device)


def shipped(name, kind=""):
    """Find shipped weights: <name>.safetensors are those of a model, <name>-<kind>.safetensors of another network."""
    parts = {path: path.stem.partition("-") for path in sorted(ASSETS.glob("*.safetensors"))}
    paths = {stem: path for path, (stem, _, ending) in parts.items() if ending == kind}
    if name not in paths:
        raise ValueError(f"weights: wanted {nearest(name, list(paths))}, saw {name!r}")
    return paths[name]


def write_safetensors(path, tensors, notes):
    """Write tensors and texts, whole or not at all."""
    with whole_file(path) as temporary:
        try:
            save_file(tensors, temporary, notes)
        except SafetensorError as error:  # it hides the operating system's error
            raise OSError(f"{path} could not be written: {error}") from error


def read_safetensors(path):
    """Read tensors and texts; a file that is missing or cut short is a ValueError."""
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path}: wanted a complete safetensors file, saw: {error}") from error
