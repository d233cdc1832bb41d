"""Errors of torch are told in the learner's terms, with the line; other errors stay as they are."""

import math

import pytest
import torch
from torch.nn.functional import embedding

from ddpm_edu.checks import run_check
from ddpm_edu.checks.judging.torch_errors import MEANINGS, explain
from ddpm_edu.checks.worker.observation import Failure, FailureKind
from ddpm_edu.unet import timestep_embedding


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
LINEAR = torch.nn.Linear(3, 3)


def backward_twice():
    loss = torch.ones(2, requires_grad=True).square().sum()
    loss.backward()
    loss.backward()


def in_place_on_a_leaf():
    torch.ones(2, requires_grad=True).add_(1)


def in_place_on_what_backward_needs():
    y = torch.ones(2, requires_grad=True).exp()
    y.add_(1).sum().backward()


def on_two_devices():
    found = "but found at least two devices, cuda:0 and cpu!"
    raise RuntimeError(f"Expected all tensors to be on the same device, {found}")


RAISING = {
    "of different dtypes meet": lambda: LINEAR(torch.ones(2, 3, dtype=torch.float64)),
    "float32 and float64": lambda: torch.nn.Conv2d(1, 1, 1)(torch.ones(1, 1, 2, 2).double()),
    "do not broadcast": lambda: torch.ones(2, 3) + torch.ones(2, 4),
    "in_features": lambda: LINEAR(torch.ones(2, 4)),
    "Channels are dim=1": lambda: torch.cat([torch.ones(2, 3), torch.ones(1, 4)]),
    "-1 stands for": lambda: torch.ones(6).reshape(4, 2),
    "not hold the same numbers": lambda: torch.ones(6).expand(2, 3),
    "another number of channels": lambda: torch.nn.Conv2d(3, 4, 1)(torch.ones(1, 2, 4, 4)),
    "number of channels than": lambda: torch.nn.GroupNorm(2, 4)(torch.ones(1, 6, 2, 2)),
    "called twice on one graph": backward_twice,
    "can learn": lambda: torch.ones(2).sum().backward(),
    "with torch.no_grad()": in_place_on_a_leaf,
    "backward() still needs": in_place_on_what_backward_needs,
    "starts at one number": lambda: torch.ones(2, requires_grad=True).backward(),
    "device=x.device": on_two_devices,
    "T + 1 entries": lambda: torch.ones(3)[torch.tensor([5])],
    "beyond its end": lambda: embedding(torch.tensor([9]), torch.ones(3, 2)),
    "whole numbers, such as times": lambda: torch.ones(3)[torch.tensor([1.0])],
    "no gradients": lambda: torch.ones(2, requires_grad=True).numpy(),
    "torch.where": lambda: bool(torch.ones(2)),
    "number by number": lambda: torch.ones(2).item(),
    "logarithm of 0": lambda: torch.linalg.eig(torch.full((2, 2), math.nan)),
    "unfolds it after the head": lambda: torch.nn.functional.pixel_shuffle(torch.ones(1, 2, 2), 2),
    "a model's weights": lambda: 0.5 * LINEAR,
    "number ** 0.5": lambda: torch.sqrt(2.0),
}


@pytest.mark.parametrize("words", RAISING)
def test_an_error_of_torch_is_explained_with_its_line(words):
    def snr(t, schedule):
        RAISING[words]()

    report = run_check("snr", snr)
    assert report.status == "crashed"
    assert "That means in line" in report.feedback
    assert words in report.feedback.split("That means in line")[1]


def test_every_meaning_is_tried():
    assert len(RAISING) >= len(MEANINGS)


@pytest.mark.parametrize("error", [ValueError("beta is large"), KeyError("eps"), RuntimeError()])
def test_an_error_that_is_not_known_stays_as_it_is(error):
    assert explain(Failure(FailureKind.RAISED, str(error), type(error).__name__)) == ""


def test_a_sentence_of_the_check_itself_is_not_explained():
    failure = Failure(FailureKind.PROCESS_ENDED, "index out of range")
    assert explain(failure) == ""


def test_in_float32_another_mistake_shows_beside_an_embedding_that_was_not_cast():
    def unet_forward(unet, x_t, t):
        e = unet.time_mlp(timestep_embedding(t, unet.time_dim)) + unet.embed_labels(t, None)
        stem = unet.stem(torch.nn.functional.pixel_unshuffle(x_t, unet.fold))
        skip_1 = unet.down_1(stem, e)
        skip_2 = unet.down_2(unet.downsample(skip_1), e)
        x = unet.middle(skip_2, e)  # without attention
        x = unet.up_2(torch.cat([x, skip_2], dim=1), e)
        x = unet.up_1(torch.cat([unet.upsample(x), skip_1], dim=1), e)
        return torch.nn.functional.pixel_shuffle(unet.head(x), unet.fold)

    report = run_check("unet_forward", unet_forward)
    assert report.status == "wrong"
    assert "First: float32: " in report.feedback and "values differ" in report.feedback
    assert any("of different dtypes meet" in (found or "") for _, found in report.cases)
