"""The options of `grade` about what it writes."""

import pytest
from graded import EXERCISES, submission, written

from ddpm_edu.cli.marking import publisher


def test_options_become_marks_and_files(tmp_path, capsys):
    written(tmp_path, [submission("Ana", {"sample_q": "noise_without_root"})])
    (tmp_path / "late.csv").write_text("student,submitted\nAna,2026-11-26T01:00\n")
    (tmp_path / "roster.csv").write_text("name,id\nAna,1\nBea,2\n")
    write = publisher(
        tmp_path, EXERCISES, ["canvas"], tmp_path / "roster.csv", "20%/day", "2026-11-25T23:59"
    )
    assert tmp_path / "canvas.csv" in write()
    assert (tmp_path / "grades.csv").read_text().splitlines()[1] == "Ana,2,2,2,0,3,2,4,2,4,4,5,20"
    assert capsys.readouterr().out == "roster.csv, line 3: Bea has no submission\n"


@pytest.mark.parametrize(
    "options, problem",
    [
        ({"formats": ["moodle"]}, "format moodle: expected a roster"),
        ({"formats": ["csv"]}, "format: expected one of"),
        ({"late_policy": "10"}, "late policy: expected a policy such as"),
        ({"marks": "roster.csv"}, "roster.csv, line 1: expected a column student"),
        ({"formats": ["moodle"], "roster": "roster.csv"}, "line 1: expected one of the columns"),
    ],
)
def test_mistakes_are_told_before_there_are_results(tmp_path, options, problem):
    (tmp_path / "roster.csv").write_text("name\nAna\n")
    paths = {name: tmp_path / it for name, it in options.items() if name in ("marks", "roster")}
    with pytest.raises(ValueError, match="expected") as error:
        publisher(tmp_path, EXERCISES, **{**options, **paths})
    assert problem in str(error.value)
