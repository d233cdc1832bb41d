"""Widgets that show what was computed before: states of a sampler, samples under guidance."""

import torch

from ddpm_edu import figures
from ddpm_edu.widgets.core import explore, tiles


def reverse_scrubber(runs, times, alt):
    """Scrub through kept states; several runs, as with clipping and without, lie one below the other.

    Args:
        runs: name -> list of (N, 1, H, W) images in [-1, 1], in the order made.
        times: the time of each state.
        alt: what the pictures show.
    """
    frames = {t: torch.cat(states) for t, *states in zip(times, *runs.values(), strict=True)}
    columns = len(next(iter(runs.values()))[0])
    caption = "; ".join(f"row {row}: {name}" for row, name in enumerate(runs, 1)) if len(runs) > 1 else next(iter(runs))
    still = figures.image_rows({name: states[-1] for name, states in runs.items()}, alt)
    scrub("t", frames, {t: f"t = {t}; {caption}" for t in times}, times[-1], columns, still, alt)


def guidance_slider(samples, alt):
    """Turn guidance up and down.

    Args:
        samples: w -> (N, 1, H, W) images made with that guidance from the same noise.
        alt: what the pictures show.
    """
    still = figures.image_rows({f"w = {w:g}": images for w, images in samples.items()}, alt)
    captions = {w: f"guidance w = {w:g}" for w in samples}
    scrub("w", samples, captions, next(iter(samples)), len(next(iter(samples.values()))), still, alt)


def scrub(name, frames, captions, first, columns, still, alt):
    """Show one of some sheets of images, made before, so that nothing is computed while the slider moves."""
    import ipywidgets

    pages = {value: (tiles(images, columns), captions[value]) for value, images in frames.items()}
    options = [(f"{value:g}", value) for value in pages]
    slider = ipywidgets.SelectionSlider(options=options, value=first, description=name)
    explore({name: slider}, lambda **chosen: pages[chosen[name]], still.data, alt)
