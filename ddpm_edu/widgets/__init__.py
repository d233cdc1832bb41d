"""Every ipywidgets call of the course.

A widget has three parts: controls, a function from their values to a PNG and a caption, and a still
picture for pages without a kernel. All controls can be reached with Tab; sliders move
with the arrow keys, choices are made with Space.
"""

from ddpm_edu.widgets.explorers import forward_scrubber, posterior_explorer, schedule_editor
from ddpm_edu.widgets.prediction import Prediction, fold
from ddpm_edu.widgets.scrubbers import guidance_slider, reverse_scrubber


__all__ = [
    "Prediction",
    "fold",
    "forward_scrubber",
    "guidance_slider",
    "posterior_explorer",
    "reverse_scrubber",
    "schedule_editor",
]
