"""What all widgets share: controls, a picture that follows them, and a still one for pages without a kernel."""

import base64
import io

from ddpm_edu.pictures import sheet


def explore(controls, draw, still, alt):
    """Join controls, picture and caption, and show them with the picture that stands for them.

    Args:
        controls: name -> widget with a value.
        draw: called with the values by name; gives a PNG and a caption.
        still: PNG for pages without a kernel.
        alt: what is seen.
    """
    import ipywidgets

    picture, caption = ipywidgets.Image(format="png"), ipywidgets.Label()

    def update(_=None):
        picture.value, caption.value = draw(**{name: control.value for name, control in controls.items()})

    for control in controls.values():
        control.layout.width = "min(100%, 32em)"
        control.observe(update, "value")
    update()
    box = ipywidgets.VBox([*controls.values(), picture, caption])
    display_both(box, {"image/png": base64.b64encode(still).decode(), "text/plain": alt}, {"image/png": {"alt": alt}})


def display_both(widget, still, metadata=None):
    """Display a widget, with what stands for it on pages without a kernel."""
    from IPython.display import display

    display(widget._repr_mimebundle_() | still, metadata=metadata, raw=True)


def tiles(images, columns=None):
    """Give the PNG of a sheet of images."""
    content = io.BytesIO()
    sheet(images, columns or len(images)).save(content, "PNG")
    return content.getvalue()
