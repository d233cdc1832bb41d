"""What all widgets share: controls, a picture that follows them, and a still one."""

import base64
import io

from ddpm_edu import figures
from ddpm_edu.pictures import sheet


def explore(controls, draw, still, alt):
    """Join controls, picture and caption, and show them with the picture that stands for them.

    Args:
        controls: name -> widget with a value.
        draw: called with the values by name; returns a PNG and a caption.
        still: PNG for pages without a kernel.
        alt: what the picture shows.
    """
    import ipywidgets

    picture, caption = described_image(alt), ipywidgets.Label()

    def update(_=None):
        values = {name: control.value for name, control in controls.items()}
        picture.value, caption.value = draw(**values)

    for control in controls.values():
        control.layout.width = "min(100%, 32em)"
        control.observe(update, "value")
    update()
    box = ipywidgets.VBox([*controls.values(), picture, caption])
    in_its_place = {
        "text/html": figures.image_html(still, alt),
        "image/png": base64.b64encode(still).decode(),
        "text/plain": alt,
    }
    display_both(box, in_its_place, {"image/png": {"alt": alt}})


def described_image(alt):
    """Return a widget for a PNG whose tooltip screen readers read: alt texts it does not know."""
    import ipywidgets
    from traitlets import Unicode

    class DescribedImage(ipywidgets.Image):
        description = Unicode("").tag(sync=True)  # the page looks for it before it sets a tooltip

    return DescribedImage(format="png", tooltip=alt)


def display_both(widget, still, metadata=None):
    """Display a widget, and on pages without a kernel what stands for it.

    Args:
        widget: shown as long as its kernel lives.
        still: MIME type -> what is stored, and shown without a kernel.
        metadata: of the output.
    Returns:
        A function that exchanges what is stored.
    """
    from IPython.display import display

    # The mark tells the server (course/lab/jupyter_server_config.py) to store the twin alone.
    options = {"metadata": {**(metadata or {}), "ddpm-edu": "still"}, "raw": True}
    live = widget._repr_mimebundle_()
    handle = display(live | still, display_id=True, **options)

    def store(still):
        if handle is not None:  # outside a notebook there is none
            handle.update(live | still, **options)

    return store


def tiles(images, columns=None):
    """Return the PNG of a sheet of images."""
    content = io.BytesIO()
    sheet(images, columns or len(images)).save(content, "PNG")
    return content.getvalue()
