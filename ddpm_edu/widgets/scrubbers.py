"""Widgets that show what was computed before: states of a sampler, samples under guidance."""

import torch

from ddpm_edu import figures
from ddpm_edu.widgets.core import explore, tiles


def reverse_scrubber(runs, times, alt):
    """Scrub through kept states; several runs, such as with clipping and without, share the slider.

    Args:
        runs: name -> list of (N, 1, H, W) images in [-1, 1], in the order made.
        times: the time of each state.
        alt: what the pictures show.
    """
    # each frame is a sheet with a row of images for each run
    frames = {t: torch.cat(states) for t, *states in zip(times, *runs.values(), strict=True)}
    columns = len(next(iter(runs.values()))[0])
    caption = next(iter(runs))
    if len(runs) > 1:
        caption = "; ".join(f"row {row}: {name}" for row, name in enumerate(runs, 1))
    still = figures.image_rows({name: states[-1] for name, states in runs.items()}, alt)
    scrub("t", frames, {t: f"t = {t}; {caption}" for t in times}, times[-1], columns, still, alt)


def guidance_slider(samples, alt):
    """Turn guidance up and down with a slider.

    Args:
        samples: w -> (N, 1, H, W) images made with that guidance from the same noise.
        alt: what the pictures show.
    """
    still = figures.image_rows({f"w = {w:g}": images for w, images in samples.items()}, alt)
    captions = {w: f"guidance w = {w:g}" for w in samples}
    first, columns = next(iter(samples)), len(next(iter(samples.values())))
    scrub("w", samples, captions, first, columns, still, alt)


def scrub(name, frames, captions, first, columns, still, alt):
    """Show one of several sheets of images, all drawn beforehand, so that the slider moves fast."""
    import ipywidgets

    pages = {value: (tiles(images, columns), captions[value]) for value, images in frames.items()}
    options = [(f"{value:g}", value) for value in pages]
    slider = ipywidgets.SelectionSlider(options=options, value=first, description=name)
    explore({name: slider}, lambda **chosen: pages[chosen[name]], still.data, alt)
