"""The U-Net as a whole: shapes, what depends on what, labels, gradients."""

import inspect

import pytest
import torch
from small import shaken
from torch import nn
from torch.testing import assert_close

from ddpm_edu import UNet


def small_unet(dtype=torch.float64, **kwargs):
    torch.manual_seed(0)
    return UNet((1, 8, 8), channels=(8, 16), **kwargs).to(dtype)


@pytest.fixture(autouse=True)
def own_randomness():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.fixture
def batch():
    return torch.randn(3, 1, 8, 8, dtype=torch.float64), torch.tensor([1, 500, 1000])


def test_the_shipped_size_is_half_a_million_parameters():
    assert 0.4e6 < sum(parameter.numel() for parameter in UNet().parameters()) < 0.6e6


@pytest.mark.parametrize(
    ("image_shape", "fold"), [((1, 28, 28), 2), ((1, 8, 8), 1), ((3, 32, 32), 2), ((2, 16, 8), 4)]
)
def test_the_prediction_has_the_shape_of_the_image(image_shape, fold):
    unet = UNet(image_shape, channels=(8, 16), fold=fold)
    assert unet(torch.zeros(2, *image_shape), torch.tensor([1, 1000])).shape == (2, *image_shape)


def test_training_starts_from_predictions_of_zero(batch):
    assert not small_unet()(*batch).any()


def test_every_pixel_is_predicted_from_every_pixel():
    # attention at the lowest resolution makes the view global
    unet, x_t = (
        shaken(small_unet()),
        torch.randn(1, 1, 8, 8, dtype=torch.float64, requires_grad=True),
    )
    for pixel in unet(x_t, torch.tensor([500])).flatten():
        assert torch.autograd.grad(pixel, x_t, retain_graph=True)[0].all()


def test_each_row_is_predicted_from_its_own_image_and_time(batch):
    unet, (x_t, t) = shaken(small_unet()), batch
    rows = [unet(x_t[i : i + 1], t[i : i + 1]) for i in range(3)]
    assert_close(unet(x_t, t), torch.cat(rows), rtol=1e-10, atol=1e-12)


def changed_rows(a, b):
    return [not torch.allclose(one, other, rtol=1e-6) for one, other in zip(a, b, strict=True)]


def test_a_row_s_time_changes_that_row_alone(batch):
    unet, (x_t, t) = shaken(small_unet()), batch
    assert changed_rows(unet(x_t, t), unet(x_t, torch.tensor([1, 501, 1000]))) == [
        False,
        True,
        False,
    ]


def test_a_row_s_label_changes_that_row_alone(batch):
    unet = shaken(small_unet())
    seven, eight = (unet(*batch, torch.tensor([7, label, 7])) for label in (7, 8))
    assert changed_rows(seven, eight) == [False, True, False]


def test_the_null_label_means_no_label(batch):
    unet = shaken(small_unet(num_classes=4))
    assert torch.equal(unet(*batch), unet(*batch, torch.full((3,), 4)))
    assert all(changed_rows(unet(*batch), unet(*batch, torch.full((3,), 3))))


@pytest.mark.parametrize("shape", [(3, 3, 8, 8), (3, 1, 8, 10), (3, 1, 28, 28)])
def test_images_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError) as error:
        small_unet()(torch.zeros(shape, dtype=torch.float64), torch.tensor([1, 2, 3]))
    assert "x_t" in str(error.value)
    assert "(B, 1, 8, 8)" in str(error.value)
    assert str(shape) in str(error.value)


def test_labels_that_are_not_one_per_row_are_refused(batch):
    with pytest.raises(
        ValueError,
        match=r"labels: .*torch\.long of shape \(3,\), got torch\.float32 of shape \(3,\)",
    ):
        small_unet().embed_labels(batch[1], torch.zeros(3))


@pytest.mark.parametrize("label", [-1, 11])
def test_labels_that_are_none_are_refused(batch, label):
    with pytest.raises(
        ValueError,
        match=rf"labels: expected 0\.\.10, the last for any class, got \[0, {label}, 1\]",
    ):
        small_unet()(*batch, torch.tensor([0, label, 1]))


def test_one_time_for_the_whole_batch_is_refused(batch):
    # without the test suite's own type checks, which would speak first
    forward = inspect.unwrap(UNet.forward)
    with pytest.raises(ValueError, match=r"t: expected a torch\.long tensor of shape \(3,\)"):
        forward(small_unet(), batch[0], batch[1][:1])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"image_shape": (1, 7, 8), "fold": 1}, r"divisible by 2, got \(1, 7, 8\)"),
        ({"image_shape": (1, 6, 6)}, r"divisible by 4, got \(1, 6, 6\)"),
        ({"channels": (12, 24)}, r"multiples of 8, .* got \(12, 24\)"),
    ],
)
def test_an_impossible_architecture_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        UNet(**wrong)


def test_a_gradient_reaches_every_parameter_after_two_steps(batch):
    # the first step moves the head off zero, the second the last layers of the blocks
    unet, labels = small_unet(), torch.tensor([0, 1, 10])
    optimizer = torch.optim.SGD(unet.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.step()  # at first without gradients, that is, nothing
        optimizer.zero_grad()
        (unet(*batch, labels) - batch[0]).square().mean().backward()
    assert [name for name, parameter in unet.named_parameters() if not parameter.grad.any()] == []


def test_a_network_made_again_from_its_config_has_the_same_parameters():
    unet = small_unet(num_classes=3)
    assert nn.Module.load_state_dict(UNet(**unet.config), unet.state_dict()).missing_keys == []
