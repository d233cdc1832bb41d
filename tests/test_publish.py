"""What is written from a class whose mistakes are known: whole, the same every time, harmless."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from graded import EXERCISES, IDS, MARKS, class_of_40, submission, written

from ddpm_edu.grading import outputs
from ddpm_edu.grading.marks import Marks, Override
from ddpm_edu.grading.publish import publish


FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
FORMATS = ("gradescope", "classroom50")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = written(tmp_path_factory.mktemp("results"), class_of_40())
    publish(folder, EXERCISES, MARKS, FORMATS)
    return folder


def everything(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_files_are_there_and_the_same_every_time(folder):
    before = everything(folder)
    paths = publish(folder, EXERCISES, MARKS, FORMATS)
    assert everything(folder) == before
    assert {*paths} == {path for path in before if path.parent.name != "results"}
    assert len(paths) == 3 + 3 * 40


def test_a_table_of_grades_without_marks_has_exercises_and_total_only(tmp_path):
    publish(written(tmp_path, [submission("Łukasz", {"sample_q": "crash"})]), EXERCISES)
    head, row = (tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert head == f"student,{','.join(IDS)},total"
    assert row == "Łukasz,2,2,2,0,3,2,4,2,4,4,25"


def test_marks_have_their_columns(folder):
    rows = {row["student"]: row for row in rows_of(folder / "grades.csv")}
    assert list(rows["Ana 00"])[-4:] == ["'=plot", "overrides", "late penalty", "total"]
    ana, unreadable = rows["Ana 00"], rows["Unreadable"]
    assert (ana["'=plot"], ana["late penalty"], ana["total"]) == ("1.5", "3.7", "14.8")
    assert unreadable["overrides"] == "sample_q: 0 -> 2.5 (=read())"
    assert (unreadable["sample_q"], unreadable["'=plot"], unreadable["total"]) == ("2.5", "", "2.5")
    assert rows["Björn 16"]["total"] == "28"


def test_no_cell_is_a_formula(tmp_path):
    names = ["=1+1", "+1", "-1", "@a", "\ta", "\ra", " =1", "＝1", "a=1"]
    results = [submission(name, ids=["snr"]) for name in names]
    publish(written(tmp_path, results), EXERCISES[:1])
    cells = [row["student"] for row in rows_of(tmp_path / "grades.csv")]
    expected = [f"'{name}".replace("\r", "\n") for name in names[:-1]]
    assert sorted(cells) == sorted([*expected, "a=1"])


def test_no_cell_of_a_class_is_a_formula(folder):
    for row in rows_of(folder / "grades.csv"):
        for cell in (*row, *row.values()):
            assert not cell.lstrip(" ").startswith(FORMULA), cell


def test_no_file_is_half_written_if_writing_fails(folder, monkeypatch):
    before = everything(folder)

    def suite_or_error(grade):
        return str(1 / (grade.student != "Søren 22"))

    monkeypatch.setattr(outputs.junit, "suite", suite_or_error)
    with pytest.raises(ZeroDivisionError):
        publish(folder, EXERCISES[:3])
    monkeypatch.undo()
    after = everything(folder)
    assert {*after} == {*before}
    changed = {path.name for path in before if before[path] != after[path]}
    assert "Søren 07.html" in changed and not changed & {"grades.csv", "junit.xml", "report.html"}
    assert all(text.endswith(b"</html>\n") or b"<html" not in text for text in after.values())
    publish(folder, EXERCISES, MARKS, FORMATS)
    assert everything(folder) == before


def test_what_does_not_fit_is_told(folder, tmp_path):
    told = []
    marks = Marks(overrides={"Anna 00": {"snr": Override(1.0)}})
    publish(written(tmp_path, [submission("Ana 00")]), EXERCISES, marks, say=told.append)
    assert told == ["overrides.csv: Anna 00 has no result (did you mean 'Ana 00'?)"]
    assert "Anna 00 has no result" in (tmp_path / "report.html").read_text()


def test_wrong_arguments_are_told(tmp_path):
    with pytest.raises(ValueError, match=r"expected results/<student>\.json in it, got none"):
        publish(tmp_path, EXERCISES)
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match=r"format: expected one of gradescope.*'canvas'"):
        publish(tmp_path, EXERCISES, formats=("canva",))
    written(tmp_path, [submission("Ana")])
    with pytest.raises(ValueError, match="format canvas: expected a roster"):
        publish(tmp_path, EXERCISES, formats=("canvas",))
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


MEMORY = """
import dataclasses, pathlib, resource, sys
sys.path.insert(0, {tests!r})
from graded import EXERCISES, submission
from ddpm_edu.grading import publish
one = submission("Ana", {{"sample_q": "noise_without_root"}}, ["sample_q"])
def many(folder):
    for n in range({count}):
        yield dataclasses.replace(one, student=f"student {{n % 50:05}}")
publish.read_results = many
publish.publish(pathlib.Path({folder!r}), EXERCISES[3:4])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.slow
def test_memory_hardly_grows_with_the_class(tmp_path):
    peaks = []
    for count in (100, 2000):
        code = MEMORY.format(tests=str(Path(__file__).parent), count=count, folder=str(tmp_path))
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        peaks.append(float(done.stdout))
    small, large = peaks
    assert large - small < 16, peaks  # MiB, for 1,900 students
