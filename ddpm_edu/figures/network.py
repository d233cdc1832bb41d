"""A U-Net as a diagram of boxes, drawn from the shapes that a real one has."""

import functools
import itertools

from ddpm_edu.figures.canvas import GREY, PALETTE, new_figure, picture


def unet_diagram(shapes, skips, alt):
    """Draw the parts of a U-Net from left to right, low resolutions below, and return the picture.

    Args:
        shapes: name -> (channels, height, width) of the part's output, in the order of the data.
        skips: pairs of names; the output of the first is also an input of the second.
        alt: what the figure shows.
    """
    figure, axes = new_figure(9.6, 3.4)
    draw_unet(axes, shapes, skips)
    return picture(figure, alt)


def watch(model, x_t, t):
    """Call a network; return what each of its parts got first, and what it gave, by its name.

    Args:
        model: a torch module; its own name is "".
        x_t: (B, C, H, W) images.
        t: (B,) their times.
    """
    got, gave = {}, {}

    def keep(name, part, inputs, output):
        got[name], gave[name] = inputs[0], output

    hooks = [
        part.register_forward_hook(functools.partial(keep, name))
        for name, part in model.named_modules()
    ]
    model(x_t, t)
    for hook in hooks:
        hook.remove()
    return got, gave


def draw_unet(axes, shapes, skips):
    """Draw the boxes, an arrow from each to the next, and a dashed one for each skip."""
    places = boxes(shapes)
    for name, (left, bottom, width, height) in places.items():
        axes.add_patch(box(left, bottom, width, height))
        label(axes, left + width / 2, bottom, name, shapes[name])
    for start, end in itertools.pairwise(places.values()):
        arrow(axes, middle(start, right=True), middle(end), GREY, "-")
    for first, second in skips:
        arrow(axes, top(places[first]), top(places[second]), PALETTE[1], "--", bend=-0.22)
    lefts, bottoms, widths, heights = zip(*places.values(), strict=True)
    rights = map(sum, zip(lefts, widths, strict=True))
    tops = map(sum, zip(bottoms, heights, strict=True))
    # room for the labels below the boxes and for the bent arrows above them
    axes.set(xlim=(min(lefts) - 0.3, max(rights) + 0.3), ylim=(min(bottoms) - 8, max(tops) + 11))
    axes.axis("off")


def boxes(shapes):
    """Return (left, bottom, width, height) of each box: high images, wide for many channels."""
    levels = sorted({height for _, height, _ in shapes.values()}, reverse=True)
    # the highest stand on 0; each lower resolution hangs below the last one, with room for labels
    floor = {levels[0]: 0}
    for above, level in itertools.pairwise(levels):
        floor[level] = floor[above] - (level + 14)
    most = max(channels for channels, _, _ in shapes.values())
    places = {}
    for number, (name, (channels, height, _)) in enumerate(shapes.items()):
        width = 0.1 + 0.4 * channels / most
        places[name] = (number - width / 2, floor[height], width, height)
    return places


def box(left, bottom, width, height):
    from matplotlib.patches import Rectangle

    return Rectangle(
        (left, bottom), width, height, facecolor=PALETTE[5], edgecolor=PALETTE[0], linewidth=1
    )


def label(axes, x, y, name, shape):
    text = f"{name}\n" + "×".join(map(str, shape))
    axes.text(x, y - 1, text, ha="center", va="top", fontsize=8, linespacing=1.3)


def arrow(axes, start, end, colour, style, bend=0.0):
    how = {
        "arrowstyle": "->",
        "color": colour,
        "linestyle": style,
        "connectionstyle": f"arc3,rad={bend}",
    }
    axes.annotate("", end, start, arrowprops={**how, "shrinkA": 1, "shrinkB": 1, "linewidth": 1.3})


def middle(place, right=False):
    left, bottom, width, height = place
    return left + width * right, bottom + height / 2


def top(place):
    left, bottom, width, height = place
    return left + width / 2, bottom + height
