"""What all figures share: colours, an empty figure, and the PNG that it becomes."""

import base64
import html
import io


PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")
GREY = "#767676"
WIDTH = 7.0  # inches; at 100 dots each, what a notebook shows without scaling


def empty_figure(width: float, height: float):
    """Make a figure outside pyplot, whose global state would keep it alive."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def new_figure(width: float = WIDTH, height: float = 3.2):
    """Make a figure and its axes."""
    figure = empty_figure(width, height)
    return figure, figure.subplots()


def new_grid(width: float, height: float, rows: int, columns: int):
    """Make a figure and a table of axes, (rows, columns)."""
    figure = empty_figure(width, height)
    return figure, figure.subplots(rows, columns, squeeze=False)


def png(figure) -> bytes:
    """Render a figure as the bytes of a PNG, in at most 256 colours.

    That is a third of the size, and no eye sees the difference.
    """
    from PIL import Image

    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=100)
    with Image.open(drawn) as image:
        few_colours = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few_colours.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def picture(figure, alt):
    """Render a figure as a picture for a notebook, with a text for those who cannot see it."""
    from IPython.display import Image

    data = png(figure)

    class Picture(Image):
        # JupyterLab shows a PNG without its alt text, and prefers HTML, which has one.
        def _repr_html_(self):
            return image_html(data, alt)

    return Picture(data, alt=alt, format="png")


def image_html(png: bytes, alt: str) -> str:
    """Return a PNG as HTML with its alt text, no wider than its page."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return f'<img alt="{html.escape(alt)}" src="{source}" style="max-width:100%">'


def looks(number):
    """Return colour, line style and marker of the n-th thing drawn, each distinct on its own."""
    return PALETTE[number % 6], STYLES[number % 6], MARKERS[number % 6]
