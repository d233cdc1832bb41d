"""Every ipywidgets call of the course. Each widget has a static picture beside it for pages without a kernel."""

from ddpm_edu.figures import image_rows


def reverse_scrubber(states, times, alt):
    """Scrub through kept states with a slider (arrow keys work); shows the last state where nothing runs.

    Args:
        states: list of (N, 1, H, W) images in [-1, 1], in the order made.
        times: the time of each state.
        alt: what the pictures show.
    """
    import ipywidgets

    frames = [image_rows({f"t = {t}": state}, alt).data for t, state in zip(times, states, strict=True)]
    picture = ipywidgets.Image(value=frames[-1], format="png")
    slider = ipywidgets.SelectionSlider(
        options=[(str(t), index) for index, t in enumerate(times)], index=len(times) - 1, description="t",
        continuous_update=True,
    )  # fmt: skip
    slider.observe(lambda change: setattr(picture, "value", frames[change["new"]]), "value")
    show(ipywidgets.VBox([slider, picture]), frames[-1], alt)


def show(widget, png, alt):
    """Display a widget with the picture that stands for it on pages without a kernel."""
    import base64

    from IPython.display import display

    bundle = widget._repr_mimebundle_() | {"image/png": base64.b64encode(png).decode(), "text/plain": alt}
    display(bundle, metadata={"image/png": {"alt": alt}}, raw=True)
