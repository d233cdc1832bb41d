"""Grading a notebook of six exercises, beside plain nbval and nbgrader on the same answers.

Where NBGRADER_PYTHON names a Python with nbgrader and this package's dependencies, nbgrader too.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

import nbformat
from cgroup import ControlGroup
from kernels import code_cells

from ddpm_edu.course.course_file import CourseFile
from ddpm_edu.course.paths import ROOT
from ddpm_edu.grading.handouts import nbgrader as form
from ddpm_edu.grading.handouts.handout import gather
from ddpm_edu.grading.result import read_results


SIX = (
    *("linear_schedule", "cumulative_alphas", "sample_by_t"),
    *("step_q", "sample_q", "cosine_schedule"),
)
FEW, MANY = 2, 10  # notebooks: what starting costs falls out of the difference
PAUSE = 0.02  # s between two looks at the memory
TARGETS = "targets: at most 0.6 s of one core, nbgrader at least 5 times that"
GRADE = (sys.executable, "-P", "-m", "ddpm_edu.cli", "grade")


def cells_with(names):
    """Return the cells of lesson 1's solutions up to the check of the last of some exercises."""
    cells = code_cells("01_forward_process")
    last = next(n for n, cell in enumerate(cells) if cell.startswith(f'check("{names[-1]}"'))
    return cells[: last + 1]


def write(cells, path, name):
    """Write a notebook that differs from all others by a comment."""
    made = [nbformat.v4.new_code_cell(source) for source in [*cells, f"# {name}"]]
    path.parent.mkdir(parents=True, exist_ok=True)
    book = nbformat.v4.new_notebook(cells=made)
    nbformat.write(book, path)
    return book


def environment(folder, **more):
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    places = {"DDPM_EDU_PROGRESS": f"{folder}/progress.json", "IPYTHONDIR": f"{folder}/ipython"}
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONUNBUFFERED"), "1")
    return os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)} | places | one | more


def measured(command, folder, **more):
    """Run a command; return (seconds, seconds of one core, most MiB) of it and all it starts."""
    with ControlGroup() as group, open(folder / "said.txt", "w+") as said:
        begin, most = time.perf_counter(), 0.0
        process = subprocess.Popen(
            group.command(*command),
            cwd=folder,
            env=environment(folder, **more),
            stdout=said,
            stderr=said,
        )
        while process.poll() is None:
            most = max(most, group.anonymous())
            time.sleep(PAUSE)
        took = time.perf_counter() - begin
        if process.returncode:
            raise RuntimeError(f"{command}: {(folder / 'said.txt').read_text()[-2000:]}")
        return took, group.seconds(), most


def with_grade(folder, count):
    """Grade by `ddpm-edu grade`, in its sandbox."""
    for number in range(count):
        name = f"{count}-{number}"
        write(cells_with(SIX), folder / f"in-{count}/{name}/work.ipynb", name)
    arguments = f"in-{count}", "--out", f"out-{count}", "--isolation", "bwrap"
    found = measured([*GRADE, *arguments, "--exercises", ",".join(SIX)], folder)
    results = read_results(folder / f"out-{count}")
    assert [result.score == result.max_score for result in results] == [True] * count
    return found


def with_nbval(folder, count):
    """Run the same cells, with their `check`, by plain nbval."""
    names = [f"{count}-{number}.ipynb" for number in range(count)]
    for name in names:
        write(cells_with(SIX), folder / name, name)
    options = "-q", "-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env"
    return measured([sys.executable, "-m", "pytest", *options, *names], folder)


def with_nbgrader(folder, count):
    """Run `nbgrader autograde` on the same answers, judged by the tests of our hand-out."""
    python, name = os.environ["NBGRADER_PYTHON"], "six"
    more = {
        "PATH": os.pathsep.join([os.path.dirname(python), os.environ["PATH"]]),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
    }
    handout = gather(CourseFile(lessons=(1,)), seed=7)
    for path, content in form.files(handout).items():
        if path.endswith(".py"):
            (folder / path).write_bytes(content)
    source = folder / f"source/{name}/{name}.ipynb"
    book = nbformat.from_dict(form.source(write(cells_with(SIX), source, "source"), handout))
    # nbgrader's test cells stand in the place of `check`
    book.cells = [cell for cell in book.cells if not cell.source.startswith("check(")]
    nbformat.write(book, source)
    command = [python, "-m", "nbgrader"]
    if not (folder / "gradebook.db").exists():
        measured([*command, "generate_assignment", name], folder, **more)
    for number in range(count):
        book.cells[-1].source = f"# {count}-{number}"
        path = folder / f"submitted/{count}-{number}/{name}/{name}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(book, path)
    found = measured([*command, "autograde", name, f"--student={count}-*"], folder, **more)
    measured([*command, "export"], folder, **more)
    rows = [row.split(",") for row in (folder / "grades.csv").read_text().splitlines()]
    score, most = rows[0].index("score"), rows[0].index("max_score")
    full = [row[score] == row[most] for row in rows[1:] if f"{count}-" in ",".join(row)]
    assert full == [True] * count, rows
    return found


def compare():
    """Print what a notebook costs by each; notebooks are graded one after the other."""
    ways = {"ddpm-edu grade": with_grade, "plain nbval": with_nbval}
    if os.environ.get("NBGRADER_PYTHON"):
        ways["nbgrader autograde"] = with_nbgrader
    print(f"a notebook of six exercises ({TARGETS}):")
    costs = {}
    for title, run in ways.items():
        with tempfile.TemporaryDirectory() as folder:
            few, many = (run(pathlib.Path(folder), count) for count in (FEW, MANY))
        took, core = ((many[n] - few[n]) / (MANY - FEW) for n in (0, 1))
        costs[title] = core
        print(f"  {title:20} {took:5.2f} s, {core:5.2f} s of a core, ", end="")
        print(f"{few[1] - FEW * core:4.1f} s of a core to start, {many[2]:4.0f} MiB at most")
    own = costs["ddpm-edu grade"]
    for title in list(costs)[1:]:
        print(f"  {title}: {costs[title] / own:.1f} times the time of a core")
    print()


def main():
    try:
        ControlGroup().close()
    except OSError as error:
        print(f"grading: no control group can be made to count by: {error}\n")
    else:
        compare()


if __name__ == "__main__":
    main()
