"""Figures: one call each, a PNG with a text, wide enough to read, no wider than a notebook."""

import html
import io

import pytest
import torch
from PIL import Image

from ddpm_edu import figures
from ddpm_edu.figures.canvas import PALETTE


X = torch.linspace(1, 2, 50)
IMAGES = torch.rand(3, 1, 4, 4)
ALT = "A text of more than twenty characters."
DRAWN = {
    "curves": lambda: figures.curves(
        X, {"a": X, "b": (X[:9], X[:9])}, "t", "y", ALT, True, True, [1.5], ["b"]
    ),
    "panels": lambda: figures.panels(X, {"one": {"a": X}, "two": {"b": X}}, "t", ALT, ylog=["two"]),
    "one panel": lambda: figures.panels(X, {"one": {"a": X}}, "t", ALT),
    "image_rows": lambda: figures.image_rows(
        {"r": IMAGES, "s": IMAGES[:2]}, ALT, column_titles="abc"
    ),
    "one image": lambda: figures.image_rows({"r": IMAGES[:1]}, ALT),
    "histograms": lambda: figures.histograms({"a": X}, {"distribution": (X, X)}, "x", ALT, bins=5),
    "bars": lambda: figures.bars({"a": 1.0, "b": 20.0}, "y", ALT, ylog=True),
    "scatter": lambda: figures.scatter(
        {"p": {"a": torch.rand(9, 2)}, "q": {"": torch.rand(9, 2)}}, ALT, lines=[0.5]
    ),
    "paths": lambda: figures.paths(
        X, {"p": torch.rand(50, 3), "q": torch.rand(50, 2)}, "t", "x", ALT, backwards=True
    ),
    "heat": lambda: figures.heat(
        torch.rand(3, 4), "x", "y", ALT, "scale", diverging=True, extent=(0, 1, 0, 1)
    ),
    "comparison": lambda: figures.comparison(X, X + 1, t=torch.arange(50)),
}


def pixels(png):
    return Image.open(io.BytesIO(png))


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_a_figure_is_an_opaque_png_of_notebook_width_with_its_text(draw):
    drawn = draw()
    image = pixels(drawn.data)
    assert drawn.alt and len(drawn.alt) > 20
    assert 300 <= image.width <= 960
    assert image.convert("RGBA").getchannel("A").getextrema() == (255, 255), (
        "see-through: unreadable on a dark page"
    )
    assert len(image.convert("L").getcolors()) > 2, "nothing is drawn"
    # JupyterLab shows the HTML of an output before its PNG, which has no alt text there
    assert f'alt="{html.escape(drawn.alt)}"' in drawn._repr_html_()


def luminance(colour):
    """Return the relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_first_colours_stand_out_from_white():
    for colour in PALETTE[:3]:  # WCAG 2.1, 1.4.11: 3 to 1 for graphics
        assert 1.05 / (luminance(colour) + 0.05) >= 3


def test_live_panels_draw_what_they_are_given_and_keep_their_axes():
    live = figures.LivePanels(X, {"p": {"fixed": X, "moves": X}}, "t")
    first = live.draw({})
    moved = live.draw({"p": {"moves": X * 0 + 1.5}})
    assert moved != first
    assert live.draw({"p": {"moves": X}}) == first
    assert pixels(first).size == pixels(moved).size == (960, 300)


def test_a_live_curve_that_is_not_there_is_an_error():
    live = figures.LivePanels(X, {"p": {"a": X}}, "t")
    with pytest.raises(KeyError, match="b"):
        live.draw({"p": {"b": X}})
