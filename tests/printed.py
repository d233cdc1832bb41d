"""Reads a printed question back and computes its results anew, from nothing but what is printed."""

import re

import torch

from ddpm_edu import NoiseSchedule
from ddpm_edu.checks.exercise import Case
from ddpm_edu.checks.worker.observe import observe
from ddpm_edu.checks.worker.probes import sgd
from ddpm_edu.grading.defence.networks import (
    Halves,
    SmallBlock,
    SmallUNet,
    StraightModel,
    TrainedModel,
    VelocityModel,
    WeightedSum,
)
from ddpm_edu.grading.defence.outcomes import written


NUMBER = r"(-?[\d.]+)"


def as_printed(question) -> dict:
    """Return the arguments of a call as the sheet prints them."""
    text, read = "\n".join(question.given), {}
    for name, value in re.findall(r"^(?:schedule\.)?(\w+) = (.*)$", text, re.M):
        value = eval(value)
        read[name] = as_tensor(value) if isinstance(value, list) else value
    for name, *numbers in re.findall(rf"^(\w+): weight {NUMBER}, bias {NUMBER}$", text, re.M):
        read[name] = torch.nn.Linear(1, 1, dtype=torch.float64)
        for part, number in zip(read[name].parameters(), numbers, strict=True):
            torch.nn.init.constant_(part, float(number))
    if question.table:
        betas = as_tensor([float(row[1]) for row in question.table])
        read["schedule"] = NoiseSchedule(betas, dtype=torch.float64)
    if "num_timesteps" in read and question.exercise == "sample_timesteps":
        steps = [0.0, *[0.1] * read["num_timesteps"]]
        read["schedule"] = NoiseSchedule(as_tensor(steps))
    return read | model_in(text, question) | network_in(text)


def model_in(text, question):
    """Read the model that predicts noise, and what trains it."""
    straight = re.search(rf"model\(x, (.)\) = {NUMBER} x ([+-]) {NUMBER} \1", text)
    if not straight:
        return {}
    letter, slope, sign, per_time = straight.groups()
    if letter == "s":
        return {"model": VelocityModel(float(slope), float(sign + per_time))}
    numbers = float(slope), float(sign + per_time), len(question.table) - 1
    if not (old := re.search(rf"gradient {NUMBER} before the call", text)):
        return {"model": StraightModel(*numbers)}
    model = TrainedModel(*numbers, float(old[1]))
    rate = re.search(rf"subtracts {NUMBER} times the gradient", text)
    assert rate
    return {"model": model, "optimizer": sgd(model, float(rate[1]))}


def network_in(text):
    """Read a network layer by layer."""
    found = re.findall(r"^(block|unet)\.(\w+)\(.*?\) = (.*)$", text, re.M)
    layers = {layer: read_layer(printed) for _, layer, printed in found}
    if not layers:
        return {}
    if "block." in text:
        return {"block": SmallBlock(layers)}
    labels = re.search(rf"embed_labels: {NUMBER} for None, {NUMBER} for label 0", text)
    assert labels and "time_dim = 2" in text and "fold = 1" in text
    return {"unet": SmallUNet(layers, *map(float, labels.groups()))}


def read_layer(printed):
    if printed.startswith("("):
        return Halves(*map(read_layer, printed.strip("()").split(", ")))
    terms = re.findall(r"(-?) ?([\d.]+) ?([a-z]*)", printed)
    return WeightedSum(*((float(sign + number), letter) for sign, number, letter in terms))


def as_tensor(value):
    return torch.tensor(value, dtype=torch.float64)


def result(function, exercise, given):
    """Run a function of the catalogue on what was printed, and read what is asked for."""
    names = re.findall(r"(\w+)(?:=[^,)]*)?[,)]", exercise.signature)
    arguments = {}
    for name in names:
        if name in given:
            is_time = name in ("t", "t_prev")
            arguments[name] = given[name].long() if is_time else given[name]
    noise = "stream" if exercise.id == "sample_timesteps" else "ones"
    seen = observe(function, Case("test", arguments, noise), seed=99, trusted=True)
    assert not seen.failure, seen.failure
    if exercise.id == "update_ema":
        return [p.detach() for p in given["ema_model"].parameters()]
    if exercise.id == "train_step":
        return float(seen.output), given["model"].slope.item()
    if exercise.id == "timestep_embedding":
        return torch.sort((1e5 * seen.output.double()).round() / 1e5).values
    if exercise.id == "sample_timesteps":
        last = given["num_timesteps"] + 1
        counts = [(seen.output == t).double().mean().item() for t in range(last + 1)]
        return [100 * count for count in counts]
    is_network = exercise.id in ("residual_block_forward", "unet_forward")
    return torch.squeeze(seen.output) if is_network else seen.output


def option_of(exercise, options, value) -> str:
    """Return which option a result is; for percentages, of other draws, the nearest."""
    if exercise.id != "sample_timesteps":
        return written(value)
    away = {one: max(abs(a - b) for a, b in zip(eval(one), value, strict=True)) for one in options}
    nearest = min(away, key=lambda one: away[one])
    return nearest if away[nearest] < 1 else written(value)
