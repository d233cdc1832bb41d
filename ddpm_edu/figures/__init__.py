"""Every matplotlib call of the course: one call a figure, each with a text that says what it shows.

The palette (Okabe & Ito 2008) survives colour blindness, and no curve is told by its colour alone; the background is
opaque, so that axes can be read on dark pages too.
"""

from ddpm_edu.figures.images import image_rows
from ddpm_edu.figures.lines import bars, comparison, curves, histograms, panels
from ddpm_edu.figures.live import LivePanels
from ddpm_edu.figures.planes import heat, paths, scatter


__all__ = [
    "LivePanels",
    "bars",
    "comparison",
    "curves",
    "heat",
    "histograms",
    "image_rows",
    "panels",
    "paths",
    "scatter",
]
