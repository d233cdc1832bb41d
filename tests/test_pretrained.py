"""Shipped weights: small, described, good; damaged ones refused."""

import json

import pytest
import torch
from safetensors.torch import save_file

from ddpm_edu import (
    NoiseSchedule,
    UNet,
    compute_loss,
    cosine_schedule,
    load_images,
    load_model,
    load_pretrained,
    save_model,
)
from ddpm_edu.data import ASSETS
from ddpm_edu.training import stratified_timesteps


NAMES = ("digits", "mnist5k")


def test_the_shipped_weights_take_at_most_4_megabytes():
    assert sum(path.stat().st_size for path in ASSETS.glob("*.safetensors")) <= 4_000_000


@pytest.mark.parametrize("name", NAMES)
def test_a_pretrained_model_says_how_it_was_made(name):
    model = load_pretrained(name)
    assert not model.training
    assert model.schedule.num_timesteps == 1000
    assert {"command", "seed", "seconds", "steps", "loss"} <= set(model.card)
    assert f"| {name} | `{model.card['command']}`" in (ASSETS / "README.md").read_text()


@pytest.mark.parametrize(("name", "bound"), [("digits", 0.085), ("mnist5k", 0.030)])
def test_a_pretrained_model_predicts_the_noise_of_images_it_never_saw(name, bound):
    model, (images, labels) = load_pretrained(name), load_images(name, split="test")
    generator = torch.Generator().manual_seed(0)
    t = stratified_timesteps(len(images), model.schedule, generator)
    noise = torch.randn(images.shape, generator=generator)
    with torch.no_grad():
        assert compute_loss(model, images, t, model.schedule, noise) < bound
        told = compute_loss(lambda x_t, t: model(x_t, t, labels), images, t, model.schedule, noise)
        lied_to = compute_loss(
            lambda x_t, t: model(x_t, t, (labels + 1) % 10), images, t, model.schedule, noise
        )
    assert told < lied_to


def test_what_is_saved_is_loaded(tmp_path):
    torch.manual_seed(0)
    model, schedule = UNet((3, 8, 8), (8, 16), 1, 5), NoiseSchedule(cosine_schedule(50))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    save_model(model, schedule, tmp_path / "weights.safetensors", {"seed": 3})
    loaded = load_model(tmp_path / "weights.safetensors")
    x_t, t, labels = torch.randn(2, 3, 8, 8), torch.tensor([1, 50]), torch.tensor([0, 4])
    # another memory format, other sums
    torch.testing.assert_close(loaded(x_t, t, labels), model(x_t, t, labels))
    assert torch.equal(loaded.schedule.exact_betas, schedule.exact_betas)
    assert loaded.card == {"seed": 3}


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_file_cut_short_is_refused(share, tmp_path):
    content = (ASSETS / "digits.safetensors").read_bytes()
    path = tmp_path / "cut.safetensors"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(
        ValueError, match=r"cut.safetensors: expected a complete safetensors file, got: "
    ):
        load_model(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected a complete safetensors file, got"):
        load_model(tmp_path / "none.safetensors")


def test_other_tensors_are_refused(tmp_path):
    save_file({"weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="got tensors without architecture and schedule"):
        load_model(tmp_path / "other.safetensors")


@pytest.mark.parametrize("change", [{"channels": [16, 32]}, {"layers": 3}])
def test_weights_of_another_architecture_are_refused(change, tmp_path):
    model = UNet((1, 8, 8), (8, 16), 1)
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors["schedule.betas"] = NoiseSchedule(cosine_schedule(5)).exact_betas
    notes = {"architecture": json.dumps(model.config | change), "card": "{}"}
    save_file(tensors, tmp_path / "weights.safetensors", notes)
    with pytest.raises(ValueError, match="got another architecture"):
        load_model(tmp_path / "weights.safetensors")


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(
        ValueError, match=r"weights: expected one of digits, mnist5k .did you mean 'digits'"
    ):
        load_pretrained("digit")
