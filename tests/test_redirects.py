"""Old names of notebooks lead the Jupyter server to where they are now."""

import asyncio
import json
import runpy
import subprocess
import sys

import pytest
from small_course import write_course

from ddpm_edu.cli.lab import SETTINGS, redirects
from ddpm_edu.course.workbook import fill_lessons, fill_workbook


config = runpy.run_path(str(SETTINGS / "jupyter_server_config.py"))


@pytest.fixture
def course(tmp_path):
    write_course(tmp_path)
    fill_workbook(tmp_path)
    fill_lessons(tmp_path)
    return tmp_path


@pytest.fixture
def files(course):
    """Lend the server's manager of a course's files."""
    manager, _ = config["managers"](config["Course"](**redirects(course)))
    manager = manager(root_dir=str(course))
    yield manager
    manager.notary.close()  # Python 3.13 warns of a database that is left open


def get(files, path):
    return asyncio.run(files.get(path))


def title(model):
    return "".join(model["content"]["cells"][0]["source"])


def test_an_old_name_in_the_workbook_opens_and_saves_the_new_file(course, files):
    model = get(files, "workbook/01_forward.ipynb")
    assert title(model) == "# exercises 01_forward"
    model["content"]["cells"][0]["source"] = "mine"
    asyncio.run(files.save(model, "/workbook/01_forward.ipynb"))
    assert not (course / "workbook/01_forward.ipynb").exists()
    assert "mine" in (course / "workbook/01_exercises.ipynb").read_text()


def test_a_file_that_has_the_old_name_is_opened_itself(course, files):
    old, new = (course / "workbook" / f"01_{name}.ipynb" for name in ("forward", "exercises"))
    old.write_text(new.read_text().replace("# exercises", "# old"))
    assert title(get(files, "workbook/01_forward.ipynb")) == "# old 01_forward"


def test_a_name_that_leads_nowhere_is_not_found(course, files):
    (course / "workbook/01_exercises.ipynb").unlink()
    for name in ("workbook/01_forward.ipynb", "workbook/09_none.ipynb"):
        with pytest.raises(Exception, match="No such file"):
            get(files, name)


def test_a_lesson_is_opened_as_the_copy_and_solutions_are_read_only(course, files):
    lesson = course / "notebooks/01_forward.ipynb"
    before = lesson.read_bytes()
    model = get(files, "notebooks/01_forward.ipynb")
    assert model["writable"]
    model["content"]["cells"][0]["source"] = "mine"
    asyncio.run(files.save(model, "notebooks/01_forward.ipynb"))
    assert lesson.read_bytes() == before
    assert "mine" in (course / "lessons/01_forward.ipynb").read_text()
    assert not get(files, "solutions/01_forward.ipynb")["writable"]
    assert get(files, "exercises/01_forward.ipynb")["writable"]


def test_a_copy_of_the_course_is_the_learners_own(course):
    (course / "pyproject.toml").unlink()
    assert redirects(course).keys() == {"renamed", "copied", "read_only"}
    assert redirects(course)["copied"] == {} and redirects(course)["read_only"] == []
    assert json.loads(json.dumps(redirects(course))) == redirects(course)


@pytest.mark.parametrize(("kernel", "changed"), [("python3", True), ("ir", False)])
def test_a_notebook_says_of_its_language_what_the_kernel_will_say(kernel, changed):
    # in a process of its own: whoever imports this looks like a notebook
    code = "import ipykernel.ipkernel as i, json; print(json.dumps(i.IPythonKernel.language_info))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    metadata = {"kernelspec": {"name": kernel}, "language_info": {"name": "python"}}
    config["name_language"]({"type": "notebook", "content": {"metadata": metadata}})
    expected = json.loads(said) if changed else {"name": "python"}
    assert metadata["language_info"] == expected
