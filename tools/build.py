"""Make notebooks/, exercises/, solutions/ and pages of docs/ from source/, the only course text edited by hand.

    python tools/build.py             build and execute everything
    python tools/build.py 06          only what has 06 in its name
    python tools/build.py --check     say what is out of date, change nothing, exit 1 if anything is

How an exercise comes from its solution stands in ddpm_edu/course.py.
"""

import argparse
import os
import pathlib
import sys
import tempfile

import jupytext
import nbformat
from nbclient import NotebookClient
from pages import pages

from ddpm_edu.course import solved, stubbed


ROOT = pathlib.Path(__file__).parents[1]
os.environ["DDPM_EDU_PROGRESS"] = str(pathlib.Path(tempfile.gettempdir()) / "ddpm-edu-build-progress.json")
WIDGET = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebook(source, view=lambda code: code):
    """Read a py:percent file as a notebook; `view` turns each code cell into what is shown."""
    book = jupytext.read(source, fmt="py:percent")
    book.metadata = nbformat.from_dict(METADATA)
    missing_answer = False
    for number, cell in enumerate(book.cells):
        cell.id = f"{source.stem}-{number:02}"
        if cell.cell_type == "code":
            shown = view(cell.source)
            missing_answer |= "raise NotImplementedError" in shown
            if missing_answer:  # from here on a cell may fail until the learner has written the answer
                cell.metadata.tags = [*cell.metadata.get("tags", []), "raises-exception"]
            cell.source = shown
    return book


def targets():
    """Give (path, notebook, whether it is executed) for everything there is to build."""
    for source in sorted((ROOT / "source/lessons").glob("*.py")):
        yield ROOT / "notebooks" / f"{source.stem}.ipynb", notebook(source), True
    for source in sorted((ROOT / "source/exercises").glob("*.py")):
        yield ROOT / "exercises" / f"{source.stem}.ipynb", notebook(source, stubbed), False
        yield ROOT / "solutions" / f"{source.stem}.ipynb", notebook(source, solved), True


def execute(book, folder):
    """Run all cells where the notebook will lie, and keep of the outputs what is the same on every machine."""
    NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    for cell in book.cells:
        cell.metadata.pop("execution", None)  # times of day
        if cell.cell_type == "code":
            cell.outputs = joined([output for output in cell.outputs if lasting(output)])
    book.metadata = nbformat.from_dict(METADATA)


def lasting(output):
    """Leave live widgets out of what is stored: without their kernel they show an error. Their pictures stay."""
    data = output.get("data", {})
    return data.pop(WIDGET, None) is None or bool(set(data) - {"text/plain"})


def joined(outputs):
    """Join what was printed in pieces: how it was cut depends on the moment."""
    kept = []
    for output in outputs:
        if kept and output.output_type == "stream" and kept[-1].get("name") == output.name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def inputs(book):
    """Give what a person wrote, without outputs."""
    return [(cell.id, cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in book.cells]


def is_current(path, book):
    return path.exists() and inputs(nbformat.read(path, as_version=4)) == inputs(book)


def says(path, text):
    return path.exists() and path.read_text(encoding="utf-8") == text


def build(path, book, executed):
    path.parent.mkdir(exist_ok=True)
    if executed:
        print(f"executing {path.relative_to(ROOT)}", flush=True)
        execute(book, path.parent)
    nbformat.write(book, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="build only notebooks whose name contains one of these")
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args()
    wanted = [t for t in targets() if not options.names or any(name in t[0].stem for name in options.names)]
    if options.check:
        stale = [path.relative_to(ROOT) for path, book, _ in wanted if not is_current(path, book)]
        left_over = {p for f in ("notebooks", "exercises", "solutions") for p in (ROOT / f).glob("*.ipynb")}
        stale += [path.relative_to(ROOT) for path in left_over - {t[0] for t in targets()}]
        stale += [path.relative_to(ROOT) for path, text in pages().items() if not says(path, text)]
        print("\n".join(f"out of date: {path}" for path in stale) or f"{len(wanted)} notebooks are up to date")
        sys.exit(bool(stale) and "run `make notebooks`")
    for path, book, executed in wanted:
        build(path, book, executed)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
