"""What all figures share: colours, an empty figure, and the PNG that it becomes."""

import io


PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")
GREY = "#767676"
WIDTH = 7  # inches; at 100 dots each, what a notebook shows without scaling


def new_figure(width=WIDTH, height=3.2, rows=None, columns=None):
    """Make a figure, and one pair of axes or a table of them; outside pyplot, whose global state keeps them alive."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    return figure, figure.subplots(rows, columns, squeeze=False) if rows else figure.subplots()


def png(figure) -> bytes:
    """Render a figure as the bytes of a PNG, in at most 256 colours: a third of the size, and no eye sees it."""
    from PIL import Image

    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=100)
    with Image.open(drawn) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def picture(figure, alt):
    """Render a figure as a picture that carries its text."""
    from IPython.display import Image

    return Image(png(figure), alt=alt, format="png")


def looks(number):
    """Give colour, line style and marker of the n-th thing drawn: each tells it apart by itself."""
    return PALETTE[number % 6], STYLES[number % 6], MARKERS[number % 6]
