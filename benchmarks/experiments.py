"""Try a change of how the 28x28 model is trained, and score it as lesson 07 does.

Prints a row of the table in RESULTS.md: the change, steps, seconds of one core, then of 1,000
samples (50 steps of DDIM, guidance 0, 100 of each class) the Frechet distance to the 1,000 test
images, precision and recall, and the error of the predicted noise on training and test images.
Run: OMP_NUM_THREADS=1 python benchmarks/experiments.py NAME... [--steps N] [--weights FILE]
"""

import argparse
import copy
import pathlib
import time
from dataclasses import dataclass, field, replace
from functools import partial

import torch

from ddpm_edu import (
    NoiseSchedule,
    UNet,
    feature_moments,
    frechet_distance,
    linear_schedule,
    load_classifier,
    load_images,
    load_model,
    precision_recall,
    sample_q,
    save_model,
    snr,
    stratified_timesteps,
    update_ema,
)
from ddpm_edu.ddim import ddim_process
from ddpm_edu.rates import learning_rate, power_decay
from ddpm_edu.training import drop_labels, step_generator
from ddpm_edu.velocity_unet import VelocityUNet, log_normal_timesteps


STEPS, SAMPLES, DDIM_STEPS, BATCH_OF_SAMPLES = 1000, 1000, 50, 100
SCHEDULE = NoiseSchedule(linear_schedule(1000))


# Weights of the squared error of the noise at each t.
def all_alike(t):
    return torch.ones(t.shape)


def of_velocity(t):
    """Return 1 / alpha_bar_t: the squared error of v, as in velocity_loss."""
    return 1 / SCHEDULE.alphas_bar[t]


def min_snr(t, gamma=5.0):
    """Return min(SNR, gamma) / SNR (Hang et al. 2023)."""
    return snr(t, SCHEDULE).clamp(max=gamma) / snr(t, SCHEDULE)


@dataclass(frozen=True)
class Recipe:
    """All that an experiment may change."""

    network: object = UNet
    weight: object = all_alike
    draw: object = stratified_timesteps
    channels: tuple = (32, 64)
    batch_size: int = 64
    peak: float = 2e-3
    options: dict = field(default_factory=dict)  # of AdamW
    gamma: float = 6.94
    shift: int = 0


def fit(recipe, steps, seed=0):
    """Train by a recipe; return the averaged model and the seconds of one core that it took."""
    torch.manual_seed(seed)
    images, labels = load_images("mnist5k", "train")
    model = recipe.network(channels=recipe.channels).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), fused=True, **recipe.options)
    begin = time.process_time()
    for step in range(steps):
        generator = step_generator(seed, step, "cpu")
        rows = torch.randint(len(images), (recipe.batch_size,), generator=generator)
        told = drop_labels(labels[rows], 10, generator)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step / steps, recipe.peak)
        x_0 = shifted(images[rows], recipe.shift, generator)
        loss = loss_of(recipe, model, x_0, told, generator)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        update_ema(average, model, power_decay(step + 1, recipe.gamma))
    return average.eval(), time.process_time() - begin


def loss_of(recipe, model, x_0, labels, generator):
    t = recipe.draw(len(x_0), SCHEDULE, generator)
    noise = torch.randn(x_0.shape, generator=generator)
    error = (model(sample_q(x_0, t, SCHEDULE, noise), t, labels) - noise).square()
    return (recipe.weight(t) * error.mean((1, 2, 3))).mean()


def shifted(images, most, generator):
    """Shift a batch by up to some pixels; the margin of a digit is wide enough for two."""
    if not most:
        return images
    by = torch.randint(-most, most + 1, (2,), generator=generator).tolist()
    return images.roll(by, (2, 3))


@torch.no_grad()
def score(model, count=SAMPLES):
    """Return distance, precision, recall, and the error on training and on test images."""
    errors = [error_on(model, *load_images("mnist5k", split)) for split in ("train", "test")]
    return (*compare(samples(model, count)), *errors)


def compare(images):
    """Return distance, precision and recall of images beside as many test images."""
    features = load_classifier("mnist5k").features
    fake, real = features(images), features(load_images("mnist5k", "test")[0][: len(images)])
    distance = frechet_distance(*feature_moments(real), *feature_moments(fake))
    return (distance, *precision_recall(real, fake))


def training_images(count):
    """Return training images, as many of each class: no model can expect to be nearer than they."""
    images, labels = load_images("mnist5k", "train")
    return torch.cat([images[labels == label][: count // 10] for label in range(10)])


def samples(model, count):
    """Draw as many samples of each class, always from the same noise."""
    generator, chains = torch.Generator().manual_seed(1), []
    for _ in range(count // BATCH_OF_SAMPLES):
        told = partial(model, labels=torch.arange(BATCH_OF_SAMPLES) % 10)
        shape = (BATCH_OF_SAMPLES, 1, 28, 28)
        *_, last = ddim_process(told, shape, SCHEDULE, DDIM_STEPS, generator)
        chains.append(last)
    return torch.cat(chains)


def error_on(model, images, labels, count=1000):
    """Return Eq. 14 on the first images, with labels."""
    generator = torch.Generator().manual_seed(0)
    x_0, told = images[:count], labels[:count]
    return loss_of(Recipe(), model, x_0, told, generator).item()


BASE = Recipe()
V = replace(BASE, network=partial(VelocityUNet, SCHEDULE))
V_LOSS = replace(V, weight=of_velocity)
NORMAL = replace(V_LOSS, draw=log_normal_timesteps)  # what `ddpm-edu train` does
EXPERIMENTS = {
    "base": BASE,
    "velocity": V,
    "velocity-loss": V_LOSS,
    "normal": NORMAL,
    "noise-normal": replace(BASE, draw=NORMAL.draw),
    "rate": replace(NORMAL, peak=4e-3),
    "betas": replace(NORMAL, options={"betas": (0.9, 0.99)}),
    "batch": replace(NORMAL, batch_size=32),
    "min-snr": replace(V, weight=min_snr),
    "memory": replace(NORMAL, gamma=16.97),
    "shifts": replace(NORMAL, shift=1),
    "wide": replace(NORMAL, channels=(48, 96)),
}


def print_row(name, steps, seconds, numbers):
    two, three, five = numbers[:1], numbers[1:3], numbers[3:]
    shown = [f"{x:.2f}" for x in two] + [f"{x:.3f}" for x in three] + [f"{x:.5f}" for x in five]
    print(f"| {name} | {steps} | {seconds} | {' | '.join(shown)} |", flush=True)


def score_by_arguments():  # not main(): an hour, which run.py shall not begin
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(EXPERIMENTS))
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--samples", type=int, default=SAMPLES, help="a multiple of 100")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", type=pathlib.Path, help="score these, and training images")
    parser.add_argument("--out", type=pathlib.Path, help="folder for the averaged weights")
    asked = parser.parse_args()
    if asked.weights:
        print_row("training images", "", "", compare(training_images(asked.samples)))
        model = load_model(asked.weights)
        print_row(asked.weights.name, model.card["steps"], "", score(model, asked.samples))
    for name in asked.names:
        model, seconds = fit(EXPERIMENTS[name], asked.steps, asked.seed)
        if asked.out:
            path = asked.out / f"{name}-{asked.steps}.safetensors"
            save_model(model, SCHEDULE, path, {"experiment": name, "steps": asked.steps})
        print_row(name, asked.steps, round(seconds), score(model, asked.samples))


if __name__ == "__main__":
    score_by_arguments()
