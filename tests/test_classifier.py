"""The classifier that measures samples: good, frozen, not taken for a model of images."""

import json

import pytest
import torch

from ddpm_edu import load_classifier, load_guided_features, load_images, load_pretrained
from ddpm_edu.classifier import Classifier
from ddpm_edu.data import ASSETS
from ddpm_edu.pretrained import read_safetensors, shipped
from tools import make_guided


@pytest.fixture(scope="module")
def classifier():
    return load_classifier("mnist5k")


def test_it_names_images_it_never_saw_as_well_as_its_card_says(classifier):
    images, labels = load_images("mnist5k", split="test")
    accuracy = (classifier(images).argmax(1) == labels).double().mean().item()
    assert accuracy >= 0.975
    # another machine rounds otherwise
    assert accuracy == pytest.approx(classifier.card["accuracy"], abs=0.0015)


def test_its_file_is_small_and_described(classifier):
    assert (ASSETS / "mnist5k-classifier.safetensors").stat().st_size < 300_000
    row = "| mnist5k | `{command}` | {seed} | {steps} | {accuracy:.1%} |".format(**classifier.card)
    assert row in (ASSETS / "README.md").read_text()


def test_its_features_are_what_its_head_reads(classifier, generator):
    images = torch.randn(3, 1, 28, 28, generator=generator)
    features = classifier.features(images)
    assert features.shape == (3, classifier.config["num_features"])
    assert torch.equal(classifier.head(features), classifier(images))


def test_it_is_frozen_yet_images_may_learn_from_it(classifier):
    assert not classifier.training
    assert not any(parameter.requires_grad for parameter in classifier.parameters())
    images = torch.zeros(1, 1, 28, 28, requires_grad=True)
    classifier(images).logsumexp(1).sum().backward()
    assert images.grad.abs().max() > 0


@pytest.mark.parametrize("image_shape", [(1, 28, 28), (3, 32, 32), (1, 8, 8)])
def test_images_of_any_shape_have_features(image_shape):
    network = Classifier(image_shape, (8, 8), 5, 4)
    assert network.features(torch.zeros(2, *image_shape)).shape == (2, 5)
    assert network(torch.zeros(2, *image_shape)).shape == (2, 4)


def test_every_device_gives_the_same(device, classifier):
    images, _ = load_images("mnist5k", split="test")
    there = load_classifier("mnist5k", device.type).features(images[:8].to(device))
    torch.testing.assert_close(there.cpu(), classifier.features(images[:8]), rtol=1e-3, atol=1e-3)


def test_a_classifier_is_not_a_model_and_a_model_is_not_a_classifier():
    with pytest.raises(ValueError, match=r"weights: expected one of digits, mnist5k \(did"):
        load_pretrained("mnist5k-classifier")
    with pytest.raises(ValueError, match=r"weights: expected one of mnist5k.*, got 'digits'"):
        load_classifier("digits")


def test_the_features_of_guided_samples_are_those_of_the_weights_that_are_shipped():
    _, notes = read_safetensors(shipped("mnist5k", "guided"))
    card = json.loads(notes["card"])
    made_with = {what: card[what] for what in make_guided.USED}
    assert made_with == make_guided.digests(), f"other weights: run {card['command']}"
    assert [*load_guided_features("mnist5k")] == [*make_guided.GUIDANCE]


@pytest.mark.slow
def test_guided_samples_drawn_again_have_the_features_that_are_kept(classifier, monkeypatch):
    whole = torch.randn(300, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    monkeypatch.setattr(torch, "randn", lambda *_, **__: whole[:4].clone())
    *_, again = make_guided.drawn(load_pretrained("mnist5k"), 1.0, samples=4)
    kept = load_guided_features("mnist5k")[1.0][:4]
    torch.testing.assert_close(classifier.features(again.clamp(-1, 1)), kept, rtol=0.02, atol=0.05)
