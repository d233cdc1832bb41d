"""Train ddpm_edu/assets/mnist5k-classifier.safetensors, whose features measure samples.

It sees the training rows only, each batch shifted by up to two pixels. On one thread the same
machine makes the same bytes again. Run:
python -m tools.make_classifier [--out FOLDER]
"""

import argparse
import json
import pathlib

import torch
from torch.nn import functional as F

from ddpm_edu import load_images
from ddpm_edu.classifier import Classifier
from ddpm_edu.data import ASSETS
from ddpm_edu.pretrained import write_safetensors


NAME, SEED, STEPS, BATCH, RATE, SHIFT = "mnist5k", 0, 1000, 128, 3e-3, 2


def train(images, labels):
    """Minimise the cross-entropy by AdamW, with a learning rate that rises once and falls."""
    torch.manual_seed(SEED)
    classifier = Classifier(tuple(images.shape[1:]))
    optimizer = torch.optim.AdamW(classifier.parameters(), RATE)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, STEPS)
    for _ in range(STEPS):
        rows = torch.randint(len(images), (BATCH,))
        shift = torch.randint(
            -SHIFT, SHIFT + 1, (2,)
        ).tolist()  # the margin of a digit is wider than that
        loss = F.cross_entropy(classifier(images[rows].roll(shift, (2, 3))), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
    return classifier.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=ASSETS)
    folder = parser.parse_args().out
    torch.set_num_threads(1)  # the order of sums, and so the last digits, depend on it
    classifier = train(*load_images(NAME, split="train"))
    images, labels = load_images(NAME, split="test")
    with torch.no_grad():
        accuracy = (classifier(images).argmax(1) == labels).double().mean().item()
    card = {
        "command": "python -m tools.make_classifier",
        "seed": SEED,
        "steps": STEPS,
        "accuracy": accuracy,
    }
    notes = {"architecture": json.dumps(classifier.config), "card": json.dumps(card)}
    write_safetensors(folder / f"{NAME}-classifier.safetensors", classifier.state_dict(), notes)
    print(f"{NAME}: {accuracy:.1%} of {len(images)} test images named rightly")


if __name__ == "__main__":
    main()
