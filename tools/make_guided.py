"""Measure samples drawn with guidance, for lesson 8: ddpm_edu/assets/mnist5k-guided.safetensors.

It holds the classifier's features of 300 samples for each guidance w, thirty of each digit, always
from the same noise. Drawing them takes minutes, which a lesson does not have. What is kept depends
on the weights: run it again when they change. Run:
python -m tools.make_guided [--out FOLDER]
"""

import argparse
import hashlib
import json
import pathlib

import torch
from tqdm import tqdm

from ddpm_edu import guided_noise, load_classifier, load_pretrained
from ddpm_edu.data import ASSETS
from ddpm_edu.ddim import ddim_process
from ddpm_edu.pretrained import shipped, write_safetensors


NAME, SEED, SAMPLES, STEPS, GUIDANCE = "mnist5k", 0, 300, 25, (0.0, 0.5, 1.0, 2.0)
USED = {"weights": "", "classifier": "classifier"}  # what the features depend on -> kind of file


def digests() -> dict[str, str]:
    """Return the SHA-256 of the files that the features depend on."""
    paths = {what: shipped(NAME, kind) for what, kind in USED.items()}
    return {what: hashlib.sha256(path.read_bytes()).hexdigest() for what, path in paths.items()}


def drawn(model, guidance, samples=SAMPLES):
    """Draw digits 0, 1, ..., 9, 0, ... with guidance, yielding every state of the sampler."""
    labels, generator = torch.arange(samples) % 10, torch.Generator().manual_seed(SEED)

    def steered(x, t):
        eps = model(x, t, labels)
        return guided_noise(eps, model(x, t), guidance) if guidance else eps

    shape = (samples, *model.image_shape)
    return ddim_process(steered, shape, model.schedule, STEPS, generator)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=ASSETS)
    folder = parser.parse_args().out
    torch.set_num_threads(1)  # the order of sums, and so the last digits, depend on it
    model, classifier = load_pretrained(NAME), load_classifier(NAME)
    features = {}
    for guidance in GUIDANCE:
        *_, samples = tqdm(drawn(model, guidance), f"w = {guidance:g}", STEPS + 1)
        features[f"{guidance:g}"] = classifier.features(samples.clamp(-1, 1)).half()
    card = {
        "command": "python -m tools.make_guided",
        "samples": SAMPLES,
        "steps": STEPS,
        "seed": SEED,
        **digests(),
    }
    write_safetensors(folder / f"{NAME}-guided.safetensors", features, {"card": json.dumps(card)})
    print(f"{NAME}: features of {SAMPLES} samples for each w of {', '.join(features)}")


if __name__ == "__main__":
    main()
