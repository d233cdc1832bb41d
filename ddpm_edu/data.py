"""Images in [-1, 1]: two small sets in the package, three larger ones through torchvision."""

import hashlib
import io
import os
import pathlib
import shutil
import tempfile
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.files import nearest, writable_folder


ASSETS = pathlib.Path(__file__).parent / "assets"


@dataclass(frozen=True)
class Embedded:
    """A set that ships with the package; tools/make_data.py made the file."""

    sha256: str
    max_level: int  # grey levels are 0..max_level

    def read(self, name):
        """Return images (N, C, H, W) and labels as integers, and how many rows are for training.

        The rows for training come first.
        """
        content = (ASSETS / f"{name}.npz").read_bytes()
        got = hashlib.sha256(content).hexdigest()
        if got != self.sha256:
            raise ValueError(
                f"{name}.npz is damaged: expected sha256 {self.sha256[:12]}..., got {got[:12]}...; "
                f"restore it with `git checkout ddpm_edu/assets`"
            )
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return arrays["images"], arrays["labels"], int(arrays["num_train"])


@dataclass(frozen=True)
class Downloaded:
    """A set that torchvision downloads once into the cache folder."""

    torchvision_name: str
    max_level: int = 255

    def read(self, name):
        import torchvision.datasets

        dataset = getattr(torchvision.datasets, self.torchvision_name)
        parts = [fetch(name, dataset, train) for train in (True, False)]
        images = np.concatenate([np.asarray(part.data) for part in parts])
        images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
        labels = np.concatenate([np.asarray(part.targets) for part in parts])
        return images, labels, len(parts[0])


DATASETS = {
    "digits": Embedded(
        "245305b9a4ec535ae23079b754f37dc9a6a5202eb98d5ea76a02d30f6855982c", max_level=16
    ),
    "mnist5k": Embedded(
        "549b7f99a0d1a7c4ef810989f3bf2ad8c7f31e667a0090ff2e65e05f868634c9", max_level=255
    ),
    "mnist": Downloaded("MNIST"),
    "fashion_mnist": Downloaded("FashionMNIST"),
    "cifar10": Downloaded("CIFAR10"),
}


def load_images(
    name: str, split: str = "all"
) -> tuple[Float[Tensor, "n c h w"], Int[Tensor, " n"]]:
    """Load a data set whole; "digits" and "mnist5k" need no network.

    Args:
        name: digits (1,797 of 1x8x8), mnist5k (5,000 of 1x28x28), mnist, fashion_mnist (70,000 of
            1x28x28) or cifar10 (60,000 of 3x32x32).
        split: "train", "test" or "all", the training rows first. A fifth of the embedded sets is
            for testing, stratified by class.
    Returns:
        images (N, C, H, W) float32 in [-1, 1] and labels (N,) long.
    Raises:
        ValueError: an unknown name or split, a damaged file, or no network for a set that needs
            one.

    >>> images, labels = load_images("mnist5k", split="train")
    >>> images.shape
    torch.Size([4000, 1, 28, 28])
    """
    if name not in DATASETS:
        raise ValueError(f"data set: expected {nearest(name, list(DATASETS))}, got {name!r}")
    if split not in ("train", "test", "all"):
        raise ValueError(f"split: expected train, test or all, got {split!r}")
    images, labels, num_train = DATASETS[name].read(name)
    rows = {"train": slice(num_train), "test": slice(num_train, None), "all": slice(None)}[split]
    pixels = torch.from_numpy(images[rows]).float().mul_(2 / DATASETS[name].max_level).sub_(1)
    return pixels, torch.from_numpy(labels[rows]).long()


def fetch(name, dataset, train):
    """Read one part from the cache; download first, into a folder that is kept only if complete."""
    cache = cache_folder() / name
    if not (cache / "complete").exists():
        writable_folder(cache.parent)
        with tempfile.TemporaryDirectory(dir=cache.parent, prefix=f".{name}-") as partial:
            try:
                for part in (True, False):
                    dataset(partial, train=part, download=True)
            except (OSError, RuntimeError) as error:
                # one line and not too long: torchvision has a line for every mirror it tried
                reason = " ".join(str(error).split())[:200]
                raise ValueError(
                    f"{name} could not be downloaded ({reason}); connect to a network and try "
                    f"again, put torchvision's files into {cache}, or use mnist5k or digits, which "
                    "need no network"
                ) from error
            (pathlib.Path(partial) / "complete").touch()
            shutil.rmtree(cache, ignore_errors=True)
            os.rename(partial, cache)
            os.mkdir(partial)  # for the context manager to remove
    return dataset(cache, train=train, download=False)


def cache_folder():
    """Return the folder of downloads: DDPM_EDU_CACHE, or the platform's cache folder."""
    import platformdirs

    return pathlib.Path(
        os.environ.get("DDPM_EDU_CACHE") or platformdirs.user_cache_dir("ddpm-edu", appauthor=False)
    )
