"""What stands in for `ddpm-edu grade` where only those who call it are tested.

It writes results in the form of grading/result.py and, asked for a format, that platform's file. In
the feedback it tells how it was called.
"""

import json
import pathlib
import sys

from ddpm_edu.grading.exports.classroom50 import classroom50_result
from ddpm_edu.grading.exports.gradescope import gradescope_results
from ddpm_edu.grading.result import ExerciseResult, Result, write_result


def grade(submissions, folder, output_format=None):
    [student] = (path for path in pathlib.Path(submissions).iterdir() if path.is_dir())
    if (student / "crash").exists():
        sys.exit("no result today")
    told = {
        "arguments": sys.argv[1:],
        "folder": str(pathlib.Path.cwd()),
        "course": (student.parent / "course.toml").read_text(),
        "files": sorted(path.name for path in student.iterdir()),
    }
    feedback = "```\n" + json.dumps(told)
    exercises = (
        ExerciseResult("step_q", 1, "passed", 1.0, 2.0, 2.0, None, feedback, 0.1),
        ExerciseResult("sample_q", 1, "wrong", 0.9, 2.7, 3.0, None, "nearly", 0.1),
    )
    result = Result(student.name, (), "bwrap", "0", 4.7, 5.0, exercises)
    path = write_result(result, pathlib.Path(folder))
    if output_format:
        name, content = FORMATS[output_format]
        own = path.parent.parent / output_format / student.name
        own.mkdir(parents=True)
        (own / name).write_text(json.dumps(content(result)))


FORMATS = {
    "gradescope": ("results.json", gradescope_results),
    "classroom50": ("result.json", classroom50_result),
}
CALLS = (["--memory", "256MiB", "--format", "gradescope"], ["--format", "classroom50"])

if __name__ == "__main__":
    command, submissions, out, folder, *rest = sys.argv[1:]
    assert (command, out) == ("grade", "--out")
    assert rest in CALLS
    grade(submissions, folder, rest[-1])
