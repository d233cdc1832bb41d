"""Every matplotlib call of the course: one function call makes a figure and its text description.

The palette (Okabe & Ito 2008) can be told apart by the colour-blind, and no curve is marked by its
colour alone; the background is opaque, so that axes can be read on dark pages too.
"""

from ddpm_edu.figures.canvas import image_html
from ddpm_edu.figures.descriptions import described
from ddpm_edu.figures.images import image_rows
from ddpm_edu.figures.lines import bars, comparison, curves, histograms, panels
from ddpm_edu.figures.live import LivePanels
from ddpm_edu.figures.planes import heat, paths, scatter


__all__ = [
    "LivePanels",
    "bars",
    "comparison",
    "curves",
    "described",
    "heat",
    "histograms",
    "image_html",
    "image_rows",
    "panels",
    "paths",
    "scatter",
]
