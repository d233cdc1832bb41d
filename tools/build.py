"""Make notebooks/, exercises/, solutions/, pages of docs/ and README's table from source/.

    python -m tools.build             build and execute everything
    python -m tools.build 06          only what has 06 in its name
    python -m tools.build --check     say what is out of date, change nothing, exit 1 if anything is

source/ is the only course text edited by hand. How an exercise comes from its solution stands in
ddpm_edu/course/answers.py.
"""

import argparse
import os
import pathlib
import sys
import tempfile

import jupytext
import nbformat
from nbclient import NotebookClient

from ddpm_edu.course.answers import solved, stubbed
from ddpm_edu.course.copies import described, record, recorded
from tools.exercise_links import link_exercises
from tools.folds import PREDICTED, fold_outputs, withhold
from tools.pages import exercise_table, pages
from tools.readme import readme


ROOT = pathlib.Path(__file__).parents[1]
TABLE = "<!-- table of the exercises -->"  # where a source has this line, the table comes
PROGRESS = pathlib.Path(tempfile.gettempdir()) / "ddpm-edu-build-progress.json"
WIDGET = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


INSTALL = """# Where the course is missing, as on Colab or Kaggle, this installs it.
import importlib.util

if importlib.util.find_spec("ddpm_edu") is None:
    %pip install --quiet "ddpm-edu[lab]\""""


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
            if missing_answer:  # from here on a cell may fail until the learner has written it
                cell.metadata.tags = [*cell.metadata.get("tags", []), "raises-exception"]
            cell.source = shown
        elif TABLE in cell.source:
            cell.source = cell.source.replace(TABLE, exercise_table(int(source.stem[:2])))
    withhold(book)
    first = next(n for n, cell in enumerate(book.cells) if cell.cell_type == "code")
    folded = {"jupyter": {"source_hidden": True}}  # it is of no interest where all is there
    cell = nbformat.v4.new_code_cell(INSTALL, id=f"{source.stem}-install", metadata=folded)
    book.cells.insert(first, cell)
    return book


def targets():
    """Return (path, notebook, whether it is executed) for everything there is to build."""
    for source in sorted((ROOT / "source/lessons").glob("*.py")):
        book = notebook(source)
        link_exercises(book, lesson=int(source.stem[:2]))
        yield ROOT / "notebooks" / f"{source.stem}.ipynb", book, True
    for source in sorted((ROOT / "source/exercises").glob("*.py")):
        yield ROOT / "exercises" / f"{source.stem}.ipynb", notebook(source, stubbed), False
        yield ROOT / "solutions" / f"{source.stem}.ipynb", notebook(source, solved), True


def texts(built):
    """Return path -> text of what is not a notebook."""
    lessons = {path.stem: book for path, book, _ in built if path.parent.name == "notebooks"}
    return {**pages(), ROOT / "README.md": readme(ROOT / "README.md", lessons)}


def execute(book, folder):
    """Run all cells where the notebook will lie; keep outputs that are the same everywhere."""
    resources = {"metadata": {"path": folder}}
    NotebookClient(book, timeout=300, kernel_name="python3", resources=resources).execute()
    for cell in book.cells:
        cell.metadata.pop("execution", None)  # times of day
        if cell.cell_type == "code":
            cell.outputs = joined([output for output in cell.outputs if lasting(output)])
        if PREDICTED in cell.metadata.get("tags", []):
            fold_outputs(cell)
    book.metadata = nbformat.from_dict(METADATA)


def lasting(output):
    """Leave live widgets out of what is stored: without a kernel they fail. Their pictures stay."""
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
    """Return what a person wrote, without outputs."""
    cells = book.cells
    return [(c.id, c.cell_type, c.source, c.metadata.get("tags", [])) for c in cells]


def is_current(path, book):
    if not path.exists():
        return False
    stored = nbformat.read(path, as_version=4)
    return inputs(stored) == inputs(book) and record(stored) == described(book)


def says(path, text):
    return path.exists() and path.read_text(encoding="utf-8") == text


def out_of_date(built, chosen):
    """Return the paths of what is not as source/ says, and of notebooks without a source."""
    stale = [path for path, book, _ in chosen if not is_current(path, book)]
    folders = ("notebooks", "exercises", "solutions")
    there = {path for folder in folders for path in (ROOT / folder).glob("*.ipynb")}
    stale += sorted(there - {path for path, _, _ in built})
    return stale + [path for path, text in texts(built).items() if not says(path, text)]


def build(path, book, executed):
    path.parent.mkdir(exist_ok=True)
    if executed:
        print(f"executing {path.relative_to(ROOT)}", flush=True)
        execute(book, path.parent)
    nbformat.write(recorded(book, book), path)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="build notebooks whose name contains one of these")
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args()
    os.environ["DDPM_EDU_PROGRESS"] = str(PROGRESS)  # not the learner's own
    built = list(targets())
    names = options.names or [""]
    chosen = [target for target in built if any(name in target[0].stem for name in names)]
    if options.check:
        stale = [f"out of date: {path.relative_to(ROOT)}" for path in out_of_date(built, chosen)]
        print("\n".join(stale) or f"{len(chosen)} notebooks are up to date")
        sys.exit(bool(stale) and "run `make notebooks`")
    for target in chosen:
        build(*target)
    for path, text in texts(built).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
