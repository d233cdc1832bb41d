"""What the server stores of a notebook: pictures in the place of our widgets, the rest as it is."""

import runpy

import pytest

from ddpm_edu.cli.lab import SETTINGS


WIDGET = "application/vnd.jupyter.widget-view+json"
store = runpy.run_path(str(SETTINGS / "jupyter_server_config.py"))["store_still_pictures"]


def notebook(metadata):
    data = {WIDGET: {"model_id": "1"}, "image/png": "AAAA", "text/plain": "a picture"}
    output = {"output_type": "display_data", "data": data, "metadata": metadata}
    cells = [{"cell_type": "markdown", "source": ""}, {"cell_type": "code", "outputs": [output]}]
    return {"type": "notebook", "content": {"cells": cells}}


def data_of(model):
    return model["content"]["cells"][1]["outputs"][0]["data"]


def test_our_widget_is_not_stored_and_its_picture_is():
    model = notebook({"ddpm-edu": "still"})
    store(model, path="a.ipynb", contents_manager=None)
    assert data_of(model) == {"image/png": "AAAA", "text/plain": "a picture"}


def test_widgets_of_others_are_stored_as_they_are():
    model = notebook({})
    store(model, path="a.ipynb", contents_manager=None)
    assert WIDGET in data_of(model)


@pytest.mark.parametrize(
    "model",
    [
        {"type": "file", "content": "text"},
        {"type": "notebook", "content": None},
        {"type": "directory"},
    ],
)
def test_what_is_no_notebook_is_left_alone(model):
    before = dict(model)
    store(model, path="a", contents_manager=None)
    assert model == before
