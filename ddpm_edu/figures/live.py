"""Curves that follow a slider: only what moves is drawn anew, the rest is copied."""

import io

import numpy as np
import torch

from ddpm_edu.figures.canvas import new_grid
from ddpm_edu.figures.lines import draw_curves


class LivePanels:
    """Panels as in `panels` that `draw` draws with new values; the axes stay as they are.

    Args:
        x: (N,) positions.
        parts: title -> {name: (N,) first values}.
        xlabel: of all panels.
        limits: title -> (low, high) of y; other panels keep the limits of the first values.
        ylog: titles of the panels with a logarithmic y.
    """

    def __init__(self, x, parts, xlabel, limits=None, ylog=()):
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        figure, grid = new_grid(9.6, 3.0, 1, len(parts))
        self.lines = {}
        for axes, (title, ys) in zip(grid[0], parts.items(), strict=True):
            draw_curves(axes, x, ys)
            axes.set(xlabel=xlabel, yscale="log" if title in ylog else "linear")
            axes.set_ylim((limits or {}).get(title))
            axes.set_title(title, fontsize=10)
            self.lines |= {(title, line.get_label()): line for line in axes.lines}
        for line in self.lines.values():
            line.set_animated(True)  # not drawn by canvas.draw(), only by draw_artist
        self.canvas = FigureCanvasAgg(figure)
        figure.set_dpi(100)
        self.canvas.draw()  # lays everything out, which takes most of the time
        self.still_parts = self.canvas.copy_from_bbox(figure.bbox)

    def draw(self, parts) -> bytes:
        """Return the PNG for new values, {title: {name: (N,)}}; what is not named stays."""
        from PIL import Image

        for title, ys in parts.items():
            for name, y in ys.items():
                self.lines[title, name].set_ydata(torch.as_tensor(y))
        self.canvas.restore_region(self.still_parts)
        for line in self.lines.values():
            line.axes.draw_artist(line)
        content = io.BytesIO()
        pixels = Image.fromarray(np.asarray(self.canvas.buffer_rgba()))
        pixels.convert("RGB").save(content, "PNG", compress_level=1)
        return content.getvalue()
