from itertools import pairwise

import pytest

from ddpm_edu.figures.canvas import new_figure
from ddpm_edu.figures.network import boxes, draw_unet, unet_diagram


SHAPES = {
    "in": (1, 8, 8),
    "down": (16, 8, 8),
    "deep": (32, 4, 4),
    "up": (16, 8, 8),
    "out": (1, 8, 8),
}
SKIPS = [("down", "up")]


@pytest.fixture
def axes():
    axes = new_figure()[1]
    draw_unet(axes, SHAPES, SKIPS)
    return axes


def test_every_part_is_named_with_its_shape(axes):
    assert [text.get_text() for text in axes.texts if text.get_text()] == [
        "in\n1×8×8",
        "down\n16×8×8",
        "deep\n32×4×4",
        "up\n16×8×8",
        "out\n1×8×8",
    ]


def test_an_arrow_leads_from_each_part_to_the_next_and_along_each_skip(axes):
    arrows = [text for text in axes.texts if not text.get_text()]
    assert [arrow.arrow_patch.get_linestyle() for arrow in arrows] == ["-"] * 4 + ["--"]
    place, (down, up) = boxes(SHAPES), SKIPS[0]
    for end, name in ((arrows[-1].xyann, down), (arrows[-1].xy, up)):
        left, _, width, _ = place[name]
        assert end[0] == pytest.approx(left + width / 2)


def test_boxes_show_what_the_parts_give():
    places = [*boxes(SHAPES).values()]
    assert [height for *_, height in places] == [8, 8, 4, 8, 8]
    widths = [width for _, _, width, _ in places]
    assert widths[0] == widths[4] < widths[1] == widths[3] < widths[2]
    assert all(a[0] + a[2] < b[0] for a, b in pairwise(places)), "boxes overlap"
    assert places[2][1] + places[2][3] < places[1][1], "low resolutions lie below"


def test_everything_lies_within_the_axes(axes):
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    for x, y, width, height in boxes(SHAPES).values():
        assert left < x and x + width < right and low < y and y + height < high


def test_the_figure_is_a_picture_with_its_text():
    image = unet_diagram(SHAPES, SKIPS, "five boxes in the shape of a U")
    assert image.data.startswith(b"\x89PNG")
    assert image.alt == "five boxes in the shape of a U"


def test_a_skip_between_unknown_parts_is_an_error():
    with pytest.raises(KeyError, match="sideways"):
        unet_diagram(SHAPES, [("down", "sideways")], "never drawn")
