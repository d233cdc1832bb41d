"""What `ddpm-edu lab` tells the Jupyter server: store still pictures in the place of live widgets.

A live widget that is stored with its notebook shows "model not found" once its kernel has gone. Its
still picture, in the same output, shows everywhere: in JupyterLab, on GitHub, after nbconvert.
Jupyter reads this file by itself, so that nothing of the course (and no torch) is loaded there.
"""

WIDGET = "application/vnd.jupyter.widget-view+json"
MARK = "ddpm-edu"  # on outputs that have a still twin: those of others are left alone


def store_still_pictures(model, **_):
    """Take live widgets out of a notebook that is about to be written; the open page keeps them."""
    content = model.get("content")
    if model.get("type") != "notebook" or not content:
        return
    for cell in content.get("cells", []):
        for output in cell.get("outputs", []):
            if MARK in output.get("metadata", {}):
                output["data"].pop(WIDGET, None)


get_config = globals().get("get_config")  # defined where Jupyter reads this file
if get_config is not None:
    get_config().FileContentsManager.pre_save_hook = store_still_pictures
