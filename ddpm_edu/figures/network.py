"""A U-Net as a diagram of boxes, drawn from the shapes that a real one has."""

from ddpm_edu.figures.canvas import GREY, PALETTE, new_figure, picture


def unet_diagram(shapes, skips, alt):
    """Draw what each part of a U-Net gives, from left to right, low resolutions below; returns the picture.

    Args:
        shapes: name -> (channels, height, width) of what the part gives, in the order of the data.
        skips: pairs of names; what the first gives is also an input of the second.
        alt: what the figure shows.
    """
    figure, axes = new_figure(9.6, 3.4)
    draw_unet(axes, shapes, skips)
    return picture(figure, alt)


def draw_unet(axes, shapes, skips):
    """Draw the boxes, an arrow from each to the next, and a dashed one for each skip."""
    places = boxes(shapes)
    for name, (left, bottom, width, height) in places.items():
        axes.add_patch(box(left, bottom, width, height))
        label(axes, left + width / 2, bottom, name, shapes[name])
    for (_, start), (_, end) in zip([*places.items()][:-1], [*places.items()][1:], strict=True):
        arrow(axes, middle(start, right=True), middle(end), GREY, "-")
    for first, second in skips:
        arrow(axes, top(places[first]), top(places[second]), PALETTE[1], "--", bend=-0.22)
    ends = [corner for x, y, width, height in places.values() for corner in ((x, y - 8), (x + width, y + height))]
    axes.set(xlim=(min(x for x, _ in ends) - 0.3, max(x for x, _ in ends) + 0.3))
    axes.set(ylim=(min(y for _, y in ends), max(y for _, y in ends) + 11))
    axes.axis("off")


def boxes(shapes):
    """Give (left, bottom, width, height) of each box: as high as the image, wider for more channels."""
    levels = sorted({height for _, height, _ in shapes.values()}, reverse=True)
    floor = {level: -sum(below + 14 for below in levels[1 : number + 1]) for number, level in enumerate(levels)}
    most = max(channels for channels, _, _ in shapes.values())
    return {
        name: (number - share / 2, floor[height], share, height)
        for number, (name, (channels, height, _)) in enumerate(shapes.items())
        for share in [0.1 + 0.4 * channels / most]
    }


def box(left, bottom, width, height):
    from matplotlib.patches import Rectangle

    return Rectangle((left, bottom), width, height, facecolor=PALETTE[5], edgecolor=PALETTE[0], linewidth=1)


def label(axes, x, y, name, shape):
    text = f"{name}\n" + "×".join(map(str, shape))
    axes.text(x, y - 1, text, ha="center", va="top", fontsize=8, linespacing=1.3)


def arrow(axes, start, end, colour, style, bend=0.0):
    how = {"arrowstyle": "->", "color": colour, "linestyle": style, "connectionstyle": f"arc3,rad={bend}"}
    axes.annotate("", end, start, arrowprops={**how, "shrinkA": 1, "shrinkB": 1, "linewidth": 1.3})


def middle(place, right=False):
    left, bottom, width, height = place
    return left + width * right, bottom + height / 2


def top(place):
    left, bottom, width, height = place
    return left + width / 2, bottom + height
