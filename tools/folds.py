"""What a lesson keeps folded: everything between a question to the reader and its answer."""

import html

import nbformat

from ddpm_edu.widgets import fold


PREDICTED = "after-prediction"  # the tag by which JupyterLab's page knows what to withhold


def withhold(book):
    """Fold what a reader is to predict, from the question to the answer, and tag it.

    The tag tells the page in JupyterLab what to withhold when it is run before a choice is made.
    """
    asked = False
    for cell in book.cells:
        if cell.cell_type == "code" and asked:
            cell.metadata.tags = [*cell.metadata.get("tags", []), PREDICTED]
            cell.metadata.jupyter = {"outputs_hidden": True}
            if ".compare(" in cell.source:  # it is all answers
                cell.metadata.jupyter["source_hidden"] = True
                asked = False
        asked |= cell.cell_type == "code" and "widgets.Prediction(" in cell.source


def fold_outputs(cell):
    """Put what is to be predicted behind a fold, for pages that show all outputs.

    What a cell prints stays as it is where nbval compares it.
    """
    if not cell.outputs:
        del cell.metadata.jupyter["outputs_hidden"]  # there would be an empty fold
    for number, output in enumerate(cell.outputs):
        if output.output_type == "stream" and "nbval-check-output" not in cell.metadata.tags:
            page = f"<pre>{html.escape(output.text)}</pre>"
            data = {"text/html": page, "text/plain": output.text}
            cell.outputs[number] = output = nbformat.v4.new_output("display_data", data)
        page = output.get("data", {}).get("text/html", "")
        if page and not page.startswith("<details>"):
            output.data["text/html"] = fold(page)
