"""`ddpm-edu reset`: the stub comes back, the answer is kept, and nothing else changes."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from ddpm_edu.course.answers import source_of, stubbed
from ddpm_edu.course.paths import ROOT
from ddpm_edu.course.reset import Reset, reset


COMMAND = Path(sys.executable).parent / "ddpm-edu"
ANSWER = (
    'def snr(t, schedule):\n\t"""Größe; a tab, and no newline at the end."""\n'
    '    return "é€\\n"  # wrong'
)
LEFT = ("its code in a text cell was left",)
STUB = stubbed(source_of("snr")[1]).rstrip("\n")


def written(folder, answer=ANSWER, name="01_some.ipynb"):
    """Write a notebook with an answer between cells of every kind; return its path."""
    new = nbformat.v4
    outputs = [
        new.new_output("stream", text="1\n"),
        new.new_output("display_data", {"text/html": "<b>é</b>"}),
    ]
    cells = [
        new.new_markdown_cell("# Title  \n\n$x_t$", attachments={"a.png": {"image/png": "AAAA"}}),
        new.new_code_cell(
            "a = 1;  # def snr(", outputs=outputs, execution_count=3, metadata={"tags": ["mine"]}
        ),
        new.new_code_cell(
            answer, outputs=outputs, execution_count=4, metadata={"tags": ["raises-exception"]}
        ),
        new.new_code_cell("check('snr', snr)", outputs=outputs, execution_count=5),
        new.new_raw_cell("def snr(): ..."),
    ]
    folder.mkdir(exist_ok=True)
    nbformat.write(
        new.new_notebook(
            cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "P"}}
        ),
        folder / name,
    )
    return folder / name


def run(*arguments, **options):
    return subprocess.run(
        [COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, **options
    )


def test_the_command_puts_the_stub_back_and_says_where_the_answer_is(tmp_path):
    path = written(tmp_path / "my work")
    done = run("reset", "snr", tmp_path / "my work")
    assert (done.returncode, done.stderr) == (0, "")
    [kept] = (tmp_path / "my work/answers").iterdir()
    said = f"snr is as it was at first; your answer is in {kept}; {LEFT[0]}"
    assert done.stdout == f"{path}: {said}\n"
    assert nbformat.read(path, 4).cells[2].source == STUB
    assert "raise NotImplementedError" in STUB


def test_the_answer_is_kept_with_its_exact_text(tmp_path):
    [done] = reset("snr", written(tmp_path).parent)
    assert done.notebook == tmp_path / "01_some.ipynb"
    kept = done.kept
    assert kept.parent == tmp_path / "answers"
    assert kept.read_bytes() == (ANSWER + "\n").encode()


def test_the_other_cells_stay_byte_for_byte(tmp_path):
    path = written(tmp_path)
    before = json.loads(path.read_bytes())
    reset("snr", tmp_path)
    after = json.loads(path.read_bytes())
    changed = before["cells"].pop(2), after["cells"].pop(2)
    assert after == before
    assert [cell["id"] for cell in changed] == [changed[0]["id"]] * 2
    assert changed[1]["metadata"] == {"tags": ["raises-exception"]}
    assert (changed[1]["outputs"], changed[1]["execution_count"]) == ([], None)


def test_an_answer_put_in_and_taken_back_leaves_the_file_as_it_was_shipped(tmp_path):
    path = tmp_path / "06_sampling.ipynb"
    shipped = (ROOT / "exercises" / "06_sampling.ipynb").read_bytes()
    path.write_bytes(shipped)
    book = nbformat.read(path, 4)
    [cell] = [
        cell for cell in book.cells if cell.source.startswith("@torch.no_grad()\ndef sampling(")
    ]
    cell.source = cell.source.replace("raise NotImplementedError", "return []")
    nbformat.write(book, path)
    assert path.read_bytes() != shipped
    reset("sampling", tmp_path)
    assert path.read_bytes() == shipped


def test_a_stub_that_is_still_there_is_not_kept(tmp_path):
    path = written(tmp_path, STUB)
    before = path.stat().st_mtime_ns
    assert reset("snr", tmp_path) == [Reset(path, None, LEFT)]
    assert path.stat().st_mtime_ns == before
    assert not (tmp_path / "answers").exists()


def test_answers_given_up_in_the_same_second_are_all_kept(tmp_path):
    answers = [f"def snr(t, schedule):\n    return {number}" for number in range(4)]
    kept = [reset("snr", written(tmp_path, answer).parent)[0].kept for answer in answers]
    assert [path.read_text() for path in kept] == [answer + "\n" for answer in answers]


def test_the_notebook_that_has_the_exercise_is_found_among_others(tmp_path):
    other = tmp_path / "00_other.ipynb"
    other.write_bytes((ROOT / "exercises/02_posterior.ipynb").read_bytes())
    before = other.read_bytes()
    (tmp_path / ".00_left_by_a_power_cut.ipynb").write_text("{")
    [done] = reset("snr", written(tmp_path).parent)
    assert done.notebook == tmp_path / "01_some.ipynb"
    assert other.read_bytes() == before


def test_an_unknown_exercise_suggests_the_nearest(tmp_path):
    path = written(tmp_path)
    before = path.read_bytes()
    done = run("reset", "snrr", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'snr'?), got 'snrr'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert path.read_bytes() == before


def test_a_folder_without_notebooks_is_told(tmp_path):
    with pytest.raises(
        ValueError, match="expected a notebook or a folder with notebooks, got none"
    ):
        reset("snr", tmp_path)


def test_notebooks_without_the_exercise_are_told_and_left_alone(tmp_path):
    path = written(tmp_path, "def snr_in_decibel(): ...")
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"velocity: expected a notebook in .* it, got none"):
        reset("velocity", tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "{ no notebook", "[]", "{}", '{"nbformat": 4}', '{"nbformat": 9}']
)
def test_what_is_no_notebook_is_named(text, tmp_path):
    (tmp_path / "00_broken.ipynb").write_text(text)
    [done] = reset("snr", written(tmp_path).parent)
    assert done.notebook == tmp_path / "01_some.ipynb" and done.kept is not None
    assert "00_broken.ipynb: expected a notebook, got " in done.remarks[-1]
    (tmp_path / "01_some.ipynb").unlink()
    with pytest.raises(ValueError, match=r"00_broken\.ipynb: expected a notebook, got [\w ]+"):
        reset("snr", tmp_path)


def test_a_copy_of_the_course_without_its_source_says_so_and_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("ddpm_edu.course.paths.ROOT", tmp_path / "copy")
    path = written(tmp_path)
    before = path.read_bytes()
    with pytest.raises(
        ValueError, match=r"this copy of the course has none \(source/ is missing\)"
    ):
        reset("snr", tmp_path)
    assert path.read_bytes() == before


def test_an_answer_that_cannot_be_kept_is_not_taken_away(tmp_path):
    path = written(tmp_path)
    (tmp_path / "answers").touch()  # a file where a folder is expected
    before = path.read_bytes()
    with pytest.raises(ValueError, match="answers: expected a folder that can be written"):
        reset("snr", tmp_path)
    assert path.read_bytes() == before


def test_without_source_the_stub_is_that_of_the_exercise_as_handed_out(tmp_path, monkeypatch):
    course = tmp_path / "course"
    (course / "exercises").mkdir(parents=True)
    name = "exercises/01_forward_process.ipynb"
    (course / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr("ddpm_edu.course.paths.ROOT", course)
    [done] = reset("snr", written(tmp_path / "mine").parent)
    assert nbformat.read(done.notebook, 4).cells[2].source == STUB
    assert done.kept.read_text() == ANSWER + "\n"
