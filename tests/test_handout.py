"""What is handed out: some lessons, their points, no answer; and nothing is overwritten."""

import json

import nbformat
import pytest

from ddpm_edu.checks.learner import handed_out
from ddpm_edu.checks.run import exercises
from ddpm_edu.course.answers import ANSWER, source_of
from ddpm_edu.course.course_file import CourseFile, as_text, read
from ddpm_edu.course.notebooks import read_notebook
from ddpm_edu.files import write_new
from ddpm_edu.grading.handouts import classroom50, gradescope, nbgrader, plain
from ddpm_edu.grading.handouts.handout import gather


FORMS = {form.__name__.split(".")[-1]: form for form in (plain, nbgrader, gradescope, classroom50)}
COURSE = CourseFile(lessons=(1, 3), points={"sample_q": 7, "posterior_mean": 9}, hints=1)


def notebooks(files):
    """Return the notebooks among files that are for students or made of theirs."""
    return {name: text.decode() for name, text in files.items() if name.endswith(".ipynb")}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_only_lessons_that_are_named_are_handed_out(form):
    found = {name.split("/")[-1] for name in notebooks(form.files(gather(COURSE)))}
    assert found == {"01_forward_process.ipynb", "03_objective.ipynb"}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_no_notebook_has_an_answer_or_a_link_that_leads_nowhere(form):
    handout = gather(CourseFile())
    books = "\n".join(notebooks(form.files(handout)).values())
    for exercise in handout.exercises:
        for match in ANSWER.finditer(source_of(exercise.id)[1]):
            # a line of an answer may be as short as `return x`, the body as a whole is not
            assert json.dumps(match["body"])[1:-1] not in books, exercise.id
    assert "](../" not in books


def test_students_see_the_points_of_the_course_file(tmp_path):
    write_new(plain.files(gather(COURSE)), tmp_path)
    listed = {e.id: e.points for e in handed_out.exercises(tmp_path)}
    ours = {e.id: e.points for e in exercises() if e.lesson in (1, 3)}
    assert listed == ours | {"sample_q": 7}
    intro = read_notebook(tmp_path / "01_forward_process.ipynb")["cells"][0]["source"]
    assert "| `sample_q` | 10 | 2 of 5 | 7 |" in intro
    assert "| `step_q` | 10 | 2 of 5 | 2 |" in intro
    readme = (tmp_path / "README.md").read_text()
    assert "| 1 | `sample_q` |" in readme
    assert f"| all | {sum(listed.values())} |" in readme
    for path in tmp_path.glob("*.ipynb"):
        nbformat.validate(nbformat.read(path, 4))


def test_a_course_file_is_written_as_it_is_read(tmp_path):
    course = CourseFile((1, 3), {"sample_q": 7}, 1, False)
    (tmp_path / "any.toml").write_text(as_text(course))
    assert read(tmp_path / "any.toml", ["sample_q"]) == course
    (tmp_path / "any.toml").write_text(as_text(CourseFile()))
    assert read(tmp_path / "any.toml", []) == CourseFile()


def test_what_is_there_is_not_overwritten_and_the_same_again_is_fine(tmp_path):
    files = plain.files(gather(COURSE))
    write_new(files, tmp_path)
    write_new(files, tmp_path)
    (tmp_path / "03_objective.ipynb").write_text("my own")
    (tmp_path / "README.md").unlink()
    with pytest.raises(ValueError, match=r"03_objective\.ipynb: expected no file"):
        write_new(files, tmp_path)
    assert (tmp_path / "03_objective.ipynb").read_text() == "my own"
    assert not (tmp_path / "README.md").exists()


def test_the_command_takes_lessons_and_a_course_file(tmp_path, run_here):
    settings = tmp_path / "mine.toml"
    settings.write_text("lessons = [2]\n[points]\nposterior_mean = 5\n")
    options = ["--for", "plain", "--course", settings]
    assert run_here("handout", *options, "--to", tmp_path / "a").returncode == 0
    assert (tmp_path / "a/02_posterior.ipynb").exists()
    assert "posterior_mean = 5" in (tmp_path / "a/course.toml").read_text()
    assert (
        run_here("handout", *options, "--to", tmp_path / "b", "--lessons", "7, 8").returncode == 0
    )
    assert (tmp_path / "b/08_faster_and_steered.ipynb").exists()
    assert not (tmp_path / "b/02_posterior.ipynb").exists()


def test_without_a_course_file_no_solution_opens(tmp_path, run_here, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_here("handout", "--for", "plain", "--to", tmp_path / "out")
    assert handed_out.course_file(tmp_path / "out").solutions is False


def test_a_secret_seed_differs_each_time(tmp_path, run_here, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ["--for", "nbgrader", "--lessons", "1"]
    for name, seed in {"a": [], "b": [], "c": ["--seed", 3], "d": ["--seed", 3]}.items():
        run_here("handout", *options, "--to", tmp_path / name, *seed)
    path = "source/01_forward_process/01_forward_process.ipynb"
    a, b, c, d = ((tmp_path / name / path).read_bytes() for name in "abcd")
    assert a != b
    assert c == d


MISTAKES = {
    "an unknown system": (["--for", "canvas"], "Invalid value for '--for'"),
    "no lesson of ours": (["--lessons", "1,10"], "lessons: expected some of [1, 2, 3, 4, 5, 6, 7"),
    "no numbers": (["--lessons", "one"], "--lessons: expected numbers such as 1,2,3, got one"),
    "no course file": (["--course", "nowhere.toml"], "--course: expected a course.toml, got nowh"),
    "a folder that is a file": (["--to", __file__], "expected a folder that can be written"),
}


@pytest.mark.parametrize(("options", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line(options, words, tmp_path, run_here):
    done = run_here("handout", "--for", "plain", "--to", tmp_path / "out", *options)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert not (tmp_path / "out").exists()
