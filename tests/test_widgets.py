"""Widgets without a browser (tests/browser has one): pictures follow controls, beside stills."""

import base64
import io

import ipywidgets
import pytest
import torch
from PIL import Image

from ddpm_edu import NoiseSchedule, cosine_schedule, linear_schedule, sample_q, widgets


SCHEDULE = NoiseSchedule(linear_schedule(20, 0.02, 0.3))
IMAGES = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
ALIVE = ipywidgets.widgets.widget._instances  # of this process, by the identity that a page gets
ALT = "A text of more than twenty characters."


@pytest.fixture
def shown(monkeypatch):
    """Return a way to make a widget: (its box, its still PNG, its text)."""
    caught = []

    def show(make):
        monkeypatch.setattr(
            "IPython.display.display",
            lambda *bundle, **options: caught.append((bundle[0], options)),
        )
        make()
        bundle, options = caught[-1]
        identity = bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
        assert options["metadata"]["image/png"]["alt"] == bundle["text/plain"] == ALT
        assert f'<img alt="{ALT}"' in bundle["text/html"]
        return ALIVE[identity], base64.b64decode(bundle["image/png"])

    return show


def parts(box):
    """Return the controls, the picture and the caption."""
    *controls, picture, caption = box.children
    return controls, picture, caption


MAKERS = {
    "forward": lambda: widgets.forward_scrubber(
        IMAGES, {"linear": SCHEDULE, "cosine": NoiseSchedule(cosine_schedule(20))}, ALT
    ),
    "schedule": lambda: widgets.schedule_editor(ALT),
    "posterior": lambda: widgets.posterior_explorer(SCHEDULE, ALT),
    "reverse": lambda: widgets.reverse_scrubber(
        {"a": [IMAGES, IMAGES / 2], "b": [IMAGES, IMAGES]}, [1, 0], ALT
    ),
    "guidance": lambda: widgets.guidance_slider({0.0: IMAGES, 1.5: -IMAGES}, ALT),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_every_control_changes_picture_and_caption(shown, make):
    box, still = shown(make)
    controls, picture, caption = parts(box)
    assert Image.open(io.BytesIO(still)).width >= 300
    for control in controls:
        before, said = picture.value, caption.value
        if isinstance(control, ipywidgets.SelectionSlider | ipywidgets.Dropdown):
            control.index = (control.index + 1) % len(control.options)
        else:
            control.value = control.value / 2
        assert picture.value != before
        assert caption.value != said


def test_the_forward_scrubber_shows_the_noised_images(shown):
    box, _ = shown(MAKERS["forward"])
    (_, t), picture, caption = parts(box)
    t.value = 20
    noise = torch.randn(IMAGES.shape, generator=torch.Generator().manual_seed(0))
    assert picture.value == widgets.core.tiles(
        sample_q(IMAGES, torch.full((3,), 20), SCHEDULE, noise)
    )
    assert f"√ᾱ = {SCHEDULE.alphas_bar[20].sqrt():.4f}" in caption.value
    t.value = 0
    assert picture.value == widgets.core.tiles(IMAGES)


def test_the_posterior_explorer_says_mean_and_deviation(shown):
    box, _ = shown(MAKERS["posterior"])
    (x_0, x_t, t), _, caption = parts(box)
    x_0.value, x_t.value, t.value = 0.5, -1.0, 20
    a, b, s = (
        getattr(SCHEDULE, name).double() for name in ("alphas", "alphas_bar", "posterior_variance")
    )
    mean = (b[19].sqrt() * (1 - a[20]) * 0.5 - a[20].sqrt() * (1 - b[19])) / (1 - b[20])
    assert caption.value == f"posterior: mean {mean:.3f}, standard deviation {s[20].sqrt():.3f}"


def test_the_schedule_editor_finds_where_signal_and_noise_are_equal(shown):
    box, _ = shown(MAKERS["schedule"])
    assert parts(box)[2].value.endswith("SNR is 1 at t = 260")


def test_scrubbers_show_the_state_of_the_time_chosen(shown):
    box, _ = shown(MAKERS["reverse"])
    (t,), picture, caption = parts(box)
    assert t.value == 0 and picture.value == widgets.core.tiles(torch.cat([IMAGES / 2, IMAGES]), 3)
    t.value = 1
    assert picture.value == widgets.core.tiles(torch.cat([IMAGES, IMAGES]), 3)
    assert caption.value == "t = 1; row 1: a; row 2: b"


@pytest.fixture
def verdict(monkeypatch):
    """Return a prediction, and a function that reads what is said of it."""
    bundles = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, **options: bundles.append(bundle))
    guess = widgets.Prediction("up", "down <b>")
    guess.compare("up", {"up": "it does", "down <b>": "it cannot"})
    identity = bundles[1]["application/vnd.jupyter.widget-view+json"]["model_id"]
    return guess, lambda: ALIVE[identity].value, bundles


def test_a_prediction_is_answered_either_way_and_may_change(verdict):
    guess, said, bundles = verdict
    assert said() == "<p>Choose above what you expect: your choice is then compared here.</p>"
    assert bundles[1]["text/html"].startswith("<details>") and "it does" in bundles[1]["text/html"]
    guess.radio.value = "down <b>"
    assert "✗ You predicted <b>down &lt;b&gt;</b>: it cannot" in said() and "it does" in said()
    guess.radio.value = "up"
    assert said() == "<p>✓ You predicted <b>up</b>: it does</p>"
    assert bundles[0]["text/html"] == "<ul><li>up</li><li>down &lt;b&gt;</li></ul>"
    assert bundles[1]["text/plain"] == "✓ up: it does\n✗ down <b>: it cannot"


@pytest.mark.parametrize(
    "right, because", [("sideways", {"up": "", "down <b>": ""}), ("up", {"up": ""})]
)
def test_reasons_must_fit_the_options(verdict, right, because):
    with pytest.raises(
        ValueError, match=r"because: expected a reason for each of \['up', 'down <b>'\], got"
    ):
        verdict[0].compare(right, because)
